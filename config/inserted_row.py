"""An insert whose statement is put together once a model: for rows that nearly every request writes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def insert(row: models.Model, *, returning: str = "", values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """Insert a new row as `save(force_insert=True)` does, without signals and without what the database computes.

    Django puts the same statement together each time, which costs more than running it. `returning` is SQL of its
    author's own, its values beside it, for what is asked of the database in the same breath.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    columns = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in _written(type(row))]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row), returning), [*columns, *values])
        returned = cursor.fetchone() if returning else None
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return returned


@cache
def _statement(model: type[models.Model], returning: str) -> str:
    quote, fields = connections[DEFAULT_DB_ALIAS].ops.quote_name, _written(model)
    columns = ", ".join(quote(field.column or field.attname) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - names alone
    return f"{statement} RETURNING {returning}" if returning else statement


@cache
def _written(model: type[models.Model]) -> list[Any]:
    """The fields that the caller gives; the others are the database's own."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]
