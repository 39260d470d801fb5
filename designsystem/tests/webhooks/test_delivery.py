"""Messages arrive at least once: tried again for days, given up in the end, never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.services.outbox import Outbox
from accounts.services.retention import RetentionService
from accounts.tasks import handlers
from audit.models import AuditLog
from config.celery import app
from config.errors import DomainError
from config.testing import configured
from designsystem import dispatch
from designsystem.models import WebhookDelivery, WebhookEndpoint
from designsystem.models.lease import OVERDUE, WorkState
from designsystem.models.webhook import MAX_DELIVERY_ATTEMPTS, RETRY_DELAYS
from designsystem.services.webhook_delivery import WebhookWorker
from designsystem.services.webhook_events import WebhookEvents
from designsystem.services.webhooks import WebhookService
from designsystem.tests.webhooks.messages import data, extract, webhook, work
from designsystem.tests.webhooks.receiver import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_message_arrives_signed_with_ids_and_a_link_and_nothing_personal(alice: Any, server: Receiver) -> None:
    secret = webhook(alice, server).secret
    extraction = extract(alice)
    row = work(WebhookDelivery.objects.get())
    assert (row.state, row.attempts, row.status_code, row.error_code) == (WorkState.DONE, 1, 204, "")
    ((_, headers, body),) = server.got
    message = standardwebhooks.Webhook(secret).verify(body, headers)
    assert headers["webhook-id"] == row.message_id
    assert message["type"] == "extraction.completed"
    assert message["data"]["extraction"] == str(extraction.pk)
    assert message["data"]["url"].endswith(f"/api/design-system/extractions/{extraction.pk}")
    assert b"Looking-Glass" not in body
    assert b"alice" not in body


def test_a_failure_is_tried_again_by_the_schedule_and_given_up_at_the_end(alice: Any, server: Receiver) -> None:
    server.status = 500
    WebhookService().ping(webhook(alice, server).webhook)
    row = WebhookDelivery.objects.get()
    waits = []
    for _ in range(MAX_DELIVERY_ATTEMPTS - 1):
        assert work(row).state == WorkState.QUEUED
        waits.append(row.due_at - timezone.now())
    assert waits == [*RETRY_DELAYS]
    assert work(row).state == WorkState.FAILED
    assert (row.status_code, row.error_code, row.attempts) == (500, "refused", MAX_DELIVERY_ATTEMPTS)
    assert len({headers["webhook-id"] for _, headers, _ in server.got}) == 1
    assert len({body for _, _, body in server.got}) == 1
    assert work(row).attempts == MAX_DELIVERY_ATTEMPTS == len(server.got), "it has ended"


def test_what_is_due_is_sent_by_the_sweeper(alice: Any, server: Receiver) -> None:
    server.status = 500
    WebhookService().ping(webhook(alice, server).webhook)
    row = WebhookDelivery.objects.get()
    assert WebhookWorker().sweep() == [], "the broker has it"
    work(row)
    assert WebhookWorker().sweep() == []
    with time_machine.travel(timezone.now() + RETRY_DELAYS[0] * 2):
        assert WebhookWorker().sweep() == [row.pk]
        assert WebhookWorker().sweep() == [], "it was sent a moment ago"


def test_a_killed_worker_loses_nothing(alice: Any, server: Receiver) -> None:
    WebhookService().ping(webhook(alice, server).webhook)
    row = WebhookDelivery.objects.get()
    assert WebhookDelivery.objects.claim(row.pk) is not None, "and here it dies"
    assert WebhookDelivery.objects.claim(row.pk) is None
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert WebhookWorker().sweep() == [row.pk]
        assert work(row).state == WorkState.DONE
    WebhookService().ping(WebhookEndpoint.objects.get())
    WebhookDelivery.objects.filter(state=WorkState.QUEUED).update(attempts=MAX_DELIVERY_ATTEMPTS)
    WebhookWorker().sweep()
    assert WebhookDelivery.objects.latest("pk").error_code == "delivery_failed"


def test_a_success_forgets_the_failures(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    server.status = 503
    row = WebhookService().ping(made)
    work(row)
    made.refresh_from_db()
    assert made.failing_since is not None
    assert made.paused_until is not None
    WebhookEndpoint.objects.update(paused_until=None)
    server.status = 200
    assert work(row).state == WorkState.DONE
    assert WebhookEndpoint.objects.filter(failing_since=None, paused_until=None).exists()


def test_a_receiver_that_does_not_answer_holds_up_nobody(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    first, second = WebhookService().ping(made), WebhookService().ping(made)
    with configured(webhooks_service=server.settings(allowed_networks=())):
        assert work(first).error_code == "address_refused"
    assert work(second).attempts_allowed == MAX_DELIVERY_ATTEMPTS + 1, "it waits, and that costs no attempt"
    assert (second.state, server.got) == (WorkState.QUEUED, [])
    assert second.due_at - timezone.now() > timedelta(seconds=50)


def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    server.status, server.headers = 429, {"Retry-After": "600"}
    work(WebhookService().ping(made))
    made.refresh_from_db()
    assert made.paused_until is not None
    assert timedelta(minutes=9) < made.paused_until - timezone.now() <= timedelta(minutes=10)


def test_what_fails_for_days_is_switched_off_once_and_the_owner_told(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    server.status = 500
    first, second = WebhookService().ping(made), WebhookService().ping(made)
    work(first)
    with time_machine.travel(timezone.now() + timedelta(days=5, minutes=1)):
        work(first)
        assert work(second).error_code == "webhook_disabled"
        Outbox().deliver_due(handlers())
    made.refresh_from_db()
    assert made.disabled_reason == "failing"
    assert AuditLog.objects.filter(action="webhook.disabled").count() == 1
    extract(alice)
    assert WebhookDelivery.objects.filter(event="extraction.completed").count() == 0
    assert [each.subject for each in mail.outbox] == [
        "A new webhook for your account",
        "A webhook of your account was switched off",
    ]
    assert "“Shop”" in mail.outbox[1].body
    WebhookService().change(made, {"active": True})
    server.status = 200
    assert work(WebhookService().redeliver(second)).state == WorkState.DONE


def test_a_receiver_that_is_gone_is_switched_off_at_once(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    server.status = 410
    work(WebhookService().ping(made))
    made.refresh_from_db()
    assert made.disabled_reason == "gone"
    with pytest.raises(DomainError, match="switched off"):
        WebhookService().ping(made)


def test_who_is_suspended_is_told_nothing(alice: Any, server: Receiver) -> None:
    waiting = WebhookService().ping(webhook(alice, server).webhook)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    extract(alice)
    assert WebhookDelivery.objects.count() == 1
    assert work(waiting).error_code == "webhook_disabled"
    assert server.got == []


def test_what_waits_goes_on_when_a_restriction_ends(alice: Any, server: Receiver) -> None:
    waiting = WebhookService().ping(webhook(alice, server).webhook)
    type(alice).objects.filter(pk=alice.pk).update(restricted_at=timezone.now())
    assert (work(waiting).state, waiting.attempts, server.got) == (WorkState.QUEUED, 0, [])
    type(alice).objects.filter(pk=alice.pk).update(restricted_at=None)
    assert work(waiting).state == WorkState.DONE


def test_two_secrets_sign_while_they_overlap(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server)
    new = WebhookService().rotate(made.webhook, 3600)
    assert new.secret != made.secret
    work(WebhookService().ping(new.webhook))
    _, headers, body = server.got[0]
    for secret in (made.secret, new.secret):
        standardwebhooks.Webhook(secret).verify(body, headers)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        now = datetime.now(UTC)
        assert WebhookEndpoint.objects.get().secrets(now) == [new.secret]


def test_a_message_is_sent_again_by_hand_with_its_id_and_all_its_attempts(alice: Any, server: Receiver) -> None:
    row = WebhookService().ping(webhook(alice, server).webhook)
    with pytest.raises(DomainError, match="not ended"):
        WebhookService().redeliver(row)
    work(row)
    server.status = 500
    assert work(WebhookService().redeliver(row)).state == WorkState.QUEUED
    assert row.attempts_allowed - row.attempts == MAX_DELIVERY_ATTEMPTS - 1
    assert server.got[0][1]["webhook-id"] == server.got[1][1]["webhook-id"]
    assert AuditLog.objects.filter(action="webhook.redelivered").count() == 1


def test_a_deleted_webhook_gets_nothing_more(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    row = WebhookService().ping(made)
    key = row.pk
    WebhookService().delete(made)
    WebhookWorker().run(key)
    assert (server.got, WebhookDelivery.objects.count()) == ([], 0)


def test_one_that_is_deleted_while_it_is_sent_leaves_nothing(
    alice: Any, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = webhook(alice, server).webhook
    row = WebhookService().ping(made)
    worker = WebhookWorker()
    real = type(worker)._send

    def sent(self: Any, delivery: Any) -> Any:
        reply = real(self, delivery)
        WebhookEndpoint.objects.all().delete()
        return reply

    monkeypatch.setattr(WebhookWorker, "_send", sent)
    server.status = 500
    worker.run(row.pk)
    assert (WebhookDelivery.objects.count(), WebhookEndpoint.objects.count()) == (0, 0)


def test_what_ended_long_ago_goes_and_what_waits_stays(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server).webhook
    ended = work(WebhookService().ping(made))
    waiting = WebhookService().ping(made)
    counts = RetentionService(timezone.now() + timedelta(days=29)).purge()
    assert counts["deliveries of webhooks"] == 0
    counts = RetentionService(timezone.now() + timedelta(days=31)).purge()
    assert counts["deliveries of webhooks"] == 1
    assert WebhookDelivery.objects.get() == waiting != ended


def test_no_table_holds_a_secret_or_the_url_in_clear(alice: Any, server: Receiver) -> None:
    made = webhook(alice, server)
    WebhookService().rotate(made.webhook, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM designsystem_webhookendpoint")
        row = b"|".join(
            bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in cursor.fetchone()
        )
    assert made.secret.encode() not in row
    assert made.secret.removeprefix("whsec_").encode() not in row
    assert b"127.0.0.1" not in row


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_one_message_once(alice: Any, server: Receiver) -> None:
    row = WebhookService().ping(webhook(alice, server).webhook)

    def call(_: int) -> None:
        try:
            WebhookWorker().run(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(16)))
    assert len(server.got) == 1
    assert WebhookDelivery.objects.get().state == WorkState.DONE


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_nothing(alice: Any, server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    app.loader.import_default_modules()

    def away(*args: Any, **options: Any) -> None:
        raise ConnectionError("no broker")

    made = webhook(alice, server).webhook
    with monkeypatch.context() as patch:
        patch.setattr(type(app.tasks[dispatch.DELIVER_WEBHOOK]), "apply_async", away)
        WebhookService().ping(made)
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    with time_machine.travel(timezone.now() + OVERDUE * 1.1):
        app.tasks["designsystem.sweep_webhooks"].apply()
    assert WebhookDelivery.objects.get().state == WorkState.DONE


def test_the_limit_of_webhooks_holds_and_links_begin_with_the_public_address(alice: Any, server: Receiver) -> None:
    with configured(webhooks_service=server.settings(max_for_each_owner=1)):
        made = webhook(alice, server).webhook
        with pytest.raises(DomainError, match="At most 1"):
            webhook(alice, server)
    row = WebhookEvents(base_url="https://loupe.example.com").ping(made)
    assert data(row)["url"] == f"https://loupe.example.com/api/design-system/webhooks/{made.pk}"
