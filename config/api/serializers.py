"""The base of every input: unknown and repeated fields are errors, not noise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.serializer_helpers import BindingDict

from config.api.parsers import strict_json
from config.errors import DomainError

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

    default_error_messages: ClassVar = {"invalid": "Send an object with named members."}

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
            elif not isinstance(data, QueryDict):
                if (wrong := _of_another_type(field, data[name])) is not None:
                    yield str(name), wrong
            elif not _takes_many(field) and len(data.getlist(name)) > 1:
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


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object; in a form its text."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = data
        if isinstance(data, str):
            try:
                value = strict_json(data.encode())
            except DomainError as error:
                raise ValidationError(f"The text of this field is refused. {error}", code=error.code) from None
        if not isinstance(value, dict):
            raise ValidationError("This must be an object.", code="wrong_type")
        return value


@cache
def _bound_fields(shape: type[BoundOnce]) -> BindingDict:
    return super(BoundOnce, shape()).fields


def is_line(text: str) -> bool:
    """Whether there is no space around it and nothing invisible in it."""
    return text == text.strip() and not any(unicodedata.category(each) in _INVISIBLE for each in text)


# JSON has types of its own, so none is turned into another: DRF would read 5 as "5", "yes" as true, 7 as a UUID.
# A field has the first class that fits.
_JSON_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...] = (
    (serializers.MultipleChoiceField, (list,), "a list"),
    (serializers.BooleanField, (bool,), "true or false"),
    (serializers.IntegerField, (int, float), "a whole number"),
    (serializers.FloatField, (int, float), "a number"),
    (serializers.CharField, (str,), "text"),
    (serializers.ChoiceField, (str,), "text"),
    (serializers.UUIDField, (str,), "text"),
    (serializers.DateTimeField, (str,), "text"),
    (serializers.DateField, (str,), "text"),
    (ObjectField, (dict,), "an object"),
)


def _of_another_type(field: serializers.Field[Any, Any, Any, Any], value: Any) -> Any:
    """What is wrong with the type of a JSON value, in the shape of DRF's errors; None when nothing is."""
    if value is None:
        return None  # whether that may be is the field's to say
    if isinstance(field, serializers.ListField):
        if not isinstance(value, list) or field.child is None:
            return None
        wrong = {index: _of_another_type(field.child, each) for index, each in enumerate(value)}
        return {index: each for index, each in wrong.items() if each is not None} or None
    for kind, types, words in _JSON_TYPES:
        if isinstance(field, kind):
            fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            return None if fits else [ErrorDetail(f"This must be {words}.", code="wrong_type")]
    return None


def _takes_many(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    return isinstance(field, serializers.ListField | serializers.MultipleChoiceField)
