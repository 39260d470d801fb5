"""Errors over HTTP: one table from kinds to statuses, one shape for all (RFC 9457, application/problem+json)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from config.api.paths import API_PATHS
from config.api.refusals import tell_refusal, tell_when_answered
from config.api.request_id import current_request_id
from config.errors import DomainError, FieldError, Kind
from config.services.api import MAX_FORM_FIELDS, MAX_FORM_FILES

MEDIA_TYPE = "application/problem+json"
_FOREIGN_KEY_VIOLATION = "23503"  # SQLSTATE, Appendix A of PostgreSQL's manual
_RETRY_AFTER = {429: 60, 503: 5}  # seconds, where nobody knows better

# what Django itself refuses: the first class that fits
_SUSPICIOUS: tuple[tuple[type[SuspiciousOperation], tuple[int, str, str]], ...] = (
    (RequestDataTooBig, (413, "body_too_large", "The body is larger than allowed.")),
    (TooManyFilesSent, (413, "too_many_files", f"A form may have {MAX_FORM_FILES} files.")),
    (TooManyFieldsSent, (413, "too_many_fields", f"A form or query may have {MAX_FORM_FIELDS:,} fields.")),
    (SuspiciousOperation, (400, "bad_request", "The request cannot be understood.")),
)

STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_TYPE: 415,
    Kind.UNPROCESSABLE: 422,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: any error a view raises as a problem; None only for what nobody expected, which Django logs."""
    response = _problem_of(error, context)
    request = context.get("request")
    if response is None or request is None:
        return response
    if response.status_code == 403:
        tell_refusal(request, response.data["code"])
    elif isinstance(error, DomainError) and error.hidden is not None:
        tell_when_answered(response, request, error.code, error.hidden)
    return response


def problem(
    path: str,
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldError] = (),
) -> dict[str, Any]:
    """The body of a problem; `type` is a name for the code, not an address."""
    return {
        "type": f"urn:loupe:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
        "errors": [{"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in errors],
        "request_id": current_request_id(),
    }


def problem_response(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
) -> JsonResponse:
    """A problem from outside DRF: middleware and Django's error views."""
    return JsonResponse(problem(request.path, status, code, detail), status=status, content_type=MEDIA_TYPE)


class ProblemMiddleware:
    """Whatever else answers with an error on the API's paths (Django's 405, another middleware) gets the same shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known = response.headers.get("Content-Type", "").startswith(("application/problem+json", "application/json"))
        if response.status_code < 400 or known or not request.path.startswith(API_PATHS):
            return response
        status = HTTPStatus(response.status_code)
        replacement = problem_response(request, status, status.name.lower(), status.description or status.phrase)
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response.headers:
                replacement.headers[name] = response.headers[name]
        return replacement


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return problem_response(request, 400, "bad_request", "The request cannot be understood.")


def permission_denied(request: HttpRequest, exception: Exception) -> JsonResponse:
    return problem_response(request, 403, "permission_denied", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return problem_response(request, 404, "not_found", "There is nothing here.")


def server_error(request: HttpRequest) -> JsonResponse:
    return problem_response(request, 500, "server_error", "Something went wrong on our side. Tell us the request id.")


def _problem_of(error: Exception, context: Mapping[str, Any]) -> Response | None:
    request = context.get("request")
    path = request.path if request is not None else ""
    if isinstance(error, DomainError):
        return _response(
            path, STATUS[error.kind], error.code, error.message, error.errors, retry_after=error.retry_after
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, IntegrityError) and _refers_to_nothing(error):
        return _response(path, 409, "gone_meanwhile", "Something that this needs was deleted at the same moment.")
    elif isinstance(error, SuspiciousOperation):
        return _response(path, *next(answer for kind, answer in _SUSPICIOUS if isinstance(error, kind)))
    if not isinstance(error, exceptions.APIException):
        return None
    response = _response(path, error.status_code, _code(error), _detail(error, context), tuple(_field_errors(error)))
    wait = getattr(error, "wait", None)  # only Throttled has it
    if wait is not None:
        response["Retry-After"] = str(max(1, round(wait)))
    if isinstance(error, exceptions.UnsupportedMediaType):
        response["Accept"] = _accepted(context)  # RFC 9110 15.5.16
    challenge = getattr(error, "auth_header", None)  # set by DRF on 401
    if challenge is not None:
        response["WWW-Authenticate"] = str(challenge)
    return response


def _refers_to_nothing(error: IntegrityError) -> bool:
    """Whether a foreign key found no row: our own checks had seen it, and somebody was faster."""
    sqlite = str(error) == "FOREIGN KEY constraint failed"
    return sqlite or getattr(error.__cause__, "sqlstate", "") == _FOREIGN_KEY_VIOLATION


def _response(
    path: str,
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    *,
    retry_after: int | None = None,
) -> Response:
    response = Response(problem(path, status, code, detail, errors), status=status, content_type=MEDIA_TYPE)
    retry_after = retry_after if retry_after is not None else _RETRY_AFTER.get(status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _code(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _detail(error: exceptions.APIException, context: Mapping[str, Any]) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some of the input is not valid; errors says what and where."
    if isinstance(error, exceptions.UnsupportedMediaType):
        return f"Content-Type must be one of: {_accepted(context)}."
    if isinstance(error, exceptions.NotAcceptable):
        given = ", ".join(each.media_type for each in error.available_renderers or ())
        return f"Accept leaves out what there is: {given}."
    return str(error.detail) if isinstance(error.detail, str) else str(error.default_detail)


def _accepted(context: Mapping[str, Any]) -> str:
    return ", ".join(each.media_type for each in getattr(context.get("view"), "parser_classes", ()))


def _field_errors(error: exceptions.APIException) -> Iterator[FieldError]:
    if isinstance(error, exceptions.ValidationError):
        yield from _walk(error.detail, "")


def _walk(detail: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for key, each in detail.items():
            step = "" if key == "non_field_errors" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _walk(each, pointer + step)
    elif isinstance(detail, list):
        for index, each in enumerate(detail):
            nested = isinstance(each, Mapping | list)
            yield from _walk(each, f"{pointer}/{index}" if nested else pointer)
    else:
        yield FieldError(pointer, getattr(detail, "code", "invalid"), str(detail))
