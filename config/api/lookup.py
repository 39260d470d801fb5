"""Finds one row among those that the caller may see; what is there for others only stays hidden, and is recorded."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from config.errors import DomainError, Kind

Row = TypeVar("Row", bound=Model)


def found_or_404(visible: QuerySet[Row], **lookup: Any) -> Row:
    """The one row that fits; DomainError (NOT_FOUND), the same for what does not exist and for what is not visible."""
    try:
        return visible.get(**lookup)
    except ObjectDoesNotExist:
        hidden = visible.model._base_manager.filter(**lookup)
        raise DomainError("not_found", "There is nothing here.", Kind.NOT_FOUND, hidden=hidden) from None
