"""What happened, as rows of the transaction in which it happened: nothing is told that was rolled back, nothing lost.

Messages hold ids, states and links. Names and pictures are fetched with a credential.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from config.orchestrator import get_orchestrator
from designsystem import dispatch
from designsystem.models import (
    Batch,
    BatchState,
    DesignSystem,
    DesignSystemGrant,
    Extraction,
    ExtractionState,
    TokenSetVersion,
    Validation,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

_OF_BATCH = {
    BatchState.DONE: WebhookEvent.BATCH_COMPLETED,
    BatchState.FAILED: WebhookEvent.BATCH_FAILED,
    BatchState.CANCELLED: WebhookEvent.BATCH_CANCELLED,
}


def _public_address() -> str:
    return get_orchestrator().email_service.link_base_url


@dataclass(frozen=True, slots=True)
class WebhookEvents:
    """Call inside the transaction of what happened."""

    base_url: str = field(default_factory=_public_address)

    def extraction_ended(self, row: Extraction, state: ExtractionState, error_code: str = "") -> None:
        """For one by itself; those of a batch are told by the batch."""
        event = WebhookEvent.EXTRACTION_FAILED
        if state == ExtractionState.DONE:
            event = WebhookEvent.EXTRACTION_COMPLETED
        data = {
            "extraction": row.pk,
            "image": row.image_id,
            "state": state.value,
            "error": error_code or None,
            "url": f"extractions/{row.pk}",
        }
        self._tell(event, [row.owner_id], row.design_system_id, data)

    def batch_ended(self, batch: Batch) -> None:
        counts = {name: getattr(batch, name) for name in ("total", "done", "failed", "quarantined", "cancelled")}
        data = {"batch": batch.pk, "state": batch.state, **counts, "error": batch.error_code or None}
        event = _OF_BATCH[BatchState(batch.state)]
        self._tell(event, [batch.owner_id], batch.design_system_id, {**data, "url": f"batches/{batch.pk}"})

    def validation_ended(self, row: Validation) -> None:
        """Judged, whatever the verdict, or not to be judged."""
        failed = row.state != ExtractionState.DONE
        event = WebhookEvent.VALIDATION_FAILED if failed else WebhookEvent.VALIDATION_COMPLETED
        verdict = {"outcome": row.outcome, "findings": row.findings, "failing": row.failing}
        told = {"state": row.state, "error": row.error_code} if failed else verdict
        data = {"validation": row.pk, "image": row.image_id, **told, "url": f"validations/{row.pk}"}
        self._tell(event, [row.owner_id], row.design_system_id, data)

    def version_published(self, version: TokenSetVersion) -> None:
        """To everybody who may see the design system."""
        system: DesignSystem = version.design_system
        members = DesignSystemGrant.members(system).values_list("user_id", flat=True)
        data = {"version": version.number, "url": f"systems/{system.pk}/versions/{version.number}"}
        self._tell(WebhookEvent.VERSION_PUBLISHED, [system.owner_id, *members], system.pk, data)

    def ping(self, endpoint: WebhookEndpoint) -> WebhookDelivery:
        """A message to try it out."""
        (delivery,) = self._send(
            WebhookEvent.PING, [endpoint], {"webhook": endpoint.pk, "url": f"webhooks/{endpoint.pk}"}
        )
        return delivery

    def _tell(self, event: WebhookEvent, owners: Iterable[Any], system: Any, data: dict[str, Any]) -> None:
        """Those of the owners' webhooks that want this event, of this design system or of all."""
        receiving = WebhookEndpoint.objects.receiving().filter(owner__in=owners).only("events", "design_system")
        wanted = [each for each in receiving if event in each.events and each.design_system_id in (None, system)]
        if wanted:
            self._send(event, wanted, {"design_system": system, **data})

    def _send(
        self, event: WebhookEvent, endpoints: Iterable[WebhookEndpoint], data: dict[str, Any]
    ) -> list[WebhookDelivery]:
        told = {**data, "url": f"{self.base_url}/api/design-system/{data['url']}"}
        message = {"type": event.value, "timestamp": timezone.now().isoformat(), "data": told}
        body = json.dumps(message, default=str, separators=(",", ":"))
        deliveries = [WebhookDelivery(endpoint=each, event=event, body=body) for each in endpoints]
        WebhookDelivery.objects.bulk_create(deliveries)
        for each in deliveries:
            dispatch.send_on_commit(dispatch.DELIVER_WEBHOOK, each.pk)
        return deliveries


def subscribable() -> list[WebhookEvent]:
    """The events that one can ask for."""
    return [each for each in WebhookEvent if each is not WebhookEvent.PING]
