"""Erasure (GDPR Art. 17): announced, kept back for a time in which it can be cancelled, then done for good."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import EndReason, OutboxMessage, PrivacyRequest, RequestKind, RequestState, User
from accounts.personal_data import sources
from accounts.services.credentials import CredentialService
from accounts.services.outbox import Outbox
from audit import context
from audit.actions import Action
from audit.logger import AuditLogger, reference
from audit.personal import PersonalData
from audit.redaction import DetailValue
from config.errors import DomainError, Kind

GRACE = timedelta(days=14)
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ErasureService:
    credentials: CredentialService = field(default_factory=CredentialService)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)
    personal_data: PersonalData = field(default_factory=PersonalData)

    def request(self, user: User, **why: DetailValue) -> PrivacyRequest:
        """The account goes after the grace period; asking again changes nothing. `why` stays in the trail."""
        try:
            with transaction.atomic():
                due_at = timezone.now() + GRACE
                row = PrivacyRequest.objects.create(user=user, kind=RequestKind.ERASURE, due_at=due_at)
                self.audit.record(Action.ERASURE_REQUESTED, target=user, details=why)
                self.outbox.mail(MailName.ERASURE_REQUESTED, user.email, due=f"{due_at:%-d %B %Y, %H:%M} UTC")
        except IntegrityError:
            row = self.pending(user)
        return row

    def pending(self, user: User) -> PrivacyRequest:
        """The erasure that waits; DomainError (NOT_FOUND) when none does."""
        found = PrivacyRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state=RequestState.PENDING).first()
        if found is None:
            raise DomainError("not_found", "No erasure is waiting.", Kind.NOT_FOUND)
        return found

    def cancel(self, user: User, **why: DetailValue) -> None:
        """The account stays; DomainError (NOT_FOUND) when no erasure waits. `why` stays in the trail."""
        with transaction.atomic():
            row = PrivacyRequest.objects.select_for_update().get(pk=self.pending(user).pk)
            if row.state != RequestState.PENDING:
                raise DomainError("not_found", "No erasure is waiting.", Kind.NOT_FOUND)
            row.state, row.finished_at = RequestState.CANCELLED, timezone.now()
            row.save(update_fields=["state", "finished_at"])
            self.audit.record(Action.ERASURE_CANCELLED, target=user, details=why)
            self.outbox.mail(MailName.ERASURE_CANCELLED, user.email)

    def carry_out_due(self) -> int:
        """Erase everybody whose time has come; how many. One that fails is logged, and tried again the next time."""
        due = PrivacyRequest.objects.filter(
            kind=RequestKind.ERASURE, state=RequestState.PENDING, due_at__lte=timezone.now(), user__isnull=False
        )
        done = 0
        for key in list(due.values_list("pk", flat=True)):
            try:
                done += self._carry_out(key)
            except Exception as error:
                logger.error("erasure_failed", request=str(key), error=type(error).__name__)
        return done

    def _carry_out(self, key: UUID) -> bool:
        with transaction.atomic():
            row = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("user").get(pk=key)
            if row.user is None or row.state != RequestState.PENDING:
                return False
            user = self.credentials.locked(row.user)
            row.receipt = self._erase(user)
            row.user, row.state, row.finished_at = None, RequestState.DONE, timezone.now()
            row.save()
        return True

    def _erase(self, user: User) -> dict[str, int]:
        """Everything of the user, inside the transaction; counts of what went. The key in the trail goes last, so that
        nothing is written under a new one.
        """
        subject, address = reference(user), user.email
        counts = {name: count for source in sources() for name, count in source.erase(user).items()}
        self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED)
        counts["waiting_messages"] = _drop_messages(user)
        with context.acting(context.AuditContext()):
            user.delete()
            self.audit.record(Action.ACCOUNT_ERASED, target=subject)
            self.personal_data.erase(subject)
        self.outbox.mail(MailName.ACCOUNT_ERASED, address)
        return counts


def _drop_messages(user: User) -> int:
    """Messages that wait for the user; they are few, and only their content tells whose they are."""
    known = {str(user.pk), user.email, user.phone} - {None}
    mine = [
        each.pk for each in OutboxMessage.objects.iterator() if known & {*map(str, json.loads(each.payload).values())}
    ]
    return OutboxMessage.objects.filter(pk__in=mine).delete()[0]
