"""What accounts keep for a time only, and the one service that lets everything go that is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone

from accounts.models import (
    ApiKey,
    Approval,
    AuthSession,
    EmailChange,
    KnownDevice,
    LockoutCounter,
    OneTimeToken,
    PrivacyRequest,
    RequestKind,
    RequestState,
    User,
)
from accounts.retention import RetentionRule, rules
from accounts.services.gdpr_erasure import ErasureService
from config.models import IdempotentRequest

logger = structlog.get_logger(__name__)

_DAY = timedelta(days=1)
_STUCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RetentionService:
    """Each rule for itself: one that fails is logged and does not keep the others."""

    now: datetime = field(default_factory=timezone.now)

    def purge(self) -> dict[str, int | None]:
        """How many of each kind went; None for a rule that failed."""
        counts: dict[str, int | None] = {}
        for rule in rules():
            try:
                counts[rule.what] = rule.purge(self.now)
            except Exception as error:
                logger.error("retention_failed", what=rule.what, error=type(error).__name__)
                counts[rule.what] = None
        return counts


def _erasures(now: datetime) -> int:
    return ErasureService().carry_out_due()


def _exports(now: datetime) -> int:
    over = PrivacyRequest.objects.filter(kind=RequestKind.EXPORT, state=RequestState.READY, expires_at__lte=now)
    for row in over:
        with transaction.atomic():
            row.drop_file()
            row.state = RequestState.EXPIRED
            row.save(update_fields=["state", "file"])
    stuck = PrivacyRequest.objects.filter(
        kind=RequestKind.EXPORT,
        state__in=[RequestState.PENDING, RequestState.RUNNING],
        created_at__lte=now - _STUCK,
    )
    return len(over) + stuck.update(state=RequestState.FAILED, finished_at=now)


def _sessions(now: datetime) -> int:
    last = models.functions.Least(models.functions.Coalesce("ended_at", "expires_at"), "expires_at", "idle_expires_at")
    return _deleted(AuthSession.objects.annotate(last=last).filter(last__lte=now - 90 * _DAY))


def _devices(now: datetime) -> int:
    unused = ~models.Exists(AuthSession.objects.filter(device=models.OuterRef("pk")))
    return _deleted(KnownDevice.objects.filter(unused, created_at__lte=now - 730 * _DAY))


def _keys(now: datetime) -> int:
    before = now - 90 * _DAY
    return _deleted(ApiKey.objects.filter(models.Q(expires_at__lte=before) | models.Q(revoked_at__lte=before)))


def _accounts_never_confirmed(now: datetime) -> int:
    never = User.objects.filter(email_verified_at__isnull=True, created_at__lte=now - 30 * _DAY, is_staff=False)
    return _deleted(never.filter(auth_sessions__isnull=True))


def _deleted(rows: models.QuerySet[models.Model]) -> int:
    """How many of these rows went; those that go with them are not counted."""
    _, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)


ACCOUNT_RULES = (
    RetentionRule("accounts whose erasure is due", "14 days after the request", "time to think again", _erasures),
    RetentionRule("files of exports", "7 days", "time to fetch them (Art. 5(1)(e))", _exports),
    RetentionRule("ended sessions", "90 days after their end", "to look into a break-in", _sessions),
    RetentionRule("known devices without a session", "2 years", "so that an old device is no news", _devices),
    RetentionRule("API keys that ended", "90 days after their end", "to look into a break-in", _keys),
    RetentionRule(
        "mailed links and codes",
        "7 days after they expire",
        "to answer why a link did not work",
        lambda now: _deleted(OneTimeToken.objects.filter(expires_at__lte=now - 7 * _DAY)),
    ),
    RetentionRule(
        "changes of address that nobody confirmed",
        "until their links expire",
        "they are void then",
        lambda now: _deleted(EmailChange.objects.filter(expires_at__lte=now)),
    ),
    RetentionRule(
        "counts of failed attempts",
        "30 days after the last",
        "to slow down who guesses patiently",
        lambda now: _deleted(
            LockoutCounter.objects.filter(failed_at__lte=int((now - 30 * _DAY).timestamp() * 1000)).exclude(
                failures__gte=models.F("hard_stop")
            )
        ),
    ),
    RetentionRule(
        "accounts never confirmed", "30 days", "nobody has shown that they want one", _accounts_never_confirmed
    ),
    RetentionRule(
        "approvals by a second owner",
        "90 days",
        "the trail has them",
        lambda now: _deleted(Approval.objects.filter(expires_at__lte=now - 90 * _DAY)),
    ),
    RetentionRule(
        "answers kept for repeated requests",
        "24 hours",
        "Idempotency-Key",
        lambda now: _deleted(IdempotentRequest.objects.over()),
    ),
    RetentionRule(
        "sessions of the administration",
        "until they expire",
        "they are void then",
        lambda now: _deleted(Session.objects.filter(expire_date__lte=now)),
    ),
)
