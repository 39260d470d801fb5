"""Second factors that are codes: an authenticator app, and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import secrets
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone
from django_otp.models import Device, DeviceManager
from django_otp.oath import TOTP

from accounts.fields import EncryptedTextField

STEP_SECONDS = 30
DIGITS = 6
_STEPS_BACK = 1


def _new_id() -> int:
    return secrets.randbits(62)


class TotpDevice(Device):  # type: ignore[misc]  # django-otp has no types
    """An authenticator app (RFC 6238: SHA-1, 30 s, 6 digits). At most one for each user.

    The id is drawn, so that the seed can be bound to the row before it is saved, and a number, because django-otp's
    `persistent_id` asks for one. `last_step` is the newest time step whose code was taken: no code of that step or an
    older one is taken again, by whichever process.
    """

    id = models.PositiveBigIntegerField(primary_key=True, default=_new_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="totp_device")
    seed = EncryptedTextField()
    last_step = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[DeviceManager] = DeviceManager()

    def __str__(self) -> str:
        return str(self.pk)

    def verify_token(self, token: str) -> bool:
        """Whether it is the code of this time step or the one before, and nobody used it yet; then it is used.

        The step before is taken because reading and typing take time (RFC 6238, 5.2); the one to come is not.
        """
        if len(token) != DIGITS or not (token.isascii() and token.isdigit()):
            return False
        clock = TOTP(base64.b32decode(self.seed), step=STEP_SECONDS, digits=DIGITS, drift=-_STEPS_BACK)
        now = TOTP(clock.key, step=STEP_SECONDS, digits=DIGITS)
        now.time = clock.time = timezone.now().timestamp()
        matching = [each.t() for each in (now, clock) if secrets.compare_digest(f"{each.token():0{DIGITS}}", token)]
        return any(self._use(step) for step in matching[:1])

    def _use(self, step: int) -> bool:
        """Of parallel calls one moves the step on."""
        return bool(TotpDevice.objects.filter(pk=self.pk, last_step__lt=step).update(last_step=step))


class RecoveryCode(models.Model):
    """A code that stands in once for another second factor. It has 120 bits, so its plain SHA-256 cannot be guessed
    (OWASP ASVS 5.0, 6.5.2).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)
