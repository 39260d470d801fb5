"""AccountLockoutService: how often a secret may be guessed, by account, by device and by address."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Counted, LockoutCounter, User
from accounts.services.encryption import EncryptionService
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator
from config.services.authentication import AuthenticationConfigService

_TABLE = LockoutCounter._meta.db_table
_ONLY_ADDRESSES_WAIT = 2**31 - 1


class Factor(StrEnum):
    """What is guessed. Each factor of an account has a counter of its own."""

    PASSWORD = "password"  # noqa: S105
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is counted. `key` is a digest; `user` is set when a hard stop concerns an account."""

    key: str
    kind: Counted
    threshold: int
    hard_stop: int
    factor: Factor | None = None
    user: User | None = None


def _configuration() -> AuthenticationConfigService:
    return get_orchestrator().authentication_service


@dataclass(frozen=True, slots=True)
class AccountLockoutService:
    """Every attempt is charged before the secret is looked at and given back when it was right, so parallel guesses
    cannot outrun the count. From `lockout_threshold` failures on each failure doubles the wait; `lockout_hard_stop`
    failures stay until mail or staff unlocks. Charges are transactions of their own: no rollback takes them back.
    """

    configuration: AuthenticationConfigService = field(default_factory=_configuration)
    encryption: EncryptionService = field(default_factory=EncryptionService)

    def account(self, user: User | None, identifier: str, factor: Factor) -> Subject:
        """The account, however it was named; a stranger's name counts just the same."""
        name = f"user:{user.pk}" if user else f"stranger:{identifier}"
        return self._subject(Counted.ACCOUNT, name, factor, user)

    def device(self, device_id: UUID, factor: Factor) -> Subject:
        """A device that proved itself: strangers who hammer the account do not count against it."""
        return self._subject(Counted.DEVICE, f"device:{device_id}", factor)

    def session(self, session_id: UUID | str, factor: Factor) -> Subject:
        """Somebody who is signed in and is asked again."""
        return self._subject(Counted.SESSION, f"session:{session_id}", factor)

    def address(self, block: str) -> Subject:
        """A network address, over all accounts; it waits but is never stopped for good, since others may share it."""
        threshold = self.configuration.lockout_address_threshold
        return Subject(self._key(f"address:{block}"), Counted.ADDRESS, threshold, _ONLY_ADDRESSES_WAIT)

    def charge(self, *subjects: Subject) -> tuple[Subject, ...]:
        """Count one attempt of each, or DomainError (THROTTLED) when one of them waits; nothing is counted then.

        Gives the subjects that came to their hard stop by this attempt.
        """
        failures = self._count(subjects)
        refused = [each for each in subjects if each.key not in failures]
        if refused:
            self._give_back([each for each in subjects if each.key in failures])
            raise DomainError(
                "too_many_attempts",
                "Too many attempts. Wait, or reset the password by mail.",
                Kind.THROTTLED,
                retry_after=self._wait(refused),
            )
        return tuple(each for each in subjects if failures[each.key] >= each.hard_stop)

    def succeed(self, *subjects: Subject) -> None:
        """The secret was right: accounts, devices and sessions begin anew, addresses get the attempt back."""
        shared = [each.key for each in subjects if each.hard_stop == _ONLY_ADDRESSES_WAIT]
        with _committed_at_once(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {_TABLE} SET blocked_until = 0, failures ="  # noqa: S608 - the table's own name
                f" CASE WHEN key IN ({_marks(shared)}) THEN failures - 1 ELSE 0 END"
                f" WHERE key IN ({_marks(subjects)}) AND failures > 0",
                [*shared, *(each.key for each in subjects)],
            )

    def unlock(self, user: User, *factors: Factor) -> None:
        """Forget every failure of the account, or of these factors of it; known devices keep theirs."""
        keys = [self.account(user, "", factor).key for factor in factors or Factor]
        LockoutCounter.objects.filter(key__in=keys).delete()

    def failures(self, user: User, factor: Factor = Factor.PASSWORD) -> int:
        """How many attempts have failed in a row."""
        found = LockoutCounter.objects.filter(key=self.account(user, "", factor).key).first()
        return found.failures if found else 0

    def _subject(self, kind: Counted, name: str, factor: Factor, user: User | None = None) -> Subject:
        limits = self.configuration
        key = self._key(f"{name}:{factor}")
        return Subject(key, kind, limits.lockout_threshold, limits.lockout_hard_stop, factor, user)

    def _key(self, name: str) -> str:
        # an identifier that belongs to nobody is personal all the same
        return self.encryption.blind_index(name, "lockout")

    def _count(self, subjects: Sequence[Subject]) -> dict[str, int]:
        """One statement, so that counting and refusing cannot come apart; gives the failures of those admitted."""
        now = time.time_ns() // 1_000_000
        base, longest = self.configuration.lockout_base_seconds * 1000, self.configuration.lockout_max_seconds * 1000
        doublings = max(0, (longest // base).bit_length())
        rows = [
            [
                each.key,
                each.kind.value,
                each.factor or "",
                1,
                each.threshold,
                each.hard_stop,
                now + base if each.threshold == 1 else 0,
                now,
            ]
            for each in sorted(subjects, key=lambda subject: subject.key)  # one order of locks for everybody
        ]
        step = f"{_TABLE}.failures + 1 - excluded.threshold"
        with _committed_at_once(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_TABLE}"  # noqa: S608 - the table's own name
                " (key, kind, factor, failures, threshold, hard_stop, blocked_until, failed_at)"
                f" VALUES {', '.join(f'({_marks(row)})' for row in rows)}"
                " ON CONFLICT (key) DO UPDATE SET"
                f" failures = {_TABLE}.failures + 1, failed_at = excluded.failed_at,"
                " threshold = excluded.threshold, hard_stop = excluded.hard_stop,"
                " kind = excluded.kind, factor = excluded.factor,"
                f" blocked_until = CASE WHEN {step} < 0 THEN 0"
                f" WHEN {step} >= {doublings} THEN excluded.failed_at + {longest}"
                f" ELSE excluded.failed_at + ({base} << ({step})) END"
                f" WHERE {_TABLE}.blocked_until <= excluded.failed_at AND {_TABLE}.failures < excluded.hard_stop"
                " RETURNING key, failures",
                [value for row in rows for value in row],
            )
            return {str(key).strip(): int(failures) for key, failures in cursor.fetchall()}

    def _give_back(self, subjects: Sequence[Subject]) -> None:
        if not subjects:
            return
        with _committed_at_once(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {_TABLE} SET failures = failures - 1 WHERE key IN ({_marks(subjects)}) AND failures > 0",  # noqa: S608
                [each.key for each in subjects],
            )

    def _wait(self, refused: Sequence[Subject]) -> int:
        rows = LockoutCounter.objects.filter(key__in=[each.key for each in refused])
        now, longest = time.time_ns() // 1_000_000, self.configuration.lockout_max_seconds
        waits = [longest if row.failures >= row.hard_stop else -(-(row.blocked_until - now) // 1000) for row in rows]
        return max(1, *waits) if waits else 1


def _committed_at_once() -> AbstractContextManager[None]:
    """For one statement, which is a transaction by itself; RuntimeError where another one could take it back."""
    return transaction.atomic(durable=True) if connection.in_atomic_block else nullcontext()


def _marks(of: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(of)) or "NULL"
