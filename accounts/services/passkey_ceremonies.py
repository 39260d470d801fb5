"""WebAuthn ceremonies: a challenge of ours goes out, is kept here, and one answer to it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.utils import timezone
from webauthn import generate_authentication_options, verify_authentication_response
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from accounts.models import CeremonyPurpose, Passkey, PasskeyCeremony, User
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator

logger = structlog.get_logger(__name__)

_OPEN = timedelta(minutes=5)
_LONGEST_ID = 1400
_ACTIONS = {CeremonyPurpose.LOGIN: Action.LOGIN, CeremonyPurpose.REAUTHENTICATION: Action.REAUTHENTICATION}


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
class PasskeyCeremonies:
    """Every ceremony has one purpose, one session where there is one, and one answer."""

    site: RelyingParty = field(default_factory=RelyingParty.configured)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def open(self, purpose: CeremonyPurpose, options: Any, session_id: UUID | str | None = None) -> Ceremony:
        """Keep the challenge of the options for five minutes."""
        now = timezone.now()
        PasskeyCeremony.objects.filter(expires_at__lt=now).delete()
        row = PasskeyCeremony.objects.create(
            purpose=purpose, session_id=session_id, challenge=options.challenge, expires_at=now + _OPEN
        )
        return Ceremony(row.pk, options_to_json_dict(options))

    def close(self, purpose: CeremonyPurpose, ceremony: UUID, session_id: UUID | str | None = None) -> bytes:
        """The challenge, which is void now; DomainError when none is open for this purpose and session."""
        session = UUID(str(session_id)) if session_id is not None else None
        mine = PasskeyCeremony.objects.filter(
            pk=ceremony, purpose=purpose, session_id=session, expires_at__gt=timezone.now()
        )
        row = mine.first()
        if row is None or not mine.delete()[0]:
            raise DomainError("ceremony_not_open", "Ask for new options and try again.", Kind.INVALID)
        return bytes(row.challenge)

    def ask(self, purpose: CeremonyPurpose, user: User | None = None, session_id: UUID | str | None = None) -> Ceremony:
        """What the browser needs to use a passkey: one of the user's, or, telling nobody's, any that it has."""
        mine = Passkey.objects.filter(user=user).values_list("credential_id", flat=True) if user else ()
        options = generate_authentication_options(
            rp_id=self.site.id,
            allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in mine],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return self.open(purpose, options, session_id)

    def prove(
        self,
        purpose: CeremonyPurpose,
        ceremony: UUID,
        credential: Mapping[str, Any],
        user: User | None = None,
        session_id: UUID | str | None = None,
    ) -> Passkey:
        """The passkey that was used, with its user, who is `user` where one is given; it counts as used now.

        One DomainError `passkey_refused` for whatever is wrong with it; `ceremony_not_open`.
        """
        challenge = self.close(purpose, ceremony, session_id)
        named = str(credential.get("id", ""))[:_LONGEST_ID]
        passkey = Passkey.objects.select_related("user").filter(credential_id=named).first()
        count = self._signed(passkey, credential, challenge, user) if passkey is not None else None
        if passkey is None or count is None:
            self.refuse(_ACTIONS[purpose], passkey.user if passkey else None)
            raise refused()
        same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
        if not same.update(sign_count=count, last_used_at=timezone.now()):
            raise refused()
        return passkey

    def refuse(self, action: Action, user: User | None) -> None:
        """Record that a passkey was not accepted."""
        self.audit.record(
            action, Outcome.REFUSED, target=user or "", details={"factor": "passkey", "reason": "not_verified"}
        )

    def _signed(
        self, passkey: Passkey, credential: Mapping[str, Any], challenge: bytes, user: User | None
    ) -> int | None:
        """The new count of the authenticator, None unless it is the passkey of its user that signed the challenge."""
        try:
            handle = credential["response"].get("userHandle")
            # authenticators may leave it out when they were told which key
            holder = user.pk.bytes if handle is None and user is not None else base64url_to_bytes(handle)
            used = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.site.id,
                expected_origin=self.site.origin,
                credential_public_key=bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # hostile bytes: the decoders raise what they like
            logger.info("passkey_refused", error=type(error).__name__)
            return None
        owner = passkey.user
        theirs = holder == owner.pk.bytes and (user is None or user.pk == owner.pk)
        return used.new_sign_count if theirs and owner.is_active else None


def passkey_methods(passkey: Passkey) -> list[str]:
    """RFC 8176: a key bound to its device, or one that may be copied; and the test of who holds it."""
    return ["swk" if passkey.synced else "hwk", "user"]


def refused(kind: Kind = Kind.UNAUTHENTICATED) -> DomainError:
    return DomainError("passkey_refused", "The passkey was not accepted.", kind)
