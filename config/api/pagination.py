"""Lists are paged by keyset: a signed, opaque cursor that stays right while rows come and go (no total, no offset)."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Newest first by (`created_at`, `key`), which the query set must have; `key` is unique among rows of one time.

    `{"results": [...], "next": cursor-or-null}`; `?cursor=` takes it back, `?page_size=` up to 200.
    """

    key = "pk"

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        if not isinstance(queryset, QuerySet):
            raise TypeError("keyset pages come from a query set")
        size = _page_size(request)
        rows = queryset.order_by("-created_at", f"-{self.key}")
        cursor = request.query_params.get("cursor")
        if cursor:
            created_at, value = _open(cursor, request.path)
            # the first bound says nothing new, but an index is entered by it: no planner does that by the other two
            rows = rows.filter(
                Q(created_at__lt=created_at) | Q(**{"created_at": created_at, f"{self.key}__lt": value}),
                created_at__lte=created_at,
            )
        page = list(rows[: size + 1])
        self._next = cursor_at(page[size - 1], request.path, self.key) if len(page) > size else None
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


def cursor_at(row: Any, path: str, key: str = "pk") -> str:
    """The `cursor` of the page that begins behind `row` in the list at `path`."""
    return signing.dumps([row.created_at.isoformat(), str(getattr(row, key))], salt=f"{_SALT}:{path}")


def _page_size(request: Request) -> int:
    given = request.query_params.get("page_size")
    if given is None:
        return get_orchestrator().api_service.default_page_size
    if not given.isascii() or not given.isdecimal() or len(given) > 9 or not 1 <= int(given) <= MAX_PAGE_SIZE:
        raise _refused("page_size", f"must be a whole number from 1 to {MAX_PAGE_SIZE}")
    return int(given)


def _open(cursor: str, path: str) -> tuple[str, str]:
    """The place that the cursor marks. It is bound to its list, where alone its key means anything."""
    try:
        created_at, key = signing.loads(cursor, salt=f"{_SALT}:{path}")
    except (signing.BadSignature, ValueError):
        raise _refused("cursor", "is not one of ours; take `next` of the page before as it is") from None
    return created_at, key


def _refused(parameter: str, detail: str) -> DomainError:
    return DomainError(
        "invalid", f"{parameter} {detail}.", Kind.INVALID, errors=[FieldError(f"/{parameter}", "invalid", detail)]
    )
