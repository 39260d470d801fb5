"""Webhooks: made, changed, given another secret, tried out; what did not arrive is sent again by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import User
from accounts.services.outbox import Outbox
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.webhooks import WebhooksConfigService
from designsystem import dispatch
from designsystem.models import DesignSystem, DisabledReason, WebhookDelivery, WebhookEndpoint
from designsystem.models.lease import WorkState
from designsystem.models.webhook import MAX_DELIVERY_ATTEMPTS
from designsystem.services.owners import account_gone
from designsystem.services.webhook_events import WebhookEvents
from designsystem.webhooks.signature import new_secret
from designsystem.webhooks.target import Target, TargetRefused

MAX_OVERLAP_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class NewSecret:
    """`secret` is shown once."""

    webhook: WebhookEndpoint
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookService:
    settings: WebhooksConfigService = field(default_factory=lambda: get_orchestrator().webhooks_service)
    events: WebhookEvents = field(default_factory=WebhookEvents)
    outbox: Outbox = field(default_factory=Outbox)
    audit: AuditLogger = field(default_factory=AuditLogger)

    def create(
        self, owner: User, name: str, url: str, events: Sequence[str], system: DesignSystem | None = None
    ) -> NewSecret:
        """DomainError when the URL is refused or the owner has too many."""
        self._check(url)
        webhook = WebhookEndpoint(
            owner=owner, name=name, url=url, events=sorted(set(events)), design_system=system, secret=new_secret()
        )
        with transaction.atomic():
            held: User | None = User.objects.select_for_update().filter(pk=owner.pk).first()
            if held is None:
                raise account_gone()
            most = self.settings.max_for_each_owner
            if WebhookEndpoint.objects.filter(owner=held).count() >= most:
                raise DomainError("too_many_webhooks", f"At most {most} webhooks at once.", Kind.CONFLICT)
            webhook.save(force_insert=True)
            self.audit.record(Action.WEBHOOK_CREATED, target=webhook)
            self.outbox.mail(MailName.WEBHOOK_CREATED, held.email, label=name)
        return NewSecret(webhook, webhook.secret)

    def change(self, webhook: WebhookEndpoint, changes: Mapping[str, Any]) -> WebhookEndpoint:
        """`name`, `url`, `events`, `active`; switched on it begins anew. DomainError when the URL is refused."""
        if "url" in changes:
            self._check(changes["url"])
        if not changes:
            return webhook
        with transaction.atomic():
            locked = _locked(webhook)
            for name in changes.keys() & {"name", "url"}:
                setattr(locked, name, changes[name])
            if "events" in changes:
                locked.events = sorted(set(changes["events"]))
            if "active" in changes:
                locked.disabled_reason = "" if changes["active"] else DisabledReason.OWNER
            if changes.get("active") or "url" in changes:
                locked.failing_since = locked.paused_until = None
            locked.save()
            self.audit.record(Action.WEBHOOK_CHANGED, target=locked, details={"fields": sorted(changes)})
        return locked

    def delete(self, webhook: WebhookEndpoint) -> None:
        """With all its deliveries; what waits is not sent any more."""
        with transaction.atomic():
            self.audit.record(Action.WEBHOOK_DELETED, target=webhook)
            webhook.delete()

    def rotate(self, webhook: WebhookEndpoint, overlap_seconds: int) -> NewSecret:
        """Another secret; the one before signs as well for `overlap_seconds`, an older one no more."""
        with transaction.atomic():
            locked = _locked(webhook)
            locked.previous_secret = locked.secret
            locked.previous_secret_until = timezone.now() + timedelta(seconds=overlap_seconds)
            locked.secret = new_secret()
            locked.save()
            self.audit.record(Action.WEBHOOK_SECRET_ROTATED, target=locked)
        return NewSecret(locked, locked.secret)

    def ping(self, webhook: WebhookEndpoint) -> WebhookDelivery:
        """A test message; DomainError while the webhook is switched off."""
        _check_active(webhook)
        with transaction.atomic():
            return self.events.ping(webhook)

    def redeliver(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """The same message, with its id and all its attempts again. DomainError while it is under way or nobody is
        told."""
        _check_active(delivery.endpoint)
        with transaction.atomic():
            ended = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=(WorkState.DONE, WorkState.FAILED))
            now = timezone.now()
            again = ended.update(
                state=WorkState.QUEUED,
                attempts_allowed=models.F("attempts") + MAX_DELIVERY_ATTEMPTS,
                due_at=now,
                queued_at=now,
                finished_at=None,
                error_code="",
            )
            if not again:
                raise DomainError("delivery_under_way", "This delivery has not ended yet.", Kind.CONFLICT)
            self.audit.record(Action.WEBHOOK_REDELIVERED, target=delivery)
            dispatch.send_on_commit(dispatch.DELIVER_WEBHOOK, delivery.pk)
        delivery.refresh_from_db()
        return delivery

    def _check(self, url: str) -> None:
        try:
            Target.parse(url, self.settings)
        except TargetRefused as refused:
            raise DomainError(
                refused.code,
                refused.detail,
                Kind.INVALID,
                errors=[FieldError("/url", refused.code, refused.detail)],
            ) from None


def _locked(webhook: WebhookEndpoint) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update().filter(pk=webhook.pk).first()
    if found is None:
        raise DomainError("not_found", "There is no such webhook.", Kind.NOT_FOUND)
    return found


def _check_active(webhook: WebhookEndpoint) -> None:
    if webhook.disabled_reason:
        raise DomainError("webhook_disabled", "The webhook is switched off; PATCH active to true.", Kind.CONFLICT)
