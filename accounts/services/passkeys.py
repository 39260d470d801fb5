"""Passkeys: registered by who is signed in, and then a way in that is two factors by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.mails import MailName
from accounts.models import Passkey, PasskeyCeremony, User
from accounts.services.mfa import FactorChanges, SecondFactors, refuse_last_factor
from accounts.services.session import SessionManager, Tokens
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

logger = structlog.get_logger(__name__)

MAX_PASSKEYS = 10
_OPEN = timedelta(minutes=5)
_NAME = "passkey"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """`public_key` goes to `navigator.credentials`; the answer comes back with `ceremony`."""

    ceremony: UUID
    public_key: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site whose pages may use the passkeys: that of the links in mails."""

    origin: str
    id: str

    @classmethod
    def configured(cls) -> RelyingParty:
        parts = urlsplit(get_orchestrator().email_service.link_base_url)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")


@dataclass(frozen=True, slots=True)
class PasskeyService:
    """The authenticator must keep the key itself (resident) and check who holds it (user verification)."""

    site: RelyingParty = field(default_factory=RelyingParty.configured)
    factors: SecondFactors = field(default_factory=SecondFactors)
    changes: FactorChanges = field(default_factory=FactorChanges)
    sessions: SessionManager = field(default_factory=SessionManager)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def begin_registration(self, user: User, session_id: UUID | str) -> Ceremony:
        """What the browser needs to make a passkey; DomainError when there are too many."""
        if user.email_verified_at is None:
            raise DomainError("email_not_verified", "Confirm your e-mail address first.", Kind.FORBIDDEN)
        held = list(Passkey.objects.filter(user=user).values_list("credential_id", flat=True))
        if len(held) >= MAX_PASSKEYS:
            raise DomainError("too_many_passkeys", f"At most {MAX_PASSKEYS} passkeys.", Kind.CONFLICT)
        options = generate_registration_options(
            rp_id=self.site.id,
            rp_name="Loupe",
            user_id=user.pk.bytes,
            user_name=user.email,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in held],
        )
        return self._open(options, session_id)

    def register(
        self, user: User, session_id: UUID | str, ceremony: UUID, credential: Mapping[str, Any], name: str
    ) -> tuple[Passkey, Tokens]:
        """The passkey counts from now on, and this session has proved it. DomainError `passkey_refused`."""
        challenge = self._challenge(ceremony, session_id)
        try:
            made = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.site.id,
                expected_origin=self.site.origin,
                require_user_verification=True,
            )
        except Exception as error:  # hostile bytes: the decoders below raise what they like
            logger.info("passkey_refused", error=type(error).__name__)
            self._record_refusal(Action.FACTOR_ADDED, user)
            raise _refused(Kind.INVALID) from None
        synced = made.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        try:
            with self.changes.change(user, session_id, Action.FACTOR_ADDED, MailName.FACTOR_ADDED, _NAME) as change:
                if Passkey.objects.filter(user=change.user).count() >= MAX_PASSKEYS:
                    raise DomainError("too_many_passkeys", f"At most {MAX_PASSKEYS} passkeys.", Kind.CONFLICT)
                passkey = Passkey.objects.create(
                    user=change.user,
                    credential_id=bytes_to_base64url(made.credential_id),
                    public_key=made.credential_public_key,
                    sign_count=made.sign_count,
                    synced=synced,
                    name=name,
                )
                self.sessions.prove(change.session, method_of(passkey), aal=2)
        except IntegrityError:  # the credential is registered already
            raise _refused(Kind.INVALID) from None
        return passkey, change.done()

    def begin_login(self) -> Ceremony:
        """What the browser needs to offer the passkeys it has for this site; it tells nobody's."""
        options = generate_authentication_options(
            rp_id=self.site.id, user_verification=UserVerificationRequirement.REQUIRED
        )
        return self._open(options, None)

    def login(self, ceremony: UUID, credential: Mapping[str, Any]) -> Tokens:
        """Tokens of a new session of two factors; one DomainError for whatever is wrong."""
        challenge = self._challenge(ceremony, None)
        found = Passkey.objects.select_related("user").filter(credential_id=str(credential.get("id", ""))[:1400])
        passkey = found.first()
        if passkey is None:
            self._record_refusal(Action.LOGIN, None)
            raise _refused()
        try:
            handle = base64url_to_bytes(credential["response"]["userHandle"])
            used = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.site.id,
                expected_origin=self.site.origin,
                credential_public_key=bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # hostile bytes: the decoders below raise what they like
            logger.info("passkey_refused", error=type(error).__name__)
            self._record_refusal(Action.LOGIN, passkey.user)
            raise _refused() from None
        if handle != passkey.user.pk.bytes or not passkey.user.is_active:
            self._record_refusal(Action.LOGIN, passkey.user)
            raise _refused()
        with transaction.atomic():
            same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
            if not same.update(sign_count=used.new_sign_count, last_used_at=timezone.now()):
                raise _refused()
            return self.sessions.start(passkey.user, [method_of(passkey), "user"], aal=2)

    def rename(self, user: User, passkey_id: UUID, name: str) -> Passkey:
        """DomainError (NOT_FOUND) when it is not the user's."""
        with transaction.atomic():
            passkey = Passkey.objects.select_for_update().filter(user=user, pk=passkey_id).first()
            if passkey is None:
                raise _not_found()
            passkey.name = name
            passkey.save(update_fields=["name"])
        return passkey

    def remove(self, user: User, session_id: UUID | str, passkey_id: UUID) -> Tokens:
        """DomainError when it is not the user's, or when the account must keep a second factor."""
        with self.changes.change(user, session_id, Action.FACTOR_REMOVED, MailName.FACTOR_REMOVED, _NAME) as change:
            if not Passkey.objects.filter(user=change.user, pk=passkey_id).delete()[0]:
                raise _not_found()
            refuse_last_factor(change.user, self.factors)
        return change.done()

    def _open(self, options: Any, session_id: UUID | str | None) -> Ceremony:
        now = timezone.now()
        PasskeyCeremony.objects.filter(expires_at__lt=now).delete()
        row = PasskeyCeremony.objects.create(session_id=session_id, challenge=options.challenge, expires_at=now + _OPEN)
        return Ceremony(row.pk, options_to_json_dict(options))

    def _challenge(self, ceremony: UUID, session_id: UUID | str | None) -> bytes:
        """The challenge of an open ceremony of this session, which is over now."""
        session = UUID(str(session_id)) if session_id is not None else None
        mine = PasskeyCeremony.objects.filter(pk=ceremony, session_id=session, expires_at__gt=timezone.now())
        row = mine.first()
        if row is None or not mine.delete()[0]:
            raise DomainError("ceremony_not_open", "Ask for new options and try again.", Kind.INVALID)
        return bytes(row.challenge)

    def _record_refusal(self, action: Action, user: User | None) -> None:
        self.audit.record(
            action, Outcome.REFUSED, target=user or "", details={"factor": "passkey", "reason": "not_verified"}
        )


def method_of(passkey: Passkey) -> str:
    """RFC 8176: a key bound to its device, or one that may be copied."""
    return "swk" if passkey.synced else "hwk"


def _refused(kind: Kind = Kind.UNAUTHENTICATED) -> DomainError:
    return DomainError("passkey_refused", "The passkey was not accepted.", kind)


def _not_found() -> DomainError:
    return DomainError("not_found", "There is no such passkey.", Kind.NOT_FOUND)
