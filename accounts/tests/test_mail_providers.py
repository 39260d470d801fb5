"""Mail by a provider's HTTP API: django-anymail as the configuration sets it up, against a server here."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, get_args

import pytest
from pytest_django import Settings

from accounts import mailer
from accounts.mails import MailName
from accounts.tests.conftest import Configure
from config.orchestrator import get_orchestrator
from config.services.email import EmailConfigService

anymail = pytest.importorskip("anymail.exceptions", reason="django-anymail is missing: install loupe[mail-providers]")

PROVIDERS = get_args(EmailConfigService.model_fields["provider"].annotation)
KEY = "the key of the provider"


class _Api(BaseHTTPRequestHandler):
    received: ClassVar[list[tuple[str, str, str]]] = []
    answer: ClassVar[tuple[int, Any]] = (200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received.append((self.path, str(self.headers), body))
        status, answer = self.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    _Api.received, _Api.answer = [], (200, {})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def send(api: str, configure: Configure, settings: Settings) -> Any:
    def sent_by(provider: str) -> None:
        configure(
            LOUPE_EMAIL_BACKEND="provider",
            LOUPE_EMAIL_PROVIDER=provider,
            LOUPE_EMAIL_PROVIDER_KEY=KEY,
            LOUPE_EMAIL_PROVIDER_URL=api,
            LOUPE_EMAIL_SENDER="Loupe <loupe@example.com>",
        )
        for name, value in get_orchestrator().email_service.django_settings().items():
            setattr(settings, name, value)
        mailer.send(MailName.VERIFY_EMAIL, "alice@example.org", {"valid_for": "an hour"}, "a-token")

    return sent_by


def test_a_mail_goes_to_the_provider_with_text_and_html_and_no_link_is_tracked(send: Any) -> None:
    _Api.answer = (200, [{"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "alice@example.org"}])
    send("postmark")
    [(path, headers, body)] = _Api.received
    assert path.startswith("/email")
    assert f"X-Postmark-Server-Token: {KEY}" in headers
    [mail] = json.loads(body) if body.startswith("[") else [json.loads(body)]
    assert mail["To"] == "alice@example.org"
    assert "#token=a-token" in mail["TextBody"]
    assert "#token=a-token" in mail["HtmlBody"]
    assert (mail["TrackLinks"], mail["TrackOpens"]) == ("None", False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_that_can_be_chosen_is_asked_to_send(send: Any, provider: str) -> None:
    with contextlib.suppress(anymail.AnymailError):  # each answers in a shape of its own; here none does
        send(provider)
    [(_, headers, body)] = _Api.received
    assert "alice@example.org" in body.replace("%40", "@")
    assert KEY in headers + body or "Authorization: Basic" in headers


def test_a_refusal_of_the_provider_is_an_error_so_that_the_outbox_tries_again(send: Any) -> None:
    _Api.answer = (422, {"ErrorCode": 300, "Message": "Invalid request"})
    with pytest.raises(anymail.AnymailError):
        send("postmark")
