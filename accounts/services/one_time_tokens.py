"""One-time tokens: made for one purpose, kept as digests, spent by whoever comes first."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import OneTimeToken, Purpose, User
from accounts.services.encryption import EncryptionService
from config.errors import DomainError, Kind

_CODE_DIGITS = 6
_CODE_ATTEMPTS = 5


def token_refused() -> DomainError:
    """One answer for unknown, expired, spent and malformed."""
    return DomainError("token_invalid", "The link or code is not valid any more. Ask for a new one.", Kind.INVALID)


@dataclass(frozen=True, slots=True)
class OneTimeTokens:
    """A new token of a purpose voids the older ones. Spending is one conditional update: of parallel calls one wins."""

    encryption: EncryptionService = field(default_factory=EncryptionService)

    def issue(self, user: User, purpose: Purpose, seconds: int, payload: str | None = None) -> str:
        """A token of 256 bits for a link."""
        token = secrets.token_urlsafe(32)
        self.void(user, purpose)
        OneTimeToken.objects.create(
            user=user, purpose=purpose, digest=self.digest(token), payload=payload, expires_at=_after(seconds)
        )
        return token

    def issue_many(self, users: Collection[User], purpose: Purpose, seconds: int) -> dict[uuid.UUID, str]:
        """The same for many users, by their keys, in two statements and not two for each."""
        unspent = OneTimeToken.objects.filter(user__in=users, used_at__isnull=True, purpose=purpose)
        unspent.update(used_at=timezone.now())
        tokens = {user.pk: secrets.token_urlsafe(32) for user in users}
        ends = _after(seconds)
        OneTimeToken.objects.bulk_create(
            OneTimeToken(user_id=key, purpose=purpose, digest=self.digest(token), expires_at=ends)
            for key, token in tokens.items()
        )
        return tokens

    def issue_code(self, user: User, purpose: Purpose, seconds: int, payload: str) -> str:
        """A short code for typing. Its digest is keyed and bound to the row: a million guesses find nothing."""
        code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
        self.void(user, purpose)
        key = uuid.uuid4()
        OneTimeToken.objects.create(
            pk=key,
            user=user,
            purpose=purpose,
            digest=self._code_digest(key, code),
            payload=payload,
            attempts_left=_CODE_ATTEMPTS,
            expires_at=_after(seconds),
        )
        return code

    def spend(self, purpose: Purpose, token: str) -> OneTimeToken:
        """The token's row, spent, with its user's, held; DomainError when it is not valid. Inside a transaction; a
        rollback gives it back.

        The user's row is locked before the token's, as by whoever ends all credentials: the other way round the two
        would wait for each other.
        """
        found = self.look(purpose, token)
        user = User.objects.select_for_update().filter(pk=found.user_id).first()
        if user is None or not OneTimeToken.objects.usable(purpose).filter(pk=found.pk).update(used_at=timezone.now()):
            raise token_refused()
        found.user = user
        return found

    def look(self, purpose: Purpose, token: str) -> OneTimeToken:
        """The token's row, unspent, for who must lock something else first; DomainError when it is not valid."""
        found = OneTimeToken.objects.usable(purpose).filter(digest=self.digest(token)).select_related("user").first()
        if found is None:
            raise token_refused()
        return found

    def spend_code(self, user: User, purpose: Purpose, code: str) -> OneTimeToken:
        """The same for a code. Each try costs one of a few, before the code is looked at; call it outside of
        transactions, so that nothing gives the try back.
        """
        usable = OneTimeToken.objects.usable(purpose).filter(user=user)
        found = usable.order_by("-created_at").first()
        if found is None or not usable.filter(pk=found.pk).update(attempts_left=F("attempts_left") - 1):
            raise token_refused()
        right = hmac.compare_digest(found.digest, self._code_digest(found.pk, code))
        mine = OneTimeToken.objects.filter(pk=found.pk, used_at__isnull=True)
        if not right or not mine.update(used_at=timezone.now()):
            raise token_refused()
        return found

    def void(self, user: User, *purposes: Purpose) -> None:
        """Make the user's unspent tokens of these purposes worthless."""
        unspent = OneTimeToken.objects.filter(user=user, used_at__isnull=True, purpose__in=purposes)
        unspent.update(used_at=timezone.now())

    @staticmethod
    def digest(token: str) -> str:
        """What is kept of a long token."""
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    def _code_digest(self, key: uuid.UUID, code: str) -> str:
        return self.encryption.blind_index(f"{key}:{code}", "one-time-code")


def valid_for(seconds: int) -> str:
    """A length of time in words, for mails."""
    hours, minutes = divmod(max(seconds, 60) // 60, 60)
    parts = [f"{hours} hour{'s' if hours != 1 else ''}"] if hours else []
    parts += [f"{minutes} minute{'s' if minutes != 1 else ''}"] if minutes else []
    return " and ".join(parts)


def _after(seconds: int) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
