"""Lists are paged by keyset: a signed, opaque cursor that stays right while rows come and go (no total, no offset)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator

MAX_PAGE_SIZE = 200
_SALT = "loupe.pagination"


class KeysetPagination(BasePagination):
    """Newest first by (`newest_by`, `key`), which the query set must have; `key` is unique among rows of one time.

    `{"results": [...], "next": cursor-or-null}`; `?cursor=` takes it back, `?page_size=` up to 200.
    """

    newest_by = "created_at"
    key = "pk"

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        if not isinstance(queryset, QuerySet):
            raise TypeError("keyset pages come from a query set")
        size = _page_size(request)
        newest_by, key = self.newest_by, self.key
        rows = queryset.order_by(f"-{newest_by}", f"-{key}")
        cursor = request.query_params.get("cursor")
        if cursor:
            time, value = _open(cursor, request.path)
            # the first bound says nothing new, but an index is entered by it: no planner does that by the other two
            earlier = Q(**{f"{newest_by}__lt": time}) | Q(**{newest_by: time, f"{key}__lt": value})
            rows = rows.filter(earlier, **{f"{newest_by}__lte": time})
        page = list(rows[: size + 1])
        self._next = cursor_at(page[size - 1], request.path, key, newest_by) if len(page) > size else None
        return page[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": ["string", "null"], "description": "cursor of the next page"},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "`next` of the page before"},
            {
                "name": "page_size",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
            },
        ]


def cursor_at(row: Any, path: str, key: str = "pk", newest_by: str = "created_at") -> str:
    """The `cursor` of the page that begins behind `row` in the list at `path`."""
    time = getattr(row, newest_by)
    spelt = time.isoformat() if isinstance(time, datetime) else time
    return signing.dumps([spelt, str(getattr(row, key))], salt=f"{_SALT}:{path}")


def _page_size(request: Request) -> int:
    given = request.query_params.get("page_size")
    if given is None:
        return get_orchestrator().api_service.default_page_size
    if not given.isascii() or not given.isdecimal() or len(given) > 9 or not 1 <= int(given) <= MAX_PAGE_SIZE:
        raise _refused("page_size", f"must be a whole number from 1 to {MAX_PAGE_SIZE}")
    return int(given)


def _open(cursor: str, path: str) -> tuple[str | int, str]:
    """The place that the cursor marks. It is bound to its list, where alone its key means anything."""
    try:
        time, key = signing.loads(cursor, salt=f"{_SALT}:{path}")
    except (signing.BadSignature, ValueError):
        raise _refused("cursor", "is not one of ours; take `next` of the page before as it is") from None
    return time, key


def _refused(parameter: str, detail: str) -> DomainError:
    return DomainError(
        "invalid", f"{parameter} {detail}.", Kind.INVALID, errors=[FieldError(f"/{parameter}", "invalid", detail)]
    )
