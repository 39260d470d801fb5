"""Who waits because of failed attempts, beside accounts: found by the address or the account, and let go by staff."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import ip_address
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import AuthSession, KnownDevice, LockoutCounter, User
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.login import address_block
from adminpanel.services.ranks import MESSAGES, refusals
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue
from config.errors import DomainError, FieldError, Kind

UNLOCK = "accounts.unlock_user"


@dataclass(frozen=True, slots=True)
class LockoutAdministration:
    """Counters are digests that name nobody, so they are found from what they count and never the other way round."""

    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def at_address(self, address: str) -> LockoutCounter | None:
        """The counter of a network address (of an IPv6 one: of its /64); DomainError (INVALID) when it is none."""
        try:
            block = address_block(str(ip_address(address.strip())))
        except ValueError:
            detail = "This is no IP address."
            raise DomainError(
                "invalid_address", detail, Kind.INVALID, errors=[FieldError("/address", "invalid", detail)]
            ) from None
        return LockoutCounter.objects.filter(key=self.lockout.address(block).key, failures__gt=0).first()

    def of(self, user: User) -> list[LockoutCounter]:
        """Those of the account, of its known devices and of its sessions, the latest failure first."""
        keys = list(self._keys([user]))
        return list(LockoutCounter.objects.filter(key__in=keys, failures__gt=0).order_by("-failed_at", "key"))

    def lift(self, actor: User, key: str, reason: str) -> LockoutCounter:
        """Forget the failures of one counter, which is given as it was. DomainError: NOT_FOUND when it counts nothing;
        FORBIDDEN, which is recorded, when it is the actor's own or that of somebody with more rights.
        """
        refused = self._refused(actor, key)
        if refused is not None:
            raise refused
        with transaction.atomic():
            counter = LockoutCounter.objects.select_for_update().filter(key=key, failures__gt=0).first()
            if counter is None:
                raise DomainError("not_found", "There is no such lockout.", Kind.NOT_FOUND)
            LockoutCounter.objects.filter(key=key).delete()
            details: dict[str, DetailValue] = {
                "kind": counter.kind,
                "factor": counter.factor,
                "failures": counter.failures,
                "reason": reason,
            }
            self.audit.record(Action.LOCKOUT_LIFTED, actor=actor, target=reference(counter), details=details)
        return counter

    def _refused(self, actor: User, key: str) -> DomainError | None:
        """Only staff can have more rights than somebody, and staff are few: theirs are computed."""
        staff = list(User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | Q(pk=actor.pk)))
        owner = self._keys(staff).get(key)
        refusal = refusals(actor, [user for user in staff if user.pk == owner]).get(owner) if owner else None
        if refusal is None:
            return None
        details: dict[str, DetailValue] = {"reason": refusal, "operation": str(Action.LOCKOUT_LIFTED)}
        self.audit.record(Action.ACCESS_DENIED, Outcome.REFUSED, actor=actor, target=f"user:{owner}", details=details)
        return DomainError(refusal, MESSAGES[refusal], Kind.FORBIDDEN)

    def _keys(self, users: Collection[User]) -> dict[str, UUID]:
        """Whose each counter would be."""
        devices = KnownDevice.objects.filter(user__in=users).values_list("pk", "user_id")
        sessions = AuthSession.objects.live().filter(user__in=users).values_list("pk", "user_id")
        subjects = [
            *((self.lockout.account(user, "", factor), user.pk) for user in users for factor in Factor),
            *((self.lockout.device(device, factor), owner) for device, owner in devices for factor in Factor),
            *((self.lockout.session(session, factor), owner) for session, owner in sessions for factor in Factor),
        ]
        return {subject.key: owner for subject, owner in subjects}
