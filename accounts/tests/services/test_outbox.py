"""What was promised is done after the commit, again if need be, and nothing of it lies about in clear."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.error import HTTPError

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from rest_framework.test import APIClient

from accounts.mails import MAILS, MailName
from accounts.models import OutboxKind, OutboxMessage, User
from accounts.services.outbox import Outbox
from accounts.sms import WebhookSmsSender
from accounts.tasks import deliver_outbox, handlers
from accounts.tests.conftest import Configure, at_once, deliver

pytestmark = pytest.mark.django_db


def away(payload: Any) -> None:
    raise ConnectionRefusedError("alice@example.org: no server")


def test_while_the_mail_server_is_down_the_answer_is_the_same_for_all_and_the_mail_comes_later(
    client: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda *args: away(None))
    for email in (alice.email, "nobody@example.org"):
        assert client.post("/api/auth/password/forgot", {"email": email}).status_code == 202
    deliver()
    assert OutboxMessage.objects.get().attempts == 1
    assert "alice@" not in "".join(capfd.readouterr())
    monkeypatch.undo()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5), tick=True):
        deliver()
    assert [message.to for message in mail.outbox] == [[alice.email]]
    assert not OutboxMessage.objects.exists()


def test_what_is_rolled_back_is_never_done() -> None:
    with transaction.atomic():
        Outbox().mail(MailName.EMAIL_TAKEN, "alice@example.org")
        transaction.set_rollback(True)
    assert deliver() == 0


def test_failures_wait_longer_each_time_and_end_some_day() -> None:
    Outbox().add(OutboxKind.SMS, to="+41446681800", text="x")
    start, waits = datetime.now(UTC), []
    with time_machine.travel(start, tick=False) as clock:
        while message := OutboxMessage.objects.first():
            waits.append((message.due_at - datetime.now(UTC)).total_seconds())
            clock.move_to(message.due_at)
            assert Outbox().deliver_due({OutboxKind.SMS: away}) == 0
    assert [round(wait) for wait in waits[1:]] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]


def test_a_task_ends_before_its_time_limit_and_another_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    Outbox().mail_many(MailName.EMAIL_TAKEN, [(f"person-{number}@example.org", None) for number in range(3)])
    woken: list[bool] = []
    monkeypatch.setattr("accounts.tasks.wake_outbox", lambda: woken.append(True))
    monkeypatch.setattr("accounts.tasks._SECONDS", 0.0)
    assert (deliver_outbox(), woken) == (0, [True])
    monkeypatch.undo()
    assert (deliver_outbox(), woken) == (3, [True])


def test_what_a_killed_worker_held_is_taken_up_by_another() -> None:
    Outbox().mail(MailName.EMAIL_TAKEN, "alice@example.org")

    def killed(payload: Any) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        Outbox().deliver_due({OutboxKind.MAIL: killed})
    assert deliver() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=91), tick=True):
        assert deliver() == 1


@pytest.mark.usefixtures("parallel")
def test_parallel_workers_share_the_work_and_do_nothing_twice() -> None:
    for number in range(20):
        Outbox().mail(MailName.EMAIL_TAKEN, f"user{number}@example.org")
    assert sum(at_once(4, lambda number: deliver())) == 20
    assert sorted(message.to[0] for message in mail.outbox) == sorted(f"user{n}@example.org" for n in range(20))


def test_every_kind_of_message_has_somebody_who_does_it() -> None:
    assert set(handlers()) == set(OutboxKind)


@pytest.mark.parametrize("name", MailName)
def test_every_mail_can_be_written(name: MailName) -> None:
    values = {"valid_for": "1 hour", "failures": "100", "address": "127.0.0.1", "agent": "<b>Firefox</b>"}
    values |= {"label": "<b>CI</b>", "ending": "x1Yz", "due": "1 January 2027", "factor": "app", "left": "9"}
    Outbox().mail(name, "alice@example.org", "TOKEN", **values)
    assert deliver() == 1
    (message,) = mail.outbox
    assert message.subject == MAILS[name].subject
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert "{" not in str(message.body)
    assert "<b>" not in html
    assert ("TOKEN" in str(message.body)) == (MAILS[name].page is not None)


class _Gateway(BaseHTTPRequestHandler):
    received: ClassVar[list[Any]] = []
    status = 200

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def gateway() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Gateway)
    _Gateway.received, _Gateway.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/send"
    server.shutdown()
    server.server_close()


def test_a_webhook_takes_text_messages(gateway: str, configure: Configure) -> None:
    configure(LOUPE_EMAIL_SMS_SENDER="webhook", LOUPE_EMAIL_SMS_WEBHOOK_URL=gateway)
    Outbox().add(OutboxKind.SMS, to="+41446681800", text="123456 is your code")
    assert deliver() == 1
    assert _Gateway.received == [{"to": "+41446681800", "text": "123456 is your code"}]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_gateway_that_does_not_take_it_is_asked_again(gateway: str, status: int) -> None:
    _Gateway.status = status
    with pytest.raises(HTTPError):
        WebhookSmsSender(gateway).send("+41446681800", "x")
    assert gateway not in repr(WebhookSmsSender(gateway))
