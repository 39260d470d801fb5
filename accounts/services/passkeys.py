"""Passkeys: registered by who is signed in, and then a way in that is two factors by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from webauthn import generate_registration_options, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.mails import MailName
from accounts.models import CeremonyPurpose, Passkey, User
from accounts.services.mfa import FactorChanges, SecondFactors, refuse_last_factor
from accounts.services.passkey_ceremonies import Ceremony, PasskeyCeremonies, passkey_methods, refused
from accounts.services.session import SessionManager, Tokens
from audit.actions import Action
from config.errors import DomainError, Kind

logger = structlog.get_logger(__name__)

MAX_PASSKEYS = 10
_NAME = "passkey"


@dataclass(frozen=True, slots=True)
class PasskeyService:
    """The authenticator must keep the key itself (resident) and check who holds it (user verification)."""

    ceremonies: PasskeyCeremonies = field(default_factory=PasskeyCeremonies)
    factors: SecondFactors = field(default_factory=SecondFactors)
    changes: FactorChanges = field(default_factory=FactorChanges)
    sessions: SessionManager = field(default_factory=SessionManager)

    def begin_registration(self, user: User, session_id: UUID | str) -> Ceremony:
        """What the browser needs to make a passkey; DomainError when there are too many."""
        if user.email_verified_at is None:
            raise DomainError("email_not_verified", "Confirm your e-mail address first.", Kind.FORBIDDEN)
        held = list(Passkey.objects.filter(user=user).values_list("credential_id", flat=True))
        if len(held) >= MAX_PASSKEYS:
            raise DomainError("too_many_passkeys", f"At most {MAX_PASSKEYS} passkeys.", Kind.CONFLICT)
        options = generate_registration_options(
            rp_id=self.ceremonies.site.id,
            rp_name="Loupe",
            user_id=user.pk.bytes,
            user_name=user.email,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in held],
        )
        return self.ceremonies.open(CeremonyPurpose.REGISTRATION, options, session_id)

    def register(
        self, user: User, session_id: UUID | str, ceremony: UUID, credential: Mapping[str, Any], name: str
    ) -> tuple[Passkey, Tokens]:
        """The passkey counts from now on, and this session has proved it. DomainError `passkey_refused`."""
        challenge = self.ceremonies.close(CeremonyPurpose.REGISTRATION, ceremony, session_id)
        try:
            made = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.ceremonies.site.id,
                expected_origin=self.ceremonies.site.origin,
                require_user_verification=True,
            )
        except Exception as error:  # hostile bytes: the decoders below raise what they like
            logger.info("passkey_refused", error=type(error).__name__)
            self.ceremonies.refuse(Action.FACTOR_ADDED, user)
            raise refused(Kind.INVALID) from None
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
                self.sessions.prove(change.session, *passkey_methods(passkey), aal=2)
        except IntegrityError:  # the credential is registered already
            raise refused(Kind.INVALID) from None
        return passkey, change.done()

    def begin_login(self) -> Ceremony:
        """What the browser needs to offer the passkeys it has for this site; it tells nobody's."""
        return self.ceremonies.ask(CeremonyPurpose.LOGIN)

    def login(self, ceremony: UUID, credential: Mapping[str, Any]) -> Tokens:
        """Tokens of a new session of two factors; one DomainError for whatever is wrong."""
        passkey = self.ceremonies.prove(CeremonyPurpose.LOGIN, ceremony, credential)
        return self.sessions.start(passkey.user, passkey_methods(passkey), aal=2)

    def rename(self, user: User, passkey_id: UUID, name: str) -> Passkey:
        """DomainError (NOT_FOUND) when it is not the user's."""
        with transaction.atomic():
            passkey = Passkey.objects.select_for_update().filter(user=user, pk=passkey_id).first()
            if passkey is None:
                raise _not_found(user, passkey_id)
            passkey.name = name
            passkey.save(update_fields=["name"])
        return passkey

    def remove(self, user: User, session_id: UUID | str, passkey_id: UUID) -> Tokens:
        """DomainError when it is not the user's, or when the account must keep a second factor."""
        with self.changes.change(user, session_id, Action.FACTOR_REMOVED, MailName.FACTOR_REMOVED, _NAME) as change:
            if not Passkey.objects.filter(user=change.user, pk=passkey_id).delete()[0]:
                raise _not_found(user, passkey_id)
            refuse_last_factor(change.user, self.factors)
        return change.done()


def _not_found(user: User, passkey_id: UUID) -> DomainError:
    hidden = Passkey.objects.exclude(user=user).filter(pk=passkey_id)
    return DomainError("not_found", "There is no such passkey.", Kind.NOT_FOUND, hidden=hidden)
