"""How often somebody failed, and until when they wait."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q


class Counted(models.TextChoices):
    """What a counter counts the failures of. Names that no account has are counted like those of accounts."""

    ACCOUNT = "account"
    DEVICE = "device"
    SESSION = "session"
    ADDRESS = "address", "network address"


class LockoutState(models.TextChoices):
    """Only counted yet; lets nobody in for a time; lets nobody in until somebody lifts it."""

    COUNTS = "counts", "counts"
    WAITS = "waits", "waits for a time"
    STOPPED = "stopped", "stopped until lifted"


class LockoutCounter(models.Model):
    """`key` is a keyed digest of what is counted (account, device or address, and the factor); it names nobody.

    Times are Unix milliseconds, because the arithmetic on them happens in one statement in either database.
    """

    key = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=8, choices=Counted.choices, blank=True, db_default="")
    factor = models.CharField(max_length=16, blank=True, db_default="")  # of an address all together
    failures = models.PositiveIntegerField()
    threshold = models.PositiveIntegerField()
    hard_stop = models.PositiveIntegerField()
    blocked_until = models.BigIntegerField()
    failed_at = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]

    @staticmethod
    def in_state(state: LockoutState, now: datetime) -> Q:
        """The condition of being in it at this time."""
        stopped, waits = Q(failures__gte=F("hard_stop")), Q(blocked_until__gt=int(now.timestamp() * 1000))
        return {
            LockoutState.STOPPED: stopped,
            LockoutState.WAITS: waits & ~stopped,
            LockoutState.COUNTS: ~waits & ~stopped,
        }[state]

    def state(self, now: datetime) -> LockoutState:
        if self.failures >= self.hard_stop:
            return LockoutState.STOPPED
        return LockoutState.WAITS if self.blocked_until > now.timestamp() * 1000 else LockoutState.COUNTS
