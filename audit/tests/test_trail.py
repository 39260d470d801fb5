"""Entries are written, sealed and guarded."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError
from time_machine import Traveller

from audit import context
from audit.actions import Action, Outcome
from audit.chain import canonical, leaf_hash, link
from audit.keys import TrailKeys
from audit.logger import AuditLogger
from audit.models import AuditLog, Checkpoint, Immutable, Seal, SubjectKey
from audit.personal import PersonalData
from audit.sealer import Sealer, unsealed_seconds
from config.testing import until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db
ALICE = "user:0b5e1b5c-7d0b-4a39-9a3c-5f5f8d9b2a11"


def test_an_entry_takes_who_and_where_from_its_context_and_hides_the_personal_part() -> None:
    with context.acting(context.AuditContext(actor=ALICE, address="203.0.113.9", agent="Firefox", method="password")):
        entry = AuditLogger().record(Action.LOGIN, details={"method": "password"})
    stored = AuditLog.objects.get(pk=entry.pk)
    assert (stored.actor, stored.subject, stored.method) == (ALICE, ALICE, "password")
    sealed = bytes(stored.personal or b"")
    assert b"203.0.113.9" not in sealed
    assert PersonalData().open(ALICE, stored.id, sealed) == {
        "address": "203.0.113.9",
        "agent": "Firefox",
    }


@pytest.mark.parametrize("details", [{"email": "x"}, {"reason": "alice@example.org"}, {"reason": "two\nlines"}])
def test_details_outside_the_allow_list_are_refused(details: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="detail"):
        AuditLogger().record(Action.LOGIN, Outcome.REFUSED, details=details)
    assert not AuditLog.objects.exists()


def test_sealing_gives_positions_links_and_a_signed_checkpoint(clock: Traveller) -> None:
    for _ in range(3):
        AuditLogger().record(Action.LOGIN)
    clock.shift(5)
    assert unsealed_seconds() == 5
    checkpoint = Sealer().seal()
    assert checkpoint is not None
    assert unsealed_seconds() == 0
    keys = TrailKeys()
    head = bytes(32)
    for position, entry in enumerate(AuditLog.objects.order_by("seal__position"), start=1):
        head = link(keys.chain["dev"], head, position, leaf_hash(canonical(entry.canonical_values())))
        assert (entry.position, entry.link) == (position, head.hex())
    stored = Checkpoint.objects.get()
    assert (stored.first, stored.size, stored.head) == (1, 3, head.hex())
    assert keys.signature_holds("dev", stored.body().signed_bytes(), bytes.fromhex(stored.signature))
    assert not keys.signature_holds("dev", stored.body().signed_bytes() + b" ", bytes.fromhex(stored.signature))


def test_checkpoints_name_the_one_before() -> None:
    for _ in range(2):
        AuditLogger().record(Action.LOGIN)
        Sealer().seal()
    first, second = Checkpoint.objects.order_by("number")
    assert second.previous == first.body().digest()
    assert (second.first, second.size) == (2, 2)
    assert Sealer().seal() is None


def test_erasing_a_subject_leaves_the_seal_and_takes_the_data() -> None:
    with context.acting(context.AuditContext(actor=ALICE, address="203.0.113.9")):
        entry = AuditLogger().record(Action.LOGIN)
    Sealer().seal()
    before = AuditLog.objects.get().canonical_values()
    assert PersonalData().erase(ALICE)
    assert PersonalData().open(ALICE, entry.id, bytes(entry.personal or b"")) is None
    assert AuditLog.objects.get().canonical_values() == before
    assert not SubjectKey.objects.filter(subject=ALICE).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_the_key_of_one_subject_both_get_the_same() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: SQLite has one writer, so nobody else makes a key meanwhile")

    def second() -> bytes:
        try:
            return bytes(SubjectKey.objects.of(ALICE, "dev", b"second").wrapped)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            SubjectKey.objects.of(ALICE, "dev", b"first")
            other = pool.submit(second)
            until_somebody_waits_for_a_lock()
        assert other.result(60) == b"first"
    assert bytes(SubjectKey.objects.of(ALICE, "dev", b"third").wrapped) == b"first"


def test_the_models_refuse_every_change() -> None:
    entry = AuditLogger().record(Action.LOGIN)
    with pytest.raises(Immutable):
        entry.save()
    with pytest.raises(Immutable):
        entry.delete()
    with pytest.raises(Immutable):
        AuditLog.objects.update(actor="nobody")
    with pytest.raises(Immutable):
        AuditLog.objects.all().delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditlog SET actor = 'nobody'",
        "DELETE FROM audit_auditlog",
        "UPDATE audit_seal SET position = 99",
        "DELETE FROM audit_seal",
        "UPDATE audit_unsealed SET entry_id = gen_random_uuid()",
        "DELETE FROM audit_unsealed",
        "UPDATE audit_checkpoint SET size = 9",
        "DELETE FROM audit_checkpoint",
    ],
)
def test_postgresql_refuses_every_change_too(statement: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the trigger is PostgreSQL's: run with scripts/with-servers")
    AuditLogger().record(Action.LOGIN)
    Sealer().seal()
    AuditLogger().record(Action.LOGIN)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert not AuditLog.objects.filter(actor="nobody").exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_writers_and_sealers_neither_fork_nor_lose() -> None:
    errors: list[Exception] = []

    def work(job: int) -> None:
        try:
            for _ in range(20):
                if job % 4 == 0:
                    Sealer(batch_size=7).seal()
                else:
                    AuditLogger().record(Action.LOGIN, details={"count": job})
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(job,)) for job in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    Sealer().seal_all()
    assert errors == []
    positions = list(Seal.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, 121))
    sizes = list(Checkpoint.objects.order_by("number").values_list("first", "size"))
    assert [first for first, _ in sizes] == [1] + [size + 1 for _, size in sizes[:-1]]
