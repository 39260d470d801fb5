"""How often somebody failed, and until when they wait."""

from __future__ import annotations

from django.db import models


class LockoutCounter(models.Model):
    """`key` is a keyed digest of what is counted (account, device or address, and the factor); it names nobody.

    Times are Unix milliseconds, because the arithmetic on them happens in one statement in either database.
    """

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField()
    threshold = models.PositiveIntegerField()
    hard_stop = models.PositiveIntegerField()
    blocked_until = models.BigIntegerField()
    failed_at = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.key[:8]
