"""What a list may be asked for: declared beside the operation, checked, documented and applied in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from config.api.serializers import Input

_OF_THE_PAGE = {"cursor", "page_size"}  # `config.api.pagination` reads them


class ListFilter(Input):
    """What every list takes. A subclass adds fields: each is a column that must be equal, or what `lookups` says.

    Only columns that the answer shows may be asked for: a filter tells of a hidden one as well as showing it.
    """

    lookups: ClassVar[Mapping[str, str]] = {}

    cursor = serializers.CharField(required=False, help_text="`next` of the page before.")
    page_size = serializers.CharField(required=False)
    created_since = serializers.DateTimeField(required=False, help_text="RFC 3339.")
    created_until = serializers.DateTimeField(required=False, help_text="RFC 3339, exclusive.")

    @classmethod
    def narrowed(cls, rows: QuerySet[Any], query: Any) -> QuerySet[Any]:
        """The rows that were asked for; ValidationError names every parameter that is wrong or unknown."""
        lookups = {"created_since": "created_at__gte", "created_until": "created_at__lt", **cls.lookups}
        wanted = {name: value for name, value in cls.read(query).items() if value is not None}  # null: not asked for
        return rows.filter(**{lookups.get(name, name): wanted[name] for name in wanted.keys() - _OF_THE_PAGE})
