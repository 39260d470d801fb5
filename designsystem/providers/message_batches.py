"""Many questions as one Message Batch: half the price, answers within a day, in any order, and not all of them good."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from config.services.vision import VisionConfigService
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.providers.claude import Analysis, ClaudeVisionClient, translated
from designsystem.providers.errors import FREE, Disposition, VisionError

if TYPE_CHECKING:
    from anthropic.types.messages import MessageBatch

logger = structlog.get_logger(__name__)

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_LONGEST_UPLOAD = 600.0  # seconds; a batch brings its pictures along
_LISTED = 100


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """What the service says of a batch; `ended` means that every request has its result."""

    id: str
    ended: bool
    requests: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of the request `custom_id`: a message as it came, or why there is none."""

    custom_id: str
    message: Any = None
    error: VisionError | None = None


@dataclass(frozen=True, slots=True)
class MessageBatchClient:
    """Asks once and never waits. Every method raises VisionError, as a question by itself does."""

    client: ClaudeVisionClient = field(default_factory=ClaudeVisionClient)

    @property
    def settings(self) -> VisionConfigService:
        return self.client.settings

    def create(self, questions: Mapping[str, dict[str, Any]]) -> RemoteBatch:
        """One batch of the questions, each by its custom id. A lost answer leaves open whether it was created."""
        requests: Any = [{"custom_id": key, "params": params} for key, params in questions.items()]
        timeout = max(_LONGEST_UPLOAD, self.settings.timeout_seconds)
        connection = self.client.connect()
        with translated():
            made = _remote(connection.messages.batches.create(requests=requests, timeout=timeout))
        logger.info("message_batch_created", remote=made.id, requests=len(questions))
        return made

    def retrieve(self, key: str) -> RemoteBatch:
        connection = self.client.connect()
        with translated():
            return _remote(connection.messages.batches.retrieve(key))

    def latest(self) -> list[RemoteBatch]:
        """The batches that were created last, newest first, whoever created them."""
        connection = self.client.connect()
        with translated():
            return [_remote(each) for each in connection.messages.batches.list(limit=_LISTED).data]

    def cancel(self, key: str) -> None:
        """What has not begun is not done any more; the results tell of each."""
        connection = self.client.connect()
        with translated():
            connection.messages.batches.cancel(key)

    def forget(self, key: str) -> None:
        """Has the service delete questions and results, which it would keep for four weeks."""
        connection = self.client.connect()
        with translated():
            connection.messages.batches.delete(key)

    def answers(self, key: str) -> Iterator[Answer]:
        """In any order. A line that cannot be read is passed over.

        From our own address and not from the one that the service names: the key goes nowhere else.
        """
        connection = self.client.connect()
        with translated():
            text = connection.get(f"/v1/messages/batches/{key}/results", cast_to=str)
        for line in text.split("\n"):
            answer = _answer(line) if line.strip() else None
            if answer is not None:
                yield answer

    def read(self, answer: Answer, token_set: TokenSet) -> Analysis:
        """The names in an answer about these tokens, at the price of a batch; VisionError when it has none."""
        if answer.error is not None:
            raise answer.error
        with translated():
            return self.client.read(answer.message, token_set, share=self.settings.batch_price)


def _remote(batch: MessageBatch) -> RemoteBatch:
    """VisionError when that is no batch: the SDK does not check what a gateway answers."""
    counts = batch.request_counts
    try:
        if not _ID.match(batch.id):
            raise ValueError("no id of a batch")
        return RemoteBatch(
            id=batch.id,
            ended=batch.processing_status == "ended",
            requests=counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired,
            created_at=_time(batch.created_at),
            expires_at=_time(batch.expires_at),
        )
    except (AttributeError, TypeError, ValueError):
        raise VisionError("answer_unreadable", Disposition.RETRY, usage=None) from None


def _time(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("no time")
    return value


def _answer(line: str) -> Answer | None:
    """None when the line is not what the service writes."""
    from anthropic.types.messages import MessageBatchIndividualResponse

    try:
        told = MessageBatchIndividualResponse.model_validate(json.loads(line))
    except (ValueError, RecursionError):
        logger.warning("message_batch_line_unreadable", characters=len(line))
        return None
    result = told.result
    match result.type:
        case "succeeded":
            return Answer(told.custom_id, message=result.message)
        case "errored":
            return Answer(told.custom_id, error=_errored(result.error.error.type))
        case _:  # canceled or expired: not asked and not charged
            return Answer(told.custom_id, error=VisionError(result.type, Disposition.FALL_BACK, usage=FREE))


def _errored(kind: str) -> VisionError:
    """The service's own fault may be gone the next time; a request that is wrong stays wrong. Neither is charged."""
    again = kind in ("api_error", "overloaded_error", "timeout_error", "rate_limit_error")
    return VisionError(f"errored_{kind}"[:64], Disposition.RETRY if again else Disposition.FALL_BACK, usage=FREE)
