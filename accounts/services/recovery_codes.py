"""Recovery codes: drawn ten at a time, shown once, kept as digests, each good for one use."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import RecoveryCode, User
from accounts.services.outbox import Outbox

COUNT = 10
_BYTES = 15  # 120 bits are 24 characters of base32
_GROUP = 4


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    outbox: Outbox = field(default_factory=Outbox)

    def renew(self, user: User) -> list[str]:
        """A new set in place of the old one. Inside a transaction."""
        RecoveryCode.objects.filter(user=user).delete()
        codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode() for _ in range(COUNT)]
        RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(code)) for code in codes])
        return ["-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP)) for code in codes]

    def use(self, user: User, code: str) -> bool:
        """Whether it was an unused code of the user; of parallel calls one hears yes. The user is told."""
        plain = "".join(code.split()).replace("-", "").upper()
        with transaction.atomic():
            mine = RecoveryCode.objects.filter(user=user, used_at__isnull=True)
            if not mine.filter(digest=_digest(plain)).update(used_at=timezone.now()):
                return False
            self.outbox.mail(MailName.RECOVERY_CODE_USED, user.email, left=str(self.left(user)))
        return True

    def left(self, user: User) -> int:
        """How many codes are unused."""
        return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
