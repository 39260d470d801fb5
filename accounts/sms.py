"""Text messages: one small interface, and the senders that the configuration can choose."""

from __future__ import annotations

import json
import sys
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Protocol

from config.orchestrator import get_orchestrator

_TIMEOUT_SECONDS = 10


class SmsSender(Protocol):
    """Delivers one message, or raises whatever went wrong."""

    def send(self, to: str, text: str) -> None:
        """`to` is a number in E.164."""


@dataclass(frozen=True, slots=True)
class ConsoleSmsSender:
    """Prints the message: for developers."""

    def send(self, to: str, text: str) -> None:
        sys.stdout.write(f"SMS to {to}: {text}\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class WebhookSmsSender:
    """Posts `{"to", "text"}` as JSON to the gateway; anything but 2xx is an error, and redirects are not followed."""

    url: str = field(repr=False)

    def send(self, to: str, text: str) -> None:
        request = urllib.request.Request(  # noqa: S310 - the configuration allows http and https only
            self.url,
            data=json.dumps({"to": to, "text": text}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_SECONDS):
            pass


def sms_sender() -> SmsSender:
    """The sender of the configuration."""
    email = get_orchestrator().email_service
    if email.sms_sender == "webhook":
        if email.sms_webhook_url is None:
            raise RuntimeError("LOUPE_EMAIL_SMS_WEBHOOK_URL is not set")
        return WebhookSmsSender(email.sms_webhook_url.get_secret_value())
    return ConsoleSmsSender()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None
