"""The outbox: puts work into the transaction that asks for it, and does it afterwards, again if need be."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from accounts import mailer
from accounts.dispatch import wake_outbox
from accounts.mails import MailName
from accounts.models import OutboxKind, OutboxMessage
from accounts.sms import sms_sender

logger = structlog.get_logger(__name__)

Handler = Callable[[Mapping[str, Any]], None]

_LEASE = timedelta(seconds=90)
_MAX_ATTEMPTS = 12
_MAX_WAIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Outbox:
    """Add inside a transaction; what is rolled back is never done. Each message is done at least once."""

    def add(self, kind: OutboxKind, **payload: Any) -> None:
        """Work for later; the payload is encrypted."""
        OutboxMessage.objects.create(kind=kind, payload=json.dumps(payload))
        wake_outbox()

    def mail(self, name: MailName, to: str, token: str | None = None, **values: str) -> None:
        """A mail to `to`; `{when}` is now."""
        self.mail_many(name, [(to, token)], **values)

    def mail_many(self, name: MailName, letters: Iterable[tuple[str, str | None]], **values: str) -> None:
        """The same mail to each address with the token that is for it: one statement, and one call of a worker."""
        values = {"when": f"{timezone.now():%-d %B %Y, %H:%M} UTC", **values}
        payloads = ({"name": name, "to": to, "token": token, "values": values} for to, token in letters)
        OutboxMessage.objects.bulk_create(
            OutboxMessage(kind=OutboxKind.MAIL, payload=json.dumps(each)) for each in payloads
        )
        wake_outbox()

    def deliver_due(self, handlers: Mapping[OutboxKind, Handler], *, seconds: float = math.inf) -> int:
        """Do what is due, for so many seconds at most; the number of messages done. A failure waits longer each time,
        then is given up.
        """
        done, until = 0, time.monotonic() + seconds
        while time.monotonic() < until and (message := self._claim()):
            try:
                handlers[OutboxKind(message.kind)](json.loads(message.payload))
            except Exception as error:
                self._put_off(message, error)
                continue
            message.delete()
            done += 1
        return done

    def _claim(self) -> OutboxMessage | None:
        """The oldest due message, taken by whoever moves its time first."""
        while True:
            now = timezone.now()
            message = OutboxMessage.objects.filter(due_at__lte=now).order_by("due_at", "pk").first()
            if message is None:
                return None
            mine = OutboxMessage.objects.filter(pk=message.pk, due_at=message.due_at)
            if mine.update(due_at=now + _LEASE, attempts=F("attempts") + 1):
                return message

    def _put_off(self, message: OutboxMessage, error: Exception) -> None:
        attempts = message.attempts + 1
        # the error's text may hold the address
        logger.error("outbox_message_failed", kind=message.kind, attempts=attempts, error=type(error).__name__)
        if attempts >= _MAX_ATTEMPTS:
            message.delete()
            return
        wait = min(2**attempts, _MAX_WAIT_SECONDS)
        OutboxMessage.objects.filter(pk=message.pk).update(due_at=timezone.now() + timedelta(seconds=wait))


def send_mail(payload: Mapping[str, Any]) -> None:
    mailer.send(MailName(payload["name"]), payload["to"], payload["values"], payload["token"])


def send_sms(payload: Mapping[str, Any]) -> None:
    sms_sender().send(payload["to"], payload["text"])
