"""ClaudeVisionClient: asks a vision model for names of what the pixels measured. The SDK is imported when needed."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import structlog

from config.orchestrator import get_orchestrator
from config.services.vision import VisionConfigService
from designsystem.engine.raster import Pixels
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.providers.candidates import Candidate, as_json, candidates
from designsystem.providers.errors import Disposition, Usage, VisionError
from designsystem.providers.model_picture import MOST_TOKENS, ModelPicture, fit
from designsystem.providers.prompt import RULES, question
from designsystem.providers.reply import SCHEMA, ModelNames, parse

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of one message about a picture, and the factor by which the picture in it was made smaller."""

    parameters: dict[str, Any]
    factor: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """The model's names for `candidates`, by their ids; `factor` is the question's, None where others asked it."""

    names: ModelNames
    candidates: tuple[Candidate, ...]
    model: str
    usage: Usage
    request_id: str | None
    seconds: float
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class ClaudeVisionClient:
    """One question a picture. It never retries by itself: the queue does, after the delay that the service asks for."""

    settings: VisionConfigService = field(default_factory=lambda: get_orchestrator().vision_service)

    def analyze_image(self, rgb: Pixels, token_set: TokenSet) -> Analysis:
        """Names for the measured tokens of a picture, (height, width, 3) sRGB; VisionError when there are none."""
        question = self.question(rgb, token_set)
        started = time.monotonic()
        with translated(), self.connect() as connection:
            message = self._answer(connection, question.parameters)
        analysis = self.read(message, token_set, seconds=time.monotonic() - started)
        return replace(analysis, factor=question.factor)

    def connect(self) -> anthropic.Anthropic:
        """The SDK's client; VisionError without a key."""
        if self.settings.api_key is None:
            raise VisionError("no_api_key", Disposition.FAIL)
        import anthropic  # two seconds: only who asks a model pays for it

        return anthropic.Anthropic(
            api_key=self.settings.api_key.get_secret_value(),
            base_url=self.settings.base_url,
            timeout=self.settings.timeout_seconds,
            max_retries=0,
        )

    def question(self, rgb: Pixels, token_set: TokenSet) -> Question:
        """What is asked about a picture: alone, or among others in a Message Batch."""
        picture = fit(rgb)
        return Question(self._request(picture, candidates(token_set, picture.factor)), picture.factor)

    def read(self, message: Message, token_set: TokenSet, *, share: float = 1.0, seconds: float = 0.0) -> Analysis:
        """The answer to a question about these tokens, at a share of the price; VisionError when it has no names."""
        found = candidates(token_set, 1)  # their ids alone count here
        usage = self._usage(message, share)
        request_id = getattr(message, "_request_id", None) or message.id  # an answer in a batch came by no request
        logger.info(
            "vision_answered",
            model=message.model,
            request_id=request_id,
            stop_reason=message.stop_reason,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            seconds=round(seconds, 2),
        )
        if message.stop_reason != "end_turn":
            code = f"stopped_{message.stop_reason}"[:64]
            raise VisionError(code, Disposition.FALL_BACK, request_id=request_id, usage=usage)
        text = "".join(block.text for block in message.content if block.type == "text")
        colours = {each.id for each in found if each.kind == "color"}
        try:
            names = parse(text, {each.id for each in found}, colours)
        except VisionError as error:
            error.request_id, error.usage = request_id, usage
            raise
        return Analysis(names, found, message.model, usage, request_id, seconds)

    def most_dollars(self, token_set: TokenSet) -> float:
        """What one question about these tokens costs at most: everything written to the cache, the longest answer."""
        text = len(RULES) + len(json.dumps(SCHEMA)) + len(as_json(candidates(token_set, 1)))
        # two characters make a token at least, in English words and in numbers alike
        million = 1.25 * (MOST_TOKENS + text / 2) * self.settings.input_price
        million += self.settings.max_output_tokens * self.settings.output_price
        return million / 1_000_000

    def _answer(self, connection: anthropic.Anthropic, question: dict[str, Any]) -> Message:
        """Within the deadline: the SDK limits each wait alone, and an answer that drips would never end."""
        answer: Future[Message] = Future()

        def ask() -> None:
            try:
                answer.set_result(connection.messages.create(**question))
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name="vision", daemon=True).start()
        try:
            return answer.result(self.settings.timeout_seconds)
        except TimeoutError:
            connection.close()  # which ends the thread
            raise VisionError("timeout", Disposition.RETRY, usage=None) from None

    def _request(self, picture: ModelPicture, found: tuple[Candidate, ...]) -> dict[str, Any]:
        image = {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": picture.media_type,
                "data": base64.b64encode(picture.content).decode(),
            },
            "transformations": {"oversized_image": "error"},  # never shrunk unseen: boxes would lie
        }
        return {
            "model": self.settings.model,
            "max_tokens": self.settings.max_output_tokens,
            "system": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": [image, {"type": "text", "text": question(as_json(found))}]}],
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}, "effort": self.settings.effort},
        }

    def _usage(self, message: Message, share: float) -> Usage:
        usage = message.usage
        cached = usage.cache_read_input_tokens or 0
        written = usage.cache_creation_input_tokens or 0
        # a cached token is read at a tenth and written at a quarter more of the price
        million = (usage.input_tokens + 0.1 * cached + 1.25 * written) * self.settings.input_price
        million += usage.output_tokens * self.settings.output_price
        return Usage(usage.input_tokens + cached + written, usage.output_tokens, cached, share * million / 1_000_000)


@contextmanager
def translated() -> Iterator[None]:
    """The SDK's errors as ours, by class and status; their texts may quote the request and are dropped."""
    import anthropic

    try:
        yield
    except anthropic.APITimeoutError:
        raise VisionError("timeout", Disposition.RETRY, usage=None) from None
    except anthropic.APIConnectionError:
        raise VisionError("connection", Disposition.RETRY, usage=None) from None
    except anthropic.APIStatusError as error:
        raise VisionError(
            f"status_{error.status_code}",
            _disposition(error.status_code),
            retry_after=_retry_after(error),
            request_id=error.request_id,
        ) from None
    except (anthropic.AnthropicError, ValueError, TypeError):
        raise VisionError("answer_unreadable", Disposition.FALL_BACK, usage=None) from None


def _disposition(status: int) -> Disposition:
    return Disposition.RETRY if status in (408, 409, 429) or status >= 500 else Disposition.FAIL


def _retry_after(error: anthropic.APIStatusError) -> float | None:
    """Seconds; None when the header is missing or no number."""
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
