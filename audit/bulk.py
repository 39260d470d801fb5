"""Writes to many rows of an audited model: one entry that names the rows and fields, which signals never see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from auditlog.context import disable_auditlog
from django.db import connections, models, transaction

from audit.actions import Action
from audit.logger import AuditLogger

Row = TypeVar("Row", bound=models.Model)
_ROWS_PER_ENTRY = 5000


class AuditedQuerySet(models.QuerySet[Row]):
    """The query set of an audited model. Every write to many rows is one transaction with its entry.

    More than 5000 rows are named in as many entries as that takes.
    """

    def update(self, **kwargs: Any) -> int:
        with transaction.atomic(using=self.db):
            keys = self._locked_keys()
            changed = super().update(**kwargs)
            _record(self.model, "update", keys, kwargs)
        return changed

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            _record(self.model, "create", [row.pk for row in created], [each.name for each in self.model._meta.fields])
        return created

    def bulk_update(self, objs: Iterable[Row], fields: Sequence[str], *args: Any, **kwargs: Any) -> int:  # type: ignore[override]
        rows = list(objs)
        with transaction.atomic(using=self.db):
            # Django writes through update(), batch by batch; the entry of the whole is written here
            plain: models.QuerySet[Row] = models.QuerySet(self.model, using=self.db)
            changed = plain.bulk_update(rows, fields, *args, **kwargs)
            _record(self.model, "update", [row.pk for row in rows], fields)
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            keys = self._locked_keys()
            with disable_auditlog():  # else a second record for each row
                deleted = super().delete()
            _record(self.model, "delete", keys, [])
        return deleted

    def _locked_keys(self) -> list[Any]:
        """The rows that the write is about; locked, so that the entry and the write speak of the same ones."""
        rows: models.QuerySet[Row] = models.QuerySet(self.model, using=self.db).filter(pk__in=self.values("pk"))
        if connections[self.db].features.has_select_for_update:
            rows = rows.select_for_update()
        return list(rows.values_list("pk", flat=True))


def _record(model: type[models.Model], operation: str, keys: Sequence[Any], fields: Collection[str]) -> None:
    for start in range(0, len(keys), _ROWS_PER_ENTRY):
        chunk = [str(key) for key in keys[start : start + _ROWS_PER_ENTRY]]
        AuditLogger().record(
            Action.ROWS_CHANGED,
            target=str(model._meta.model_name),
            details={
                "model": str(model._meta.model_name),
                "operation": operation,
                "ids": chunk,
                "count": len(keys),
                "fields": sorted(fields),
            },
        )
