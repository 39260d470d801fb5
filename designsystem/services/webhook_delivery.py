"""What workers do with a waiting message: send it, wait longer after each failure, switch off what only fails."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.utils import timezone

from accounts.mails import MailName
from accounts.services.outbox import Outbox
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from config.orchestrator import get_orchestrator
from config.services.webhooks import WebhooksConfigService
from designsystem.models import DisabledReason, WebhookDelivery, WebhookEndpoint
from designsystem.models.lease import WorkState
from designsystem.webhooks.sender import DeliveryFailed, Reply, WebhookSender
from designsystem.webhooks.signature import signed_headers

logger = structlog.get_logger(__name__)

_PAUSE = timedelta(minutes=1)  # for a receiver that does not answer: its other messages wait, and workers do not
_LONGEST_PAUSE = 3600  # seconds; whatever a receiver asks for
_OVERLOADED = (429, 502, 503, 504)
_GONE = 410


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one: `code` is empty when the message has arrived."""

    code: str
    milliseconds: int
    reply: Reply | None = None

    @property
    def pause(self) -> timedelta | None:
        """How long the receiver should be left alone."""
        if self.reply is None:
            return _PAUSE
        if self.reply.status not in _OVERLOADED:
            return None
        asked = self.reply.retry_after
        return _PAUSE if asked is None else timedelta(seconds=min(asked, _LONGEST_PAUSE))

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "status_code": self.reply.status if self.reply else None,
            "duration_ms": self.milliseconds,
            "error_code": self.code,
        }


@dataclass(frozen=True, slots=True)
class WebhookWorker:
    """`jitter` spreads the retries of many messages; it gives a factor."""

    settings: WebhooksConfigService = field(default_factory=lambda: get_orchestrator().webhooks_service)
    sender: WebhookSender = field(default_factory=WebhookSender)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)
    jitter: Callable[[], float] = lambda: random.uniform(1, 1.2)  # noqa: S311 - spreads load, hides nothing

    def run(self, key: uuid.UUID) -> None:
        """Send the message, unless somebody else does or did."""
        row = WebhookDelivery.objects.select_related("endpoint").claim(key)
        if row is None:
            return
        if not WebhookEndpoint.objects.receiving().filter(pk=row.endpoint_id).exists():
            row.settle(WorkState.FAILED, error_code="webhook_disabled")
            return
        paused = _seconds_until(row.endpoint.paused_until)
        if paused:
            row.release(paused, attempts_allowed=models.F("attempts_allowed") + 1)  # it was not tried
            return
        attempt = self._attempt(row)
        if attempt.code:
            self._failed(row, attempt)
        elif row.settle(WorkState.DONE, **attempt.columns):
            failing = WebhookEndpoint.objects.filter(pk=row.endpoint_id, failing_since__isnull=False)
            failing.update(failing_since=None, paused_until=None)

    def sweep(self, limit: int = 1000) -> list[uuid.UUID]:
        """Give up what ended too many workers; the messages that must be sent to workers again."""
        WebhookDelivery.objects.poison().update(
            state=WorkState.FAILED, error_code="delivery_failed", finished_at=timezone.now(), lease_until=None
        )
        keys = list(WebhookDelivery.objects.overdue().order_by("queued_at").values_list("pk", flat=True)[:limit])
        WebhookDelivery.objects.filter(pk__in=keys).update(queued_at=timezone.now())
        return keys

    def _attempt(self, row: WebhookDelivery) -> Attempt:
        started = time.monotonic()
        reply, code = None, ""
        try:
            reply = self._send(row)
        except DeliveryFailed as error:
            code = error.code
        except Exception:
            logger.exception("webhook_failed", delivery=str(row.pk))
            code = "delivery_failed"
        if reply is not None and not 200 <= reply.status < 300:
            code = "redirected" if 300 <= reply.status < 400 else "refused"
        return Attempt(code, round((time.monotonic() - started) * 1000), reply)

    def _send(self, row: WebhookDelivery) -> Reply:
        now, body = timezone.now(), row.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Loupe-Webhooks/1",
            **signed_headers(row.message_id, int(now.timestamp()), body, row.endpoint.secrets(now)),
        }
        return self.sender.post(row.endpoint.url, headers, body)

    def _failed(self, row: WebhookDelivery, attempt: Attempt) -> None:
        logger.info("webhook_not_delivered", delivery=str(row.pk), attempts=row.attempts, code=attempt.code)
        delay = row.next_delay
        with transaction.atomic():
            if delay is None:
                mine = row.settle(WorkState.FAILED, **attempt.columns)
            else:
                mine = row.release(delay.total_seconds() * self.jitter(), **attempt.columns)
            endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=row.endpoint_id).first()
            if mine and endpoint is not None:
                self._note(endpoint, attempt, timezone.now())

    def _note(self, endpoint: WebhookEndpoint, attempt: Attempt, now: datetime) -> None:
        """Remember that the locked webhook fails, and switch it off when it did so for long or is gone."""
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.paused_until = now + attempt.pause if attempt.pause else endpoint.paused_until
        reason = ""
        if attempt.reply and attempt.reply.status == _GONE:
            reason = DisabledReason.GONE.value
        elif now - endpoint.failing_since >= timedelta(days=self.settings.disable_after_days):
            reason = DisabledReason.FAILING.value
        newly = bool(reason) and not endpoint.disabled_reason
        endpoint.disabled_reason = endpoint.disabled_reason or reason
        endpoint.save(update_fields=["failing_since", "paused_until", "disabled_reason"])
        if newly:
            details = {"reason": reason}
            self.audit.record(Action.WEBHOOK_DISABLED, Outcome.FAILED, target=endpoint, details=details)
            self.outbox.mail(MailName.WEBHOOK_DISABLED, endpoint.owner.email, label=endpoint.name)


def _seconds_until(time: datetime | None) -> float:
    return max((time - timezone.now()).total_seconds(), 0) if time else 0
