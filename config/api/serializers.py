"""The base of every input: unknown and repeated fields are errors, not noise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.serializer_helpers import BindingDict

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format (also what turns the reading direction), line ends


class BoundOnce(serializers.Serializer[Any]):
    """Its fields are copied and bound once a class. DRF does it for each instance, as one may change its own: here none
    does, and none asks its fields for a context.
    """

    @property
    def fields(self) -> BindingDict:
        return _bound_fields(type(self))


class Input(BoundOnce):
    """The shape of a body, form or query. `Input.read(request.data)` gives the validated values or a problem."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """The validated values; ValidationError names every field that is wrong."""
        given = cls(data=data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unwelcome = dict(self._unwelcome(data))
            if unwelcome:
                raise ValidationError(unwelcome)
        return super().to_internal_value(data)

    def _unwelcome(self, data: Mapping[str, Any]) -> Iterator[tuple[str, list[ErrorDetail]]]:
        for name in data:
            field = self.fields.get(name)
            if field is None:
                yield str(name), [ErrorDetail("There is no such field.", code="unknown_field")]
            elif isinstance(data, QueryDict) and not _takes_many(field) and len(data.getlist(name)) > 1:
                yield str(name), [ErrorDetail("The field may stand only once.", code="repeated_field")]


class LineField(serializers.CharField):
    """A name or title: kept to the letter, so space around it and control characters are errors and not trimmed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not is_line(text):
            raise ValidationError("No space around it, no line breaks, no control characters.", code="not_a_line")
        return text


@cache
def _bound_fields(shape: type[BoundOnce]) -> BindingDict:
    return super(BoundOnce, shape()).fields


def is_line(text: str) -> bool:
    """Whether there is no space around it and nothing invisible in it."""
    return text == text.strip() and not any(unicodedata.category(each) in _INVISIBLE for each in text)


def _takes_many(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    return isinstance(field, serializers.ListField | serializers.MultipleChoiceField)
