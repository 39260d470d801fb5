"""GET batches/{id}/events: progress as server-sent events, which a client that was cut off resumes."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.operation import operation
from config.errors import DomainError, Kind
from config.rate_limits import Rate
from designsystem.api.batch_output import ProgressOutput
from designsystem.api.batches import OwnBatches
from designsystem.api.file_responses import OneRepresentation
from designsystem.models import Batch, BatchState

LOOK = 0.5  # seconds between two looks at the row
HEARTBEAT = 15.0  # seconds without news after which a comment keeps the connection open
LONGEST = 300.0  # seconds; who still wants to know connects again, with credentials that are looked at again
_ENDED = (BatchState.DONE, BatchState.FAILED, BatchState.CANCELLED)


class BatchEventsViewSet(OwnBatches):
    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="the last one seen")],
        responses={
            (200, "text/event-stream"): OpenApiTypes.STR,
            204: OpenApiResponse(description="The batch has ended and Last-Event-ID was its last word: stay away."),
        },
        summary="Progress of a batch as server-sent events",
        description="`progress` events, each the whole state; their id is the batch's version. The stream ends with "
        "the batch, or after five minutes: connect again with Last-Event-ID and nothing is missed. Needs ASGI.",
    )
    def events(self, request: Request, id: uuid.UUID) -> Any:
        batch = self.batch(id)
        if not isinstance(request._request, ASGIRequest):
            detail = "This server cannot keep a connection open; ask for the batch with If-None-Match instead."
            raise DomainError("events_need_asgi", detail, Kind.UNAVAILABLE, retry_after=5)
        seen = request.headers.get("Last-Event-ID", "")
        known = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
        if known > batch.version:
            known = 0  # an id that was never given tells nothing
        if known == batch.version and _is_over(batch):
            return Response(status=204)  # the one answer after which an EventSource does not come back
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(progress(batch.pk, known), content_type="text/event-stream", headers=headers)


async def progress(key: uuid.UUID, known: int) -> AsyncIterator[bytes]:
    """Every version later than `known` that a look finds; each is the whole state, so skipping one loses nothing."""
    began = spoke = time.monotonic()
    yield b"retry: 2000\n\n"
    while time.monotonic() - began < LONGEST:
        batch = await sync_to_async(_look)(key)
        if batch is None:
            return
        if batch.version > known:
            known, spoke = batch.version, time.monotonic()
            yield f"id: {known}\nevent: progress\ndata: {json.dumps(ProgressOutput(batch).data)}\n\n".encode()
        if _is_over(batch):
            return
        if time.monotonic() - spoke >= HEARTBEAT:
            spoke = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(LOOK)


def _is_over(batch: Batch) -> bool:
    return batch.state in _ENDED and not batch.waiting


def _look(key: uuid.UUID) -> Batch | None:
    """The row without its results; the connection goes back, so that open streams hold none."""
    try:
        return Batch.objects.defer("document", "resolver", "conflicts").filter(pk=key).first()
    finally:
        if not connection.in_atomic_block:
            connection.close()
