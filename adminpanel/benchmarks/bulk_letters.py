"""Has a worker do the bulk acts that write to everybody they are done to: a new password asked for, an erasure
announced, an invitation. The mails wait in the outbox, as delivering them is the mail server's affair.
"""

from __future__ import annotations

import time
from typing import Any

from accounts.models import OutboxMessage, PrivacyRequest, User
from adminpanel.models import BulkAct, BulkJob
from adminpanel.services.bulk import BulkService
from adminpanel.services.bulk_worker import BulkWorker
from adminpanel.services.invitations import MAX_INVITATIONS, Invitee

_REASON = "measuring letters to many"


def run(owner: User, count: int) -> dict[str, Any]:
    """By act, over the `count` oldest accounts that can be written to, or a list of so many at most; in seconds."""
    prepared = [_prepared(owner, act, count) for act in (BulkAct.FORCE_PASSWORD_RESET, BulkAct.ERASE)]
    invited = [
        Invitee(f"invited.{time.time_ns()}.{n}@benchmark.invalid", None) for n in range(min(count, MAX_INVITATIONS))
    ]
    prepared.append(BulkService().prepare_invitations(owner, _REASON, invited))
    return {str(job.act): _measured(owner, job) for job in prepared}


def _prepared(owner: User, act: BulkAct, count: int) -> BulkJob:
    asked = PrivacyRequest.objects.filter(user__isnull=False).values("user")
    chosen = User.objects.filter(is_active=True, email_verified_at__isnull=False, is_staff=False).exclude(pk__in=asked)
    last = chosen.order_by("created_at")[count - 1].created_at
    return BulkService().prepare(owner, act, _REASON, chosen.filter(created_at__lte=last), ())


def _measured(owner: User, job: BulkJob) -> dict[str, Any]:
    BulkService().start(owner, job.pk)
    letters, began, used = OutboxMessage.objects.count(), time.perf_counter(), time.process_time()
    while not BulkWorker().run(job.pk):
        pass
    took, used = time.perf_counter() - began, time.process_time() - used
    job.refresh_from_db()
    return {
        "accounts": job.changed,
        "letters": OutboxMessage.objects.count() - letters,
        "seconds": round(took, 1),
        "of_the_processor": round(used, 1),
        "state": job.state,
    }
