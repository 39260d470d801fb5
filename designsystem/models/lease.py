"""Work that waits in a row and is done by whoever leases it, so that nothing is lost or done twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Self, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, models
from django.utils import timezone

from accounts.models import User
from config.orchestrator import get_orchestrator

# what drivers raise when the database is away or ended the connection, which is no fault of the work
DATABASE_AWAY = (OperationalError, InterfaceError)
MAX_ATTEMPTS = 3  # a picture that took three workers with it is not tried again
OVERDUE = timedelta(seconds=30)  # after which a waiting row is sent again: the broker may have lost it


class WorkState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"


Row = TypeVar("Row", bound="LeasedWork")


class LeasedWorkQuerySet(models.QuerySet[Row]):
    def claimable(self) -> Self:
        """Rows whose time has come, and rows whose worker let its lease run out. While their owner restricts the
        processing (GDPR Art. 18) they wait.
        """
        now = timezone.now()
        waiting = models.Q(state=WorkState.QUEUED, due_at__lte=now)
        return self.filter(
            waiting | models.Q(state=WorkState.RUNNING, lease_until__lt=now), ~models.Exists(self.model.restricting())
        )

    def overdue(self) -> Self:
        """Claimable rows that no worker came for in time."""
        return self.claimable().exclude(state=WorkState.QUEUED, queued_at__gt=timezone.now() - OVERDUE)

    def poison(self) -> Self:
        """Claimable rows that were tried too often."""
        return self.claimable().filter(attempts__gte=models.F("attempts_allowed"))

    def claim(self, key: uuid.UUID) -> Row | None:
        """The row, now leased to the caller; None when it is another's, finished or gone.

        `attempts` is the fencing token: only who holds the latest may write the outcome.
        """
        now = timezone.now()
        claimed = (
            self.claimable()
            .filter(pk=key, attempts__lt=models.F("attempts_allowed"))
            .update(
                state=WorkState.RUNNING,
                lease_until=now + _lease(),
                attempts=models.F("attempts") + 1,
                started_at=now,
            )
        )
        return self.get(pk=key) if claimed else None


class LeasedWork(models.Model):
    """`due_at` is the earliest time to begin, `queued_at` when it was last sent; `model_attempts` are the questions to
    the vision model that went unanswered and do not count as the picture's fault.
    """

    state = models.CharField(max_length=16, choices=WorkState, default=WorkState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=MAX_ATTEMPTS)
    model_attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def restricting(cls) -> models.QuerySet[Any]:
        """A subquery that finds something when the row's owner restricts the processing. No join: a conditional
        update with one would look at its conditions before it waits for another's lock, and not again after.
        """
        found: models.QuerySet[User] = User.objects.restricted().filter(pk=models.OuterRef("owner"))
        return found

    def settle(self, state: str, **outcome: Any) -> bool:
        """Write the outcome unless another worker took the row over; whether it was written."""
        return self._while_mine(state=state, lease_until=None, finished_at=timezone.now(), **outcome)

    def release(self, delay: float = 0, **changes: Any) -> bool:
        """Let another worker try, in `delay` seconds at the earliest; whether the row was still the caller's."""
        due = timezone.now() + timedelta(seconds=delay)
        # a row that waits on purpose is sent by the sweeper as soon as it is due
        queued = due - OVERDUE if delay else due
        return self._while_mine(state=WorkState.QUEUED, lease_until=None, due_at=due, queued_at=queued, **changes)

    def database_was_away(self, delay: float = 0) -> bool:
        """Let another worker try, over a connection that works; where there is none the lease runs out."""
        close_old_connections()
        return self.release(delay)

    def postpone(self, delay: float) -> bool:
        """Wait for the vision model: that is not the picture's fault, so it is given one attempt more."""
        return self.release(
            delay, model_attempts=self.model_attempts + 1, attempts_allowed=models.F("attempts_allowed") + 1
        )

    def _while_mine(self, **changes: Any) -> bool:
        mine = type(self)._default_manager.filter(pk=self.pk, state=WorkState.RUNNING, attempts=self.attempts)
        return mine.update(**changes) == 1


def _lease() -> timedelta:
    """Longer than a task may run, so that whoever takes over finds the worker before ended."""
    return timedelta(seconds=1.2 * get_orchestrator().task_queue_service.hard_limit_seconds)
