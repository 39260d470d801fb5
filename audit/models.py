"""The tables of the trail. Everything is only inserted; retention alone cuts a prefix."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from auditlog.models import AbstractLogEntry
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from audit import context
from audit.actions import Action, Outcome
from audit.chain import CheckpointBody, canonical
from audit.verification import SignedCheckpoint
from config.uuid7 import uuid7

SCHEMA_VERSION = 1
# What the seal of schema version 1 covers, in this order.
SEALED_FIELDS = (
    "schema_version",
    "id",
    "occurred_at",
    "action",
    "outcome",
    "actor",
    "on_behalf_of",
    "target",
    "session",
    "request_id",
    "method",
    "subject",
    "personal",
    "details",
)


class Immutable(Exception):
    """Somebody tried to change or delete what is only ever added."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses what a trail never does; retention speaks SQL of its own."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise Immutable(f"{self.model._meta.label} is append-only")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Immutable(f"{self.model._meta.label} is append-only")

    def delete(self) -> NoReturn:
        raise Immutable(f"{self.model._meta.label} is append-only")


class AppendOnly(models.Model):
    """A row that is inserted and never touched again."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Immutable(f"{self._meta.label} is append-only")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Immutable(f"{self._meta.label} is append-only")


class AuditLog(AppendOnly):
    """One thing that happened. No foreign keys: an entry outlives everything it speaks of.

    `personal` is ciphertext under the key of `subject`. A database trigger puts each new row among the `Unsealed`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    schema_version = models.PositiveSmallIntegerField(default=SCHEMA_VERSION)
    occurred_at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=64, choices=[(each.value, each.value) for each in Action])
    outcome = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Outcome])
    actor = models.CharField(max_length=64)
    on_behalf_of = models.CharField(max_length=64, blank=True)
    target = models.CharField(max_length=128, blank=True)
    session = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    method = models.CharField(max_length=32, blank=True)
    subject = models.CharField(max_length=64, blank=True)
    personal = models.BinaryField(null=True)
    details = models.TextField(default="{}")
    # who recorded it had our keys (`audit.chain.entry_mac`): the sealer asks for it, and nobody after the seal
    mac = models.BinaryField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="audit_by_time"),
            # what stands behind the time is filtered inside the index: entries that are passed over are not read
            models.Index(fields=["actor", "-occurred_at", "action", "outcome"], name="audit_by_actor_and_time"),
            models.Index(fields=["subject", "-occurred_at"], name="audit_by_subject", condition=~Q(subject="")),
            models.Index(fields=["target", "-occurred_at"], name="audit_by_target", condition=~Q(target="")),
            models.Index(fields=["action", "-occurred_at", "outcome"], name="audit_by_action_and_time"),
            models.Index(
                fields=["outcome", "-occurred_at", "action", "actor"],
                name="audit_by_failure_and_time",
                condition=~Q(outcome="success"),
            ),
            models.Index(fields=["request_id"], name="audit_by_request", condition=~Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"

    def canonical_values(self) -> list[Any]:
        """What the seal covers (`chain.canonical` spells it)."""
        return sealed_values([getattr(self, name) for name in SEALED_FIELDS])

    def canonical_bytes(self) -> bytes:
        """The bytes that are hashed to the entry's leaf."""
        return canonical(self.canonical_values())

    @property
    def position(self) -> int | None:
        """In the sealed trail, from 1; None until sealed. Lists that show it `select_related("seal")`."""
        seal: Seal | None = getattr(self, "seal", None)
        return seal.position if seal else None

    @property
    def link(self) -> str | None:
        """The link of the chain, hex; None until sealed."""
        seal: Seal | None = getattr(self, "seal", None)
        return seal.link if seal else None


class Seal(AppendOnly):
    """What the sealer says of an entry. A narrow table of its own: filling columns of the entry would write every one
    of its indexes a second time.
    """

    position = models.BigIntegerField(primary_key=True)
    # no constraint: it would lock each entry once more, and verification finds a seal without its entry
    entry = models.OneToOneField(AuditLog, models.DO_NOTHING, db_constraint=False, related_name="seal")
    link = models.CharField(max_length=64)
    chain_key = models.CharField(max_length=16)

    def __str__(self) -> str:
        return str(self.position)


class Unsealed(models.Model):
    """An entry that waits for its seal: put here by a trigger, that none is written past it; taken by the sealer."""

    entry = models.OneToOneField(
        AuditLog, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="unsealed"
    )

    def __str__(self) -> str:
        return str(self.entry_id)


def spelled_time(time: datetime | None) -> str:
    """RFC 3339 in UTC with microseconds; empty for what SQLite holds and is no time, which only tampering leaves."""
    return time.astimezone(UTC).isoformat(timespec="microseconds") if time else ""


def sealed_values(row: Sequence[Any]) -> list[Any]:
    """The values of SEALED_FIELDS as the seal spells them: ids and times as text, ciphertext in hex."""
    version, key, occurred_at, *plain, personal, details = row
    return [
        version,
        str(key),
        spelled_time(occurred_at),
        *plain,
        None if personal is None else bytes(personal).hex(),
        details,
    ]


class Checkpoint(AppendOnly):
    """A signed statement of how long the trail was and what it said. UNIQUE(previous) makes a fork an error."""

    number = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    time = models.DateTimeField()
    previous = models.CharField(max_length=64, unique=True, blank=True)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"checkpoint {self.number} at {self.size}"

    @classmethod
    def of(cls, body: CheckpointBody, signature: bytes) -> Checkpoint:
        """The row of a signed body."""
        values = {**asdict(body), "time": datetime.fromisoformat(body.time)}
        return cls(**values, signature=signature.hex())

    def signed(self) -> SignedCheckpoint:
        """What verification reads; a signature that is no hex is none."""
        try:
            return SignedCheckpoint(self.body(), bytes.fromhex(self.signature))
        except ValueError:
            return SignedCheckpoint(self.body(), b"")

    def body(self) -> CheckpointBody:
        """What was signed, rebuilt from the row."""
        names = [each.name for each in fields(CheckpointBody)]
        values = {name: getattr(self, name) for name in names}
        return CheckpointBody(**{**values, "time": spelled_time(self.time)})


class SubjectKeyQuerySet(models.QuerySet["SubjectKey"]):
    def of(self, subject: str, key_id: str, wrapped: bytes) -> SubjectKey:
        """The subject's key, which is this one when there was none. One statement, unless somebody else makes it in
        the same moment; on PostgreSQL a key that is there is read without its lock, as entries of long transactions
        would else wait for each other.
        """
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        new = [subject, key_id, wrapped, now]
        upsert = connection.vendor != "postgresql"
        while True:
            found = self.raw(_UPSERTED, new) if upsert else self.raw(_INSERTED_OR_READ, [*new, subject])
            for row in found:
                return row


class SubjectKey(models.Model):
    """The wrapped key of a subject ("user:<uuid>", "day:<date>"). Deleting the row erases the person."""

    subject = models.CharField(max_length=64, primary_key=True)
    key_id = models.CharField(max_length=16)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[SubjectKey]] = SubjectKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.subject


_NEW_KEY = "INSERT INTO audit_subjectkey (subject, key_id, wrapped, created_at) VALUES (%s, %s, %s, %s)"
_UPSERTED = f"{_NEW_KEY} ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject RETURNING *"
_INSERTED_OR_READ = f"""
    WITH made AS ({_NEW_KEY} ON CONFLICT (subject) DO NOTHING RETURNING *)
    SELECT * FROM made UNION ALL SELECT * FROM audit_subjectkey WHERE subject = %s"""  # noqa: S608 - no value in it


class ChangeEntry(AbstractLogEntry):  # type: ignore[misc]  # auditlog is not typed
    """django-auditlog's readable diff of one model instance, linked into the sealed trail when it is written."""

    actor_id: uuid.UUID | None

    class Meta(AbstractLogEntry.Meta):  # type: ignore[misc]
        abstract = False

    def save(self, *args: Any, **kwargs: Any) -> None:
        from audit.changes import record_change  # the writer imports this module

        adding = self._state.adding
        self.actor_email = None  # auditlog would keep the address in clear for ever
        actor = context.current().actor
        if self.actor_id is None and actor.startswith("user:"):  # a token, an API key or a task: no session knows it
            self.actor_id = uuid.UUID(actor.removeprefix("user:"))
        super().save(*args, **kwargs)
        if adding:
            record_change(self)
