"""What a worker does with a picture that waits to be judged."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.errors import DomainError
from designsystem.models import Validation
from designsystem.models.lease import DATABASE_AWAY, WorkState
from designsystem.services.extraction import defect
from designsystem.services.validation import ValidationService

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ValidationWorker:
    service: ValidationService = field(default_factory=ValidationService)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def run(self, key: uuid.UUID) -> None:
        """Judge what `key` waits for, unless somebody else does or did."""
        row = Validation.objects.claim(key)
        if row is None:
            return
        try:
            outcome = self.service.judge(row)
        except OSError:  # the storage is away: the row waits for the sweeper, as often as attempts allow
            logger.exception("picture_not_read", validation=str(key))
            row.release()
        except DATABASE_AWAY:
            logger.exception("database_away", validation=str(key))
            row.database_was_away()
        except DomainError as error:
            self._fail(row, error)
        except Exception:
            logger.exception("validation_failed", validation=str(key))
            self._fail(row, defect())
        else:
            self._end(row, WorkState.DONE, outcome)

    def sweep(self, limit: int = 1000) -> list[uuid.UUID]:
        """Set poison aside; the rows that must be sent again."""
        for row in list(Validation.objects.poison()[:limit]):
            with transaction.atomic():
                if Validation.objects.filter(pk=row.pk).quarantine_poison():
                    row.refresh_from_db()
                    self.service.events.validation_ended(row)
        keys = list(Validation.objects.overdue().order_by("queued_at").values_list("pk", flat=True)[:limit])
        Validation.objects.filter(pk__in=keys).update(queued_at=timezone.now())
        return keys

    def _fail(self, row: Validation, error: DomainError) -> None:
        columns = {"error_code": error.code, "error_detail": error.message, "tokens_asked": ""}
        self._end(row, WorkState.FAILED, columns)

    def _end(self, row: Validation, state: WorkState, columns: dict[str, Any]) -> None:
        """Write the outcome and tell of it, unless another worker took the row over."""
        with transaction.atomic():
            if not row.settle(state, **columns):
                return
            row.refresh_from_db()
            if state == WorkState.FAILED:
                details = {"code": row.error_code}
                self.audit.record(Action.VALIDATION_CREATED, Outcome.FAILED, target=row, details=details)
            self.service.events.validation_ended(row)
