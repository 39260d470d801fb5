"""Enrolling an authenticator app: a seed is shown, and counts once a code of it has come back."""

from __future__ import annotations

import base64
import io
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

import qrcode
from django.db import transaction
from django.utils import timezone
from qrcode.image.svg import SvgPathImage

from accounts.mails import MailName
from accounts.models import TotpDevice, User
from accounts.models.mfa import DIGITS, STEP_SECONDS
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.mfa import FactorChanges, SecondFactors, refuse_last_factor
from accounts.services.session import OTP, Tokens
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError, Kind

ISSUER = "Loupe"
_SEED_BYTES = 20  # RFC 4226, 4: as long as the hash
_PENDING = timedelta(minutes=15)
_NAME = "authenticator app"


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """What an authenticator app needs: the seed as base32, the same as an otpauth URI, and that as a QR code (SVG)."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TotpService:
    factors: SecondFactors = field(default_factory=SecondFactors)
    changes: FactorChanges = field(default_factory=FactorChanges)
    lockout: AccountLockoutService = field(default_factory=AccountLockoutService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def enrol(self, user: User) -> TotpEnrolment:
        """A new seed, which replaces one that was never confirmed; DomainError when there is an app already."""
        if user.email_verified_at is None:
            raise DomainError("email_not_verified", "Confirm your e-mail address first.", Kind.FORBIDDEN)
        seed = base64.b32encode(secrets.token_bytes(_SEED_BYTES)).decode()
        with transaction.atomic():
            held = self.changes.credentials.acting(user)
            TotpDevice.objects.devices_for_user(held, confirmed=False).delete()
            if TotpDevice.objects.devices_for_user(held).exists():
                raise DomainError(
                    "totp_exists", "There is an authenticator app already. Remove it first.", Kind.CONFLICT
                )
            TotpDevice.objects.create(user=held, name=_NAME, seed=seed, confirmed=False)
        uri = _otpauth(user.email, seed)
        return TotpEnrolment(seed, uri, _qr_svg(uri))

    def confirm(self, user: User, session_id: UUID | str, code: str) -> Tokens:
        """The app counts from now on, and this session has proved it. DomainError when the code is wrong."""
        pending = TotpDevice.objects.devices_for_user(user, confirmed=False)
        device = pending.filter(created_at__gt=timezone.now() - _PENDING).first()
        if device is None:
            raise DomainError("no_enrolment", "Ask for a secret first with POST /api/auth/mfa/totp.", Kind.CONFLICT)
        subject = self.lockout.session(session_id, Factor.TOTP)
        self.lockout.charge(subject)
        if not device.verify_token(code):
            self.audit.record(
                Action.FACTOR_ADDED, Outcome.REFUSED, target=user, details={"factor": "totp", "reason": "wrong_code"}
            )
            raise wrong_code()
        self.lockout.succeed(subject)
        with self.changes.change(user, session_id, Action.FACTOR_ADDED, MailName.FACTOR_ADDED, _NAME) as change:
            if not TotpDevice.objects.filter(pk=device.pk, confirmed=False).update(confirmed=True):
                raise DomainError("no_enrolment", "This secret was replaced. Ask for a new one.", Kind.CONFLICT)
            self.changes.credentials.sessions.prove(change.session, OTP, aal=2)
        return change.done()

    def remove(self, user: User, session_id: UUID | str) -> Tokens:
        """No app any more; DomainError when there is none, or when the account must keep a second factor."""
        with self.changes.change(user, session_id, Action.FACTOR_REMOVED, MailName.FACTOR_REMOVED, _NAME) as change:
            if not TotpDevice.objects.devices_for_user(change.user, confirmed=True).delete()[0]:
                raise DomainError("not_found", "There is no authenticator app.", Kind.NOT_FOUND)
            refuse_last_factor(change.user, self.factors)
        return change.done()


def wrong_code() -> DomainError:
    return DomainError("wrong_code", "The code is wrong, or was used already. Wait for the next one.", Kind.INVALID)


def _otpauth(account: str, seed: str) -> str:
    values = {"secret": seed, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER}:{account}', safe=':')}?{urlencode(values)}"


def _qr_svg(text: str) -> str:
    drawn = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage).save(drawn)
    return drawn.getvalue().decode()
