"""What an operation says of itself; apart from the views, since authentication reads it and DRF's views import that."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from config.api.filtering import ListFilter
from config.rate_limits import Rate


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `operation` said of a handler."""

    permissions: tuple[type[BasePermission], ...]
    rate: Rate
    idempotent: bool
    takes_body: bool
    parameters: frozenset[str]  # of the query
    filters: type[ListFilter] | None  # of a list


def declaration_of(request: Request) -> Declaration | None:
    """Of the operation that a request asks for, None when nothing is declared."""
    declaration: Declaration | None = getattr((request.parser_context or {}).get("view"), "declaration", None)
    return declaration
