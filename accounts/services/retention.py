"""What accounts keep for a time only, and the one service that lets everything go that is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from accounts.models import (
    ApiKey,
    Approval,
    AuthSession,
    EmailChange,
    KnownDevice,
    LockoutCounter,
    OneTimeToken,
    PasskeyCeremony,
    PrivacyRequest,
    RequestKind,
    RequestState,
)
from accounts.retention import RetentionRule, rules
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from audit.actions import Action
from audit.models import AuditLog, ChangeEntry, SubjectKey
from audit.retention import cut
from config.models import LIFETIME, IdempotentRequest
from config.orchestrator import get_orchestrator
from config.services.privacy import PrivacyConfigService

logger = structlog.get_logger(__name__)


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
    service = ExportService()
    return service.expire(now) + service.remove_orphans(now)


def _receipts(now: datetime) -> int:
    before = now - timedelta(days=_periods().receipt_days)
    receipts = PrivacyRequest.objects.filter(kind=RequestKind.ERASURE, state=RequestState.DONE)
    return _deleted(receipts.filter(finished_at__lte=before))


def _sessions(now: datetime) -> int:
    before = now - timedelta(days=_periods().session_days)
    last = models.functions.Least(models.functions.Coalesce("ended_at", "expires_at"), "expires_at", "idle_expires_at")
    return _deleted(AuthSession.objects.annotate(last=last).filter(last__lte=before))


def _devices(now: datetime) -> int:
    before = now - timedelta(days=_periods().device_days)
    unused = ~models.Exists(AuthSession.objects.filter(device=models.OuterRef("pk")))
    return _deleted(KnownDevice.objects.filter(unused, created_at__lte=before))


def _keys(now: datetime) -> int:
    before = now - timedelta(days=_periods().api_key_days)
    return _deleted(ApiKey.objects.filter(models.Q(expires_at__lte=before) | models.Q(revoked_at__lte=before)))


def _one_time_tokens(now: datetime) -> int:
    before = now - timedelta(days=_periods().one_time_token_days)
    return _deleted(OneTimeToken.objects.filter(expires_at__lte=before))


def _approvals(now: datetime) -> int:
    return _deleted(Approval.objects.filter(expires_at__lte=now - timedelta(days=_periods().approval_days)))


def _failures(now: datetime) -> int:
    before = int((now - timedelta(days=_periods().failure_days)).timestamp() * 1000)
    return _deleted(LockoutCounter.objects.filter(failed_at__lte=before).exclude(failures__gte=models.F("hard_stop")))


def _accounts_never_confirmed(now: datetime) -> int:
    return ErasureService().remove_unconfirmed(now - timedelta(days=_periods().unconfirmed_account_days))


def _keys_of_the_gone(now: datetime) -> int:
    """Somebody's request may write an entry, and with it a new key, at the very moment they are erased."""
    erased = AuditLog.objects.filter(action=Action.ACCOUNT_ERASED, target=models.OuterRef("subject"))
    return _deleted(SubjectKey.objects.filter(models.Exists(erased)))


def _changes(now: datetime) -> int:
    before = now - timedelta(days=get_orchestrator().audit_service.retention_days)
    return _deleted(ChangeEntry.objects.filter(timestamp__lte=before))


def _periods() -> PrivacyConfigService:
    return get_orchestrator().privacy_service


def _deleted(rows: models.QuerySet[models.Model]) -> int:
    """How many of these rows went; those that go with them are not counted."""
    _, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)


_BREAK_IN = "to look into a break-in (Art. 6(1)(f), recital 49)"

ACCOUNT_RULES = (
    RetentionRule(
        "accounts whose erasure is due",
        "{LOUPE_PRIVACY_ERASURE_GRACE_DAYS} days after the request",
        "time to think again, and to stop what somebody else asked for",
        _erasures,
        of=("accounts.user",),
    ),
    RetentionRule(
        "files of exports",
        "{LOUPE_PRIVACY_EXPORT_DAYS} days; those that a dead worker left, 1 day",
        "time to fetch them (Art. 5(1)(e))",
        _exports,
        of=("accounts.privacyrequest",),
    ),
    RetentionRule(
        "receipts of erasures",
        "{LOUPE_PRIVACY_RECEIPT_DAYS} days",
        "to prove that the request was met (Art. 5(2)); they name nobody",
        _receipts,
        of=("accounts.privacyrequest",),
    ),
    RetentionRule(
        "ended sessions",
        "{LOUPE_PRIVACY_SESSION_DAYS} days after their end",
        _BREAK_IN,
        _sessions,
        of=("accounts.authsession",),
    ),
    RetentionRule(
        "known devices without a session",
        "{LOUPE_PRIVACY_DEVICE_DAYS} days",
        "so that an old device is no news",
        _devices,
        of=("accounts.knowndevice",),
    ),
    RetentionRule(
        "API keys that ended",
        "{LOUPE_PRIVACY_API_KEY_DAYS} days after their end",
        _BREAK_IN,
        _keys,
        of=("accounts.apikey",),
    ),
    RetentionRule(
        "mailed links and codes",
        "{LOUPE_PRIVACY_ONE_TIME_TOKEN_DAYS} days after they expire",
        "to answer why a link did not work",
        _one_time_tokens,
        of=("accounts.onetimetoken",),
    ),
    RetentionRule(
        "changes of address that nobody confirmed",
        "until their links expire",
        "they are void then",
        lambda now: _deleted(EmailChange.objects.filter(expires_at__lte=now)),
        of=("accounts.emailchange",),
    ),
    RetentionRule(
        "challenges of passkeys",
        "until they expire, 5 minutes",
        "they are void then",
        lambda now: _deleted(PasskeyCeremony.objects.filter(expires_at__lte=now)),
        of=("accounts.passkeyceremony",),
    ),
    RetentionRule(
        "counts of failed attempts",
        "{LOUPE_PRIVACY_FAILURE_DAYS} days after the last",
        "to slow down who guesses patiently",
        _failures,
        of=("accounts.lockoutcounter",),
    ),
    RetentionRule(
        "accounts never confirmed",
        "{LOUPE_PRIVACY_UNCONFIRMED_ACCOUNT_DAYS} days",
        "nobody has shown that they want one",
        _accounts_never_confirmed,
        of=("accounts.user",),
    ),
    RetentionRule(
        "approvals by a second owner",
        "{LOUPE_PRIVACY_APPROVAL_DAYS} days after they expire",
        "the trail has them",
        _approvals,
        of=("accounts.approval",),
    ),
    RetentionRule(
        "answers kept for repeated requests",
        f"{LIFETIME // timedelta(hours=1)} hours",
        "Idempotency-Key",
        lambda now: _deleted(IdempotentRequest.objects.over()),
        of=("config.idempotentrequest",),
    ),
    RetentionRule(
        "sessions of the administration",
        "until they expire",
        "they are void then",
        lambda now: _deleted(Session.objects.filter(expire_date__lte=now)),
        of=("sessions.session",),
    ),
    RetentionRule(
        "the audit trail",
        "{LOUPE_AUDIT_RETENTION_DAYS} days, and the newest checkpoint of that age",
        "to prove who did what (Art. 5(2), recital 49)",
        cut,
        of=("audit.auditlog", "audit.checkpoint", "audit.subjectkey"),
    ),
    RetentionRule(
        "what changed in accounts and roles, by field",
        "{LOUPE_AUDIT_RETENTION_DAYS} days",
        "to read what the trail has the digest of",
        _changes,
        of=("audit.changeentry",),
    ),
    RetentionRule(
        "keys in the trail of people who are gone",
        "until the next run",
        "an entry may be written while its person is erased",
        _keys_of_the_gone,
        of=("audit.subjectkey",),
    ),
)
