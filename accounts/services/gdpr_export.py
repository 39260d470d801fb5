"""The export (GDPR Art. 15 and 20): asked for, built by a worker, encrypted where it lies, gone after a week."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.encrypted_files import EncryptedReader, EncryptingWriter
from accounts.export_archive import write_archive
from accounts.mails import MailName
from accounts.models import OutboxKind, PrivacyRequest, RequestKind, RequestState, User
from accounts.models.privacy_request import FOLDER
from accounts.services.outbox import Outbox
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.orchestrator import get_orchestrator
from config.services.privacy import PrivacyConfigService

_LEASE = timedelta(minutes=10)
_STUCK = timedelta(days=1)  # an export of this age that is not ready never will be


class StillBuilding(Exception):
    """Another worker is at it; the message waits and looks again."""


@dataclass(frozen=True, slots=True)
class ExportService:
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)
    settings: PrivacyConfigService = field(default_factory=lambda: get_orchestrator().privacy_service)

    def request(self, user: User) -> PrivacyRequest:
        """An export under way: a new one, or the one that was asked for before and is not ready yet."""
        try:
            with transaction.atomic():
                row = PrivacyRequest.objects.create(user=user, kind=RequestKind.EXPORT)
                self.audit.record(Action.EXPORT_REQUESTED, target=row, subject=user)
                self.outbox.add(OutboxKind.EXPORT, request=str(row.pk))
        except IntegrityError:
            open_ones = Q(state__in=[RequestState.PENDING, RequestState.RUNNING])
            row = PrivacyRequest.objects.get(open_ones, user=user, kind=RequestKind.EXPORT)
        return row

    def of(self, user: User, key: UUID) -> PrivacyRequest:
        """One's own export; DomainError (NOT_FOUND) for any other."""
        found = PrivacyRequest.objects.filter(user=user, kind=RequestKind.EXPORT, pk=key).first()
        if found is None:
            hidden = PrivacyRequest.objects.exclude(user=user).filter(pk=key)
            raise DomainError("not_found", "There is no such export.", Kind.NOT_FOUND, hidden=hidden)
        return found

    def build(self, payload: Mapping[str, Any]) -> None:
        """The worker's part. Built again from the start when a worker died; nothing to do when it is finished."""
        row = self._claim(UUID(payload["request"]))
        if row is None or row.user is None:
            return
        with tempfile.TemporaryFile() as encrypted:
            writer = EncryptingWriter(cast(Any, encrypted), _context(row))
            size = write_archive(cast(Any, writer), row.user)
            writer.close()
            encrypted.seek(0)
            row.file.save("", File(encrypted), save=False)
        try:
            self._finish(row, size)
        except BaseException:
            row.file.storage.delete(str(row.file.name))
            raise

    def download(self, user: User, key: UUID) -> Iterator[bytes]:
        """The archive in clear, chunk by chunk; DomainError while it is not there, or not any more."""
        row = self.of(user, key)
        if row.state in (RequestState.PENDING, RequestState.RUNNING):
            raise DomainError("export_not_ready", "The export is still being built.", Kind.CONFLICT, retry_after=10)
        if row.state != RequestState.READY or row.expires_at is None or row.expires_at <= timezone.now():
            raise DomainError("export_gone", "The export is not kept any more. Ask for a new one.", Kind.GONE)
        self.audit.record(Action.EXPORT_DOWNLOADED, target=row, subject=user)
        return _chunks(row)

    def expire(self, now: datetime) -> int:
        """Let the files go whose time is over, and give up what no worker could build; how many requests that were."""
        exports = PrivacyRequest.objects.filter(kind=RequestKind.EXPORT)
        over = exports.filter(state=RequestState.READY, expires_at__lte=now)
        for row in over:
            with transaction.atomic():
                row.drop_file()
                row.state = RequestState.EXPIRED
                row.save(update_fields=["state", "file"])
        open_ones = Q(state__in=[RequestState.PENDING, RequestState.RUNNING])
        stuck = exports.filter(open_ones, created_at__lte=now - _STUCK)
        return len(over) + stuck.update(state=RequestState.FAILED, finished_at=now)

    def remove_orphans(self, now: datetime) -> int:
        """Delete the files that a worker left which died before it could tell; how many that were."""
        names = [f"{FOLDER}/{each}" for each in _stored()]
        known = set(PrivacyRequest.objects.filter(file__in=names).values_list("file", flat=True))
        lost = [each for each in names if each not in known]
        lost = [each for each in lost if default_storage.get_modified_time(each) < now - _STUCK]
        for each in lost:
            default_storage.delete(each)
        return len(lost)

    def _claim(self, key: UUID) -> PrivacyRequest | None:
        now = timezone.now()
        free = Q(state=RequestState.PENDING) | Q(state=RequestState.RUNNING, lease_until__lt=now)
        mine = PrivacyRequest.objects.filter(free, pk=key, kind=RequestKind.EXPORT)
        if mine.update(state=RequestState.RUNNING, lease_until=now + _LEASE):
            return PrivacyRequest.objects.select_related("user").get(pk=key)
        if PrivacyRequest.objects.filter(pk=key, state=RequestState.RUNNING).exists():
            raise StillBuilding
        return None

    def _finish(self, row: PrivacyRequest, size: int) -> None:
        """Only while the account is still there: whoever is erased meanwhile leaves no file behind."""
        now = timezone.now()
        with transaction.atomic():
            held = PrivacyRequest.objects.select_for_update().filter(pk=row.pk, state=RequestState.RUNNING).first()
            if held is None or row.user is None:
                row.file.storage.delete(str(row.file.name))
                return
            row.state, row.size, row.lease_until = RequestState.READY, size, None
            row.finished_at, row.expires_at = now, now + timedelta(days=self.settings.export_days)
            row.save()
            self.outbox.mail(
                MailName.EXPORT_READY, row.user.email, due=f"{row.expires_at:%-d %B %Y}", address=_address(row)
            )


def _stored() -> list[str]:
    try:
        return default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return []


def _chunks(row: PrivacyRequest) -> Iterator[bytes]:
    with row.file.open("rb") as file:
        yield from EncryptedReader(cast(Any, file), _context(row)).chunks()


def _address(row: PrivacyRequest) -> str:
    return f"{get_orchestrator().email_service.link_base_url}/api/auth/gdpr/exports/{row.pk}/download"


def _context(row: PrivacyRequest) -> str:
    return f"accounts.privacyrequest.file:{row.pk}"
