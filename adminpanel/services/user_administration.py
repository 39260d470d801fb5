"""What staff do to one account: each act locked, checked against rank, and one entry in the trail."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuthSession, EndReason, LockoutCounter, Role, User
from accounts.services.credentials import CredentialService
from accounts.services.factor_reset import FactorReset
from accounts.services.forced_password_reset import ForcedPasswordReset
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.roles import RoleService
from accounts.services.second_owner import OwnerAct, SecondOwner
from adminpanel.services.ranks import MESSAGES, refusals
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue
from config.errors import DomainError, FieldError, Kind

Details = dict[str, DetailValue]
ERASE = "accounts.erase_user"


@dataclass(frozen=True, slots=True)
class UserAdministration:
    """Every method gives the user as they are afterwards. DomainError: NOT_FOUND; FORBIDDEN for oneself and for who
    has more rights, which is recorded; CONFLICT when there is nothing to do.
    """

    credentials: CredentialService = field(default_factory=CredentialService)
    second_factors: FactorReset = field(default_factory=FactorReset)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    passwords: ForcedPasswordReset = field(default_factory=ForcedPasswordReset)
    roles: RoleService = field(default_factory=RoleService)
    erasure: ErasureService = field(default_factory=ErasureService)
    second_owner: SecondOwner = field(default_factory=SecondOwner)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def suspend(self, actor: User, key: UUID, reason: str) -> User:
        """Nothing of theirs gets in any more: sessions, tokens, API keys and links are dead, also after reinstating."""

        def act(user: User) -> Details:
            if not user.is_active:
                raise DomainError("already_suspended", "The account is suspended already.", Kind.CONFLICT)
            user.is_active = False
            self.credentials.revoke(user, EndReason.ENDED_BY_STAFF)
            return {}

        return self.on(actor, key, Action.ACCOUNT_SUSPENDED, reason, act)

    def reinstate(self, actor: User, key: UUID, reason: str) -> User:
        """They may sign in again, with the password they had."""

        def act(user: User) -> Details:
            if user.is_active:
                raise DomainError("not_suspended", "The account is not suspended.", Kind.CONFLICT)
            user.is_active = True
            user.save(update_fields=["is_active"])
            return {}

        return self.on(actor, key, Action.ACCOUNT_REINSTATED, reason, act)

    def unlock(self, actor: User, key: UUID, reason: str) -> User:
        """Forget the failed attempts of the account."""

        def act(user: User) -> Details:
            failures = self.lockout.failures(user)
            self.lockout.unlock(user)
            return {"failures": failures}

        return self.on(actor, key, Action.ACCOUNT_UNLOCKED, reason, act)

    def force_password_reset(self, actor: User, key: UUID, reason: str) -> User:
        """The password and every credential are dead; a link to a new one is mailed. Staff never choose a password
        (OWASP ASVS 5.0 V6.4.6), and second factors stay.
        """

        def act(user: User) -> Details:
            self.passwords.force(user)
            return {}

        return self.on(actor, key, Action.PASSWORD_RESET_FORCED, reason, act)

    def reset_mfa(self, actor: User, key: UUID, reason: str) -> User:
        """Every second factor and every credential of theirs is gone, and they are told. The password stays, unless
        it is too short to stand alone: then this forces a new one too, with an entry of its own.
        """

        def act(user: User) -> Details:
            voids = user.password_needs_second_factor
            removed = self.second_factors.reset(user)
            if voids:
                self.audit.record(Action.PASSWORD_RESET_FORCED, actor=actor, target=user, details={"reason": reason})
            return {"factor": removed}

        return self.on(actor, key, Action.FACTORS_RESET, reason, act)

    def end_sessions(self, actor: User, key: UUID, reason: str) -> User:
        """Signed out everywhere; access tokens die with their sessions."""

        def act(user: User) -> Details:
            return {"count": self.credentials.sessions.end_all(user, EndReason.ENDED_BY_STAFF)}

        return self.on(actor, key, Action.SESSION_ENDED, reason, act)

    def set_roles(self, actor: User, key: UUID, names: Collection[str], reason: str) -> User:
        """Exactly the roles of these names; DomainError (INVALID) when there is none of a name."""
        user = self._reached(actor, key, Action.ROLE_ASSIGNED)
        roles = list(Role.objects.filter(group__name__in=set(names)).select_related("group"))
        unknown = set(names) - {role.group.name for role in roles}
        if unknown:
            detail = "There is no such role."
            raise DomainError("unknown_role", detail, Kind.INVALID, errors=[FieldError("/roles", "unknown", detail)])
        self.roles.set_roles(actor, user, roles, reason)
        return _found(User.objects.all(), key)

    def erase(self, actor: User, key: UUID, reason: str) -> User:
        """The account goes after the grace period, in which the person, who is told, or staff can cancel it."""
        user = self._reached(actor, key, Action.ERASURE_REQUESTED)
        act = OwnerAct("account.erase", ERASE, reference(user), {"reason": reason})
        with self.second_owner.agreed(actor, act):
            self.erasure.request(user, reason=reason)
        return user

    def cancel_erasure(self, actor: User, key: UUID, reason: str) -> User:
        """The account stays; the person is told."""
        user = self._reached(actor, key, Action.ERASURE_CANCELLED)
        self.erasure.cancel(user, reason=reason)
        return user

    def rename(self, actor: User, key: UUID, name: str | None, reason: str) -> User:
        """Another name, or none."""

        def act(user: User) -> Details:
            user.name = name or None
            user.save(update_fields=["name"])
            return {"fields": ["name"]}

        return self.on(actor, key, Action.ACCOUNT_UPDATED, reason, act)

    def reveal(self, actor: User, key: UUID, reason: str) -> User:
        """The user, for somebody who will see their personal data in clear: that stands in the trail first."""
        return self.on(
            actor, key, Action.PERSONAL_DATA_REVEALED, reason, lambda user: {"fields": ["email", "name", "phone"]}
        )

    def locked_among(self, users: Collection[User]) -> set[UUID]:
        """Those who wait because of failed passwords. One query."""
        keys = {self.lockout.account(user, "", Factor.PASSWORD).key: user.pk for user in users}
        now = int(timezone.now().timestamp() * 1000)
        rows = LockoutCounter.objects.filter(key__in=list(keys))
        return {keys[row.key] for row in rows if row.failures >= row.hard_stop or row.blocked_until > now}

    def on(self, actor: User, key: UUID, action: Action, reason: str, act: Callable[[User], Details]) -> User:
        """Do `act` to the locked account, with one entry that has its details; refused and recorded by rank."""
        with transaction.atomic():
            user = _found(User.objects.select_for_update(), key)
            refusal = refusals(actor, [user]).get(user.pk)
            if refusal is None:
                details = act(user)
                self.audit.record(action, actor=actor, target=user, details={**details, "reason": reason})
        if refusal is not None:
            raise self._refused(actor, user, action, refusal)
        return user

    def _reached(self, actor: User, key: UUID, action: Action) -> User:
        """The user, whom the actor may act on; for acts that have a transaction and an entry of their own."""
        user = _found(User.objects.all(), key)
        refusal = refusals(actor, [user]).get(user.pk)
        if refusal is not None:
            raise self._refused(actor, user, action, refusal)
        return user

    def _refused(self, actor: User, user: User, action: Action, refusal: str) -> DomainError:
        details: Details = {"reason": refusal, "operation": str(action)}
        self.audit.record(Action.ACCESS_DENIED, Outcome.REFUSED, actor=actor, target=user, details=details)
        return DomainError(refusal, MESSAGES[refusal], Kind.FORBIDDEN)


def sessions_of(user: User) -> int:
    """How many devices are signed in."""
    return AuthSession.objects.live().filter(user=user).count()


def _found(users: QuerySet[User], key: UUID) -> User:
    user = users.filter(pk=key).first()
    if user is None:
        raise DomainError("not_found", "There is no such account.", Kind.NOT_FOUND)
    return user
