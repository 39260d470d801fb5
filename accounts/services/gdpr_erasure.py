"""Erasure (GDPR Art. 17): announced, kept back for a time in which it can be cancelled, then done for good."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identifiers import canonical_email
from accounts.mails import MailName
from accounts.models import (
    EmailChange,
    EndReason,
    OutboxMessage,
    PrivacyRequest,
    Purpose,
    RequestKind,
    RequestState,
    User,
)
from accounts.personal_data import sources
from accounts.services.credentials import CredentialService
from accounts.services.one_time_tokens import OneTimeTokens, token_refused
from accounts.services.outbox import Outbox
from audit import context
from audit.actions import Action
from audit.logger import AuditLogger, reference
from audit.models import ChangeEntry
from audit.personal import PersonalData
from audit.redaction import DetailValue
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator
from config.services.privacy import PrivacyConfigService
from config.uuid7 import uuid7

_LATE = timedelta(days=1)  # the link works until the erasure begins, and the worker may come late
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ErasureService:
    credentials: CredentialService = field(default_factory=CredentialService)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)
    personal_data: PersonalData = field(default_factory=PersonalData)
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    settings: PrivacyConfigService = field(default_factory=lambda: get_orchestrator().privacy_service)

    def request(self, user: User, **why: DetailValue) -> PrivacyRequest:
        """The account goes after the grace period, unless the link in the mail, or whoever is signed in, cancels it.
        Asking again changes nothing. `why` stays in the trail.
        """
        grace = timedelta(days=self.settings.erasure_grace_days)
        try:
            with transaction.atomic():
                due_at = timezone.now() + grace
                row = PrivacyRequest.objects.create(user=user, kind=RequestKind.ERASURE, due_at=due_at)
                self.audit.record(Action.ERASURE_REQUESTED, target=user, details=why)
                seconds = int((grace + _LATE).total_seconds())
                token = self.tokens.issue(user, Purpose.CANCEL_ERASURE, seconds)
                self.outbox.mail(MailName.ERASURE_REQUESTED, user.email, token, due=f"{due_at:%-d %B %Y, %H:%M} UTC")
        except IntegrityError:
            row = self.pending(user)
        return row

    def request_many(self, users: Collection[User], **why: DetailValue) -> None:
        """The same for many, inside a transaction that has locked them, in a few statements and an entry each."""
        grace = timedelta(days=self.settings.erasure_grace_days)
        due_at = timezone.now() + grace
        asked = {uuid7(): user for user in users}
        PrivacyRequest.objects.bulk_create(
            [PrivacyRequest(pk=key, user=user, kind=RequestKind.ERASURE, due_at=due_at) for key, user in asked.items()],
            ignore_conflicts=True,
        )
        new = [asked[key] for key in PrivacyRequest.objects.filter(pk__in=asked).values_list("pk", flat=True)]
        for user in new:
            self.audit.record(Action.ERASURE_REQUESTED, target=user, details=why)
        tokens = self.tokens.issue_many(new, Purpose.CANCEL_ERASURE, int((grace + _LATE).total_seconds()))
        letters = [(user.email, tokens[user.pk]) for user in new]
        self.outbox.mail_many(MailName.ERASURE_REQUESTED, letters, due=f"{due_at:%-d %B %Y, %H:%M} UTC")

    def pending(self, user: User) -> PrivacyRequest:
        """The erasure that waits; DomainError (NOT_FOUND) when none does."""
        found = PrivacyRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state=RequestState.PENDING).first()
        if found is None:
            raise _none_waits()
        return found

    def cancel(self, user: User, **why: DetailValue) -> None:
        """The account stays; DomainError (NOT_FOUND) when no erasure waits. `why` stays in the trail."""
        with transaction.atomic():
            row = _held(user)
            if row is None:
                raise _none_waits()
            self._cancel(row, user, None, why)

    def cancel_by_token(self, token: str) -> None:
        """The same by the link in the mail; DomainError when it is spent, over, or too late."""
        with transaction.atomic():
            user = self.tokens.look(Purpose.CANCEL_ERASURE, token).user
            row = _held(user)  # before the token, as the erasure does: who waits for the other's row waits in one order
            if row is None:
                raise token_refused()
            self.tokens.spend(Purpose.CANCEL_ERASURE, token)
            self._cancel(row, user, user, {})

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

    def remove_unconfirmed(self, before: datetime) -> int:
        """Erase the accounts opened before then whose address never proved itself and that nobody used; how many."""
        never = User.objects.filter(
            email_verified_at__isnull=True, created_at__lte=before, is_staff=False, auth_sessions__isnull=True
        )
        removed = 0
        for key in list(never.values_list("pk", flat=True)):
            with transaction.atomic():
                user = never.select_for_update(of=("self",)).filter(pk=key).first()
                if user is not None:  # else it proved itself meanwhile
                    self._erase(user)
                    removed += 1
        return removed

    def _carry_out(self, key: UUID) -> bool:
        with transaction.atomic():
            row = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("user").get(pk=key)
            if row.user is None or row.state != RequestState.PENDING:
                return False
            user = self.credentials.locked(row.user)
            address = user.email
            row.receipt = self._erase(user)
            self.outbox.mail(MailName.ACCOUNT_ERASED, address)
            row.user, row.state, row.finished_at = None, RequestState.DONE, timezone.now()
            row.save()
        return True

    def _cancel(self, row: PrivacyRequest, user: User, actor: User | None, why: Mapping[str, DetailValue]) -> None:
        row.state, row.finished_at = RequestState.CANCELLED, timezone.now()
        row.save(update_fields=["state", "finished_at"])
        self.tokens.void(user, Purpose.CANCEL_ERASURE)
        self.audit.record(Action.ERASURE_CANCELLED, actor=actor, target=user, details=why)
        self.outbox.mail(MailName.ERASURE_CANCELLED, user.email)

    def _erase(self, user: User) -> dict[str, int]:
        """Everything of the user, inside the transaction; counts of what went. The key in the trail goes last, so that
        nothing is written under a new one.
        """
        subject, key = reference(user), str(user.pk)
        counts = {"waiting_messages": _drop_messages(user)}
        counts |= {name: count for source in sources() for name, count in source.erase(user).items()}
        self.credentials.revoke(user, EndReason.CREDENTIALS_CHANGED)
        with context.acting(context.AuditContext()):
            user.delete()
            ChangeEntry.objects.filter(object_pk=key).delete()  # also the one that deleting the user has just made
            self.audit.record(Action.ACCOUNT_ERASED, target=subject)
            self.personal_data.erase(subject)
        return counts


def _held(user: User) -> PrivacyRequest | None:
    """The erasure that waits, locked: who holds it decides whether it happens. None when there is none any more."""
    waiting = PrivacyRequest.objects.filter(user=user, kind=RequestKind.ERASURE, state=RequestState.PENDING)
    return waiting.select_for_update(of=("self",)).first()


def _none_waits() -> DomainError:
    return DomainError("not_found", "No erasure is waiting.", Kind.NOT_FOUND)


def _drop_messages(user: User) -> int:
    """Messages that wait for the user, at the address they are moving to too; they are few, and only their content
    tells whose they are.
    """
    moving_to = EmailChange.objects.filter(user=user).first()
    known = {_plain(each) for each in (user.pk, user.email, user.phone, moving_to and moving_to.new_email) if each}
    mine = [
        each.pk
        for each in OutboxMessage.objects.iterator()
        if known & {_plain(value) for value in json.loads(each.payload).values()}
    ]
    return OutboxMessage.objects.filter(pk__in=mine).delete()[0]


def _plain(value: object) -> str:
    """However an address was typed."""
    try:
        return canonical_email(str(value))
    except ValueError:
        return str(value)
