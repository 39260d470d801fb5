"""Brings every encrypted value and blind index under the first key of its ring, while the service goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, ExpressionWrapper, F, Func, OuterRef, Q

from accounts.fields import EncryptedTextField, Sealed
from accounts.models import BlindIndex, Identifier, User
from accounts.services.encryption import DecryptionError, EncryptionService, header_of
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class Progress:
    """After a page: how many rows of `subject` were brought under the new key, and how many could not be opened."""

    subject: str
    done: int
    unreadable: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """Small transactions over keyset pages: a row that somebody holds is passed over and met again in the next round,
    and a value is only replaced while it is still the one that was read. Killed at any point, it goes on where work
    is left, because finished rows are recognised by their key id.
    """

    encryption: EncryptionService = field(default_factory=EncryptionService)
    page_size: int = 500

    def reencrypt(self, report: Report) -> int:
        """Every encrypted field of every model; the number of rows that could not be opened."""
        return sum(self._reencrypt(model, fields, report) for model, fields in _encrypted_models())

    def reindex(self, report: Report) -> None:
        """A blind index under the primary key for everybody who has one under another key."""
        for identifier in Identifier:
            self._reindex(identifier, report)

    def rows_per_key(self) -> dict[str, Counter[str]]:
        """For each encrypted field and each blind index: how many rows stand under which key id."""
        counts: dict[str, Counter[str]] = {}
        for model, fields in _encrypted_models():
            for each in fields:
                counts[f"{model._meta.label_lower}.{each.name}"] = self._keys_of(model, each)
        for identifier in Identifier:
            rows = BlindIndex.objects.filter(identifier=identifier).values_list("key_id")
            counts[f"blind index of {identifier}"] = Counter(dict(rows.annotate(models.Count("pk"))))
        return counts

    def retire_index_key(self, key_id: str) -> int:
        """Delete the blind indexes under an old key; DomainError while somebody has no other."""
        if key_id == self.encryption.primary_index_key_id:
            raise DomainError("key_in_use", "The first index key of the ring cannot be retired.", Kind.CONFLICT)
        left = sum(self._without_primary_index(identifier).count() for identifier in Identifier)
        if left:
            raise DomainError(
                "key_in_use", f"{left} identifiers are only found under an older key; rotate first.", Kind.CONFLICT
            )
        return BlindIndex.objects.filter(key_id=key_id).delete()[0]

    def _reencrypt(self, model: type[models.Model], fields: list[EncryptedTextField], report: Report) -> int:
        done, unreadable = 0, set[Any]()
        while True:
            last, met = None, 0
            while page := self._page(model, fields, last, unreadable):
                last = page[-1]
                changed, failed = self._replace(model, fields, page)
                done, met = done + changed, met + len(page)
                unreadable |= failed
                report(Progress(model._meta.label_lower, done, len(unreadable)))
            # another round picks up what was locked or changed under our hands
            if met == 0 and not self._stale(model, fields).exclude(pk__in=unreadable).exists():
                return len(unreadable)

    def _page(
        self, model: type[models.Model], fields: list[EncryptedTextField], last: Any, skip: set[Any]
    ) -> list[Any]:
        stale = self._stale(model, fields).exclude(pk__in=skip)
        if last is not None:
            stale = stale.filter(pk__gt=last)
        return list(stale.order_by("pk").values_list("pk", flat=True)[: self.page_size])

    def _replace(
        self, model: type[models.Model], fields: list[EncryptedTextField], page: list[Any]
    ) -> tuple[int, set[Any]]:
        changed, failed = 0, set[Any]()
        with transaction.atomic():
            rows = model._base_manager.select_for_update(skip_locked=True).filter(pk__in=page)
            for row in rows.only("pk", *(each.name for each in fields)):
                try:
                    changed += self._replace_row(row, fields)
                except DecryptionError:
                    failed.add(row.pk)
        return changed, failed

    def _replace_row(self, row: models.Model, fields: list[EncryptedTextField]) -> int:
        values: dict[str, Sealed] = {}
        same = type(row)._base_manager.filter(pk=row.pk)
        for each in fields:
            old = row.__dict__[each.attname]
            if old is None or old.envelope.startswith(self.encryption.primary_header):
                continue
            context = each.context_of(row)
            values[each.name] = Sealed(self.encryption.encrypt(self.encryption.decrypt(old.envelope, context), context))
            same = same.filter(_is(each, old.envelope))
        return same.update(**values) if values else 0

    def _stale(self, model: type[models.Model], fields: list[EncryptedTextField]) -> models.QuerySet[Any]:
        header = self.encryption.primary_header
        stale = reduce(or_, (Q(**{f"{each.name}__isnull": False}) & ~Q(_starts(each, header)) for each in fields))
        return model._base_manager.filter(stale)

    def _keys_of(self, model: type[models.Model], each: EncryptedTextField) -> Counter[str]:
        rows = model._base_manager.filter(**{f"{each.name}__isnull": False})
        found = Counter[str]()
        for key_id in self.encryption.keys:
            found[key_id] = rows.filter(_starts(each, header_of(key_id))).count()
        found["not in the ring"] = rows.count() - found.total()
        return +found

    def _without_primary_index(self, identifier: Identifier) -> models.QuerySet[User]:
        indexes = BlindIndex.objects.filter(user=OuterRef("pk"), identifier=identifier)
        primary = indexes.filter(key_id=self.encryption.primary_index_key_id)
        return User._base_manager.filter(Exists(indexes), ~Exists(primary))

    def _reindex(self, identifier: Identifier, report: Report) -> None:
        done = 0
        while page := list(self._without_primary_index(identifier).order_by("pk")[: self.page_size]):
            with transaction.atomic():
                held = User._base_manager.select_for_update().filter(pk__in=[user.pk for user in page]).order_by("pk")
                BlindIndex.objects.write(row for user in held for row in user.index_rows([identifier]))
                done += len(page)
            report(Progress(f"blind index of {identifier}", done, 0))


def _encrypted_models() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    for model in apps.get_models():
        fields = [each for each in model._meta.local_concrete_fields if isinstance(each, EncryptedTextField)]
        if fields:
            yield model, fields


def _starts(each: EncryptedTextField, header: bytes) -> Any:
    prefix = Func(F(each.name), 1, len(header), function="SUBSTR", output_field=models.BinaryField())
    return models.lookups.Exact(prefix, header)


def _is(each: EncryptedTextField, envelope: bytes) -> Any:
    return models.lookups.Exact(ExpressionWrapper(F(each.name), output_field=models.BinaryField()), envelope)
