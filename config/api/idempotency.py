"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a repeated POST gets the first one's answer."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from config.api.throttling import principal_of
from config.errors import DomainError, FieldError, Kind
from config.models import LEASE, IdempotentRequest

HEADER = "Idempotency-Key"
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}\Z")
_SALT = "loupe.idempotency"


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """The handler, done at most once for each key, principal and operation.

    A request that was refused or failed leaves its key free, since nothing was done.
    """

    @functools.wraps(handler)
    def done_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        row, won = IdempotentRequest.objects.claim(_digest(request, key), _fingerprint(request), principal_of(request))
        if row is None or not won:
            return _replay(row, request)
        try:
            response = handler(view, request, *args, **kwargs)
        except BaseException:
            row.release()
            raise
        if response.status_code >= 400:
            row.release()
        else:
            row.finish(
                response.status_code, response.headers.get("Location", ""), json.dumps(response.data, cls=JSONEncoder)
            )
        return response

    return done_once


def _replay(row: IdempotentRequest | None, request: Request) -> Response:
    if row is not None and row.fingerprint != _fingerprint(request):
        raise DomainError("idempotency_key_reused", f"This {HEADER} came with another body before.", Kind.UNPROCESSABLE)
    if row is None or row.status is None:
        raise DomainError(
            "request_in_progress",
            f"The first request with this {HEADER} is still being answered.",
            Kind.CONFLICT,
            retry_after=min(5, int(LEASE.total_seconds())),
        )
    response = Response(json.loads(row.body), status=row.status, headers={"Idempotency-Replayed": "true"})
    if row.location:
        response.headers["Location"] = row.location
    return response


def _digest(request: Request, key: str) -> str:
    if not _WELL_FORMED.match(key):
        detail = "must be 1 to 255 visible ASCII characters"
        raise DomainError(
            "invalid", f"{HEADER} {detail}.", Kind.INVALID, errors=[FieldError(f"/{HEADER}", "invalid", detail)]
        )
    parts = json.dumps([principal_of(request), request.method, request.path, key])
    return salted_hmac(_SALT, parts, algorithm="sha256").hexdigest()


def _fingerprint(request: Request) -> str:
    """Of what the body means, not of its bytes: a client that repeats a form draws a new boundary."""
    body = dict(_fields(request.data)) if isinstance(request.data, QueryDict) else request.data
    parts = json.dumps([request.get_full_path(), body], sort_keys=True)
    return salted_hmac(_SALT, parts, algorithm="sha256").hexdigest()


def _fields(form: QueryDict) -> Iterator[tuple[str, list[Any]]]:
    for name, values in form.lists():
        yield name, [_file(value) if isinstance(value, UploadedFile) else value for value in values]


def _file(file: UploadedFile[bytes]) -> list[str]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return [file.name or "", digest.hexdigest()]
