"""A row with the one it belongs to, by a statement that is put together once: on paths where building the same SQL for
each request costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class JoinedRow(Generic[Row]):
    """Rows of `model` by `column`, each with the row that its foreign key `owner` leads to. One query."""

    model: type[Row]
    column: str
    owner: str

    def find(self, value: str) -> Row | None:
        """The row with this value, None when there is none."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement, [value])
            found = cursor.fetchone()
        if found is None:
            return None
        width = len(self.model._meta.concrete_fields)
        row: Row = _instance(self.model, found[:width])
        setattr(row, self.owner, _instance(self._owners, found[width:]))
        return row

    @cached_property
    def _owners(self) -> type[models.Model]:
        related = self.model._meta.get_field(self.owner).related_model
        assert isinstance(related, type)
        return related

    @cached_property
    def _statement(self) -> str:
        mine, theirs = self.model._meta, self._owners._meta
        columns = [f"m.{each.column}" for each in mine.concrete_fields]
        columns += [f"o.{each.column}" for each in theirs.concrete_fields]
        link: Any = mine.get_field(self.owner)
        named: Any = mine.get_field(self.column)
        return (
            f"SELECT {', '.join(columns)} FROM {mine.db_table} m"  # noqa: S608 - names of the models alone
            f" JOIN {theirs.db_table} o ON o.{theirs.pk.column} = m.{link.column}"
            f" WHERE m.{named.column} = %s"
        )


def _instance(model: type[Any], values: Sequence[object]) -> Any:
    fields = model._meta.concrete_fields
    return model.from_db(connection.alias, [each.attname for each in fields], list(_converted(fields, values)))


def _converted(fields: Sequence[Any], values: Sequence[object]) -> Iterator[object]:
    """As Django's compiler turns what the driver gives into what the model holds."""
    for field, value in zip(fields, values, strict=True):
        column = field.cached_col
        for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection)):
            value = convert(value, column, connection)
        yield value
