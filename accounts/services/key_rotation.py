"""Brings every encrypted value and blind index under the first key of its ring, while the service goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Exists, F, Func, OuterRef, Q

from accounts.fields import EncryptedTextField
from accounts.models import BlindIndex, Identifier, User
from accounts.services.encryption import DecryptionError, EncryptionService, header_of
from audit.personal import PersonalData
from config.errors import DomainError, Kind


@dataclass(frozen=True, slots=True)
class Progress:
    """After a page: how many rows of `subject` were brought under the new key, and how many could not be opened."""

    subject: str
    done: int
    unreadable: int


_SUBJECT_KEYS = "audit.subjectkey"

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """Small transactions over keyset pages: a row that somebody holds is passed over and met again in the next round,
    and a value is only replaced while it is still the one that was read. Killed at any point, it goes on where work
    is left, because finished rows are recognised by their key id.
    """

    encryption: EncryptionService = field(default_factory=EncryptionService)
    page_size: int = 500
    trail: PersonalData = field(default_factory=PersonalData)

    def reencrypt(self, report: Report) -> int:
        """Every encrypted field of every model, and the keys of the trail's personal part, which are wrapped under the
        same ring; the number of rows that could not be opened.
        """
        unreadable = sum(self._reencrypt(model, fields, report) for model, fields in _encrypted_models())
        failed = 0
        for done, failed in self.trail.rewrap(self.page_size):
            report(Progress(_SUBJECT_KEYS, done, failed))
        return unreadable + failed

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
        counts[_SUBJECT_KEYS] = self.trail.keys_per_wrapping_key()
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
        values: dict[tuple[EncryptedTextField, ...], list[list[Any]]] = {}  # by the fields that are stale
        failed = set[Any]()
        with transaction.atomic():
            rows = model._base_manager.select_for_update(skip_locked=True, no_key=True).filter(pk__in=page)
            for row in rows.only("pk", *(each.name for each in fields)):
                try:
                    stale = self._renewed(row, fields)
                except DecryptionError:
                    failed.add(row.pk)
                    continue
                old = [row.__dict__[each.attname].envelope for each in stale]
                values.setdefault(tuple(stale), []).append([*stale.values(), row.pk, *old])
            changed = sum(_update(model, stale, rows) for stale, rows in values.items() if stale)
        return changed, failed

    def _renewed(self, row: models.Model, fields: list[EncryptedTextField]) -> dict[EncryptedTextField, bytes]:
        """The stale values of the row, under the first key."""
        renewed: dict[EncryptedTextField, bytes] = {}
        for each in fields:
            old = row.__dict__[each.attname]
            if old is not None and not old.envelope.startswith(self.encryption.primary_header):
                context = each.context_of(row)
                renewed[each] = self.encryption.encrypt(self.encryption.decrypt(old.envelope, context), context)
        return renewed

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
        return User._base_manager.filter(Exists(indexes), ~Exists(primary)).order_by("pk")

    def _reindex(self, identifier: Identifier, report: Report) -> None:
        done, waiting = 0, self._without_primary_index(identifier)
        while waiting.exists():  # another round finds who got an identifier behind us
            page = list(waiting[: self.page_size])
            while page:
                with transaction.atomic():
                    held = User._base_manager.select_for_update(no_key=True).filter(pk__in=[user.pk for user in page])
                    BlindIndex.objects.write(
                        row for user in held.order_by("pk") for row in user.index_rows([identifier])
                    )
                done += len(page)
                report(Progress(f"blind index of {identifier}", done, 0))
                page = list(waiting.filter(pk__gt=page[-1].pk)[: self.page_size])


def _encrypted_models() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    for model in apps.get_models():
        fields = [each for each in model._meta.local_concrete_fields if isinstance(each, EncryptedTextField)]
        if fields:
            yield model, fields


def _starts(each: EncryptedTextField, header: bytes) -> Any:
    prefix = Func(F(each.name), 1, len(header), function="SUBSTR", output_field=models.BinaryField())
    return models.lookups.Exact(prefix, header)


def _update(model: type[models.Model], stale: Sequence[EncryptedTextField], rows: list[list[Any]]) -> int:
    """Write [new values, key, old values] of each row, where the old values still stand; how many did.

    `executemany` sends a page at once where the driver can; SQLite locks no rows, so it needs the comparison.
    """
    quote, pk = connection.ops.quote_name, model._meta.pk
    assert pk is not None
    parts = [f"{quote(each.attname)} = %s" for each in stale]  # no encrypted field names another column
    for row in rows:
        row[len(stale)] = pk.get_db_prep_value(row[len(stale)], connection)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {', '.join(parts)}"  # noqa: S608 - names of our own models
            f" WHERE {quote(pk.attname)} = %s AND {' AND '.join(parts)}",
            rows,
        )
        return int(cursor.rowcount)
