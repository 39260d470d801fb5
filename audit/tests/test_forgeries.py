"""Nobody invents an entry, or changes one before its seal: not even who owns the database."""

from __future__ import annotations

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from audit import context
from audit.actions import Action
from audit.chain import entry_mac, link
from audit.keys import TrailKeys
from audit.logger import AuditLogger
from audit.models import AuditLog, Seal, Unsealed
from audit.personal import PersonalData
from audit.sealer import Sealer
from audit.stored import verify_stored
from audit.tests.test_verification import removal, tamper
from audit.verification import Break

pytestmark = pytest.mark.django_db


def forge(**values: object) -> AuditLog:
    """What an INSERT by hand leaves: everything but a MAC, which needs our keys."""
    columns = {"action": "role.assigned", "outcome": "success", "actor": "system", **values}
    return AuditLog.objects.create(**columns)


def broken() -> Break | None:
    finding = verify_stored().finding
    return finding.kind if finding else None


def test_an_entry_that_nobody_recorded_gets_no_seal_and_keeps_no_other_waiting() -> None:
    forged = [forge() for _ in range(5)]
    ours = AuditLogger().record(Action.LOGIN)
    for _ in range(2):
        Sealer(batch_size=2).seal_all()
    assert list(Seal.objects.values_list("entry_id", flat=True)) == [ours.pk]
    assert set(Unsealed.objects.values_list("entry_id", flat=True)) == {each.pk for each in forged}
    assert broken() == Break.INSERTED
    AuditLogger().record(Action.LOGOUT)
    Sealer(batch_size=2).seal_all()
    assert Seal.objects.count() == 2


@pytest.mark.parametrize("mac", [b"", b"x", bytes(32)])
def test_a_mac_that_is_not_ours_is_none(mac: bytes) -> None:
    forge(mac=mac)
    Sealer().seal_all()
    assert not Seal.objects.exists()
    assert broken() == Break.EDITED


def test_the_mac_of_another_entry_and_a_hash_under_the_chain_key_itself_are_none() -> None:
    ours = AuditLogger().record(Action.LOGIN)
    forge(mac=ours.mac)
    other = forge()
    key = TrailKeys().chain[TrailKeys().chain_key_id]
    tamper(f"UPDATE audit_auditlog SET mac = {_hex(link(key, b'', 0, b''))} WHERE id = '{_stored(other.pk)}'")
    Sealer().seal_all()
    assert Seal.objects.get().entry_id == ours.pk


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'failed'",
        "actor = 'user:x'",
        "details = '{}'",
        "schema_version = 2",
        "personal = NULL",
        "target = ''",
    ],
)
def test_an_entry_that_was_changed_before_its_seal_gets_none(change: str) -> None:
    AuditLogger().record(Action.LOGIN, target="user:a", details={"count": 1})
    tamper(f"UPDATE audit_auditlog SET {change}, subject = 'day:x'")
    Sealer().seal_all()
    assert not Seal.objects.exists()
    assert broken() == Break.EDITED


def test_a_cut_cannot_be_justified_by_an_entry_that_was_written_for_it() -> None:
    for _ in range(2):
        AuditLogger().record(Action.LOGIN)
        Sealer().seal()
    forge(action=Action.AUDIT_RETENTION_CUT, details='{"count":1,"first_position":1,"last_position":1}')
    Sealer().seal_all()
    tamper(*removal("position <= 1"))
    assert broken() == Break.DELETED
    tamper("DELETE FROM audit_checkpoint WHERE number < 1")
    assert broken() == Break.DELETED


def test_an_operator_vouches_for_entries_and_the_trail_tells_so(capsys: pytest.CaptureFixture[str]) -> None:
    forged = forge()
    with pytest.raises(CommandError, match="not waiting"):
        call_command("seal_audit_trail", "--accept", str(forged.pk), str(uuid.uuid4()))
    assert not Seal.objects.exists()
    call_command("seal_audit_trail", "--accept", str(forged.pk))
    assert capsys.readouterr().out == "1 entries accepted\n"
    assert broken() is None
    told = AuditLog.objects.get(action=Action.AUDIT_ENTRIES_ACCEPTED)
    assert str(forged.pk) in told.details
    assert Seal.objects.filter(entry_id__in=[forged.pk, told.pk]).count() == 2


def test_whoever_recorded_under_an_earlier_key_of_the_ring_is_believed() -> None:
    before = AuditLogger(keys=TrailKeys(chain={"old": b"o" * 32})).record(Action.LOGIN)
    assert Sealer().seal() is None, "not under a key that is not in the ring"
    ring = TrailKeys(chain={"new": b"n" * 32, "old": b"o" * 32})
    assert Sealer(keys=ring).seal() is not None
    assert Seal.objects.get().entry_id == before.pk
    assert entry_mac(b"n" * 32, before.canonical_bytes()) != before.mac


def test_the_upgrade_vouches_for_what_waits() -> None:
    waiting = forge()
    migration = import_module("audit.migrations.0014_entries_with_a_mac")
    migration.vouch(apps, connection.SchemaEditorClass(connection))
    Sealer().seal_all()
    assert Seal.objects.get().entry_id == waiting.pk
    with pytest.raises(Exception, match="append-only"):
        AuditLog.objects.update(actor="x")


def _hex(value: bytes) -> str:
    return f"'\\x{value.hex()}'" if connection.vendor == "postgresql" else f"X'{value.hex()}'"


def _stored(key: uuid.UUID) -> str:
    return str(key) if connection.vendor == "postgresql" else key.hex


@pytest.fixture
def personal() -> list[str]:
    """A trail of three subjects: two people and a day's stranger."""
    subjects = ["user:alice", "user:bob", ""]
    for actor in subjects:
        with context.acting(context.AuditContext(actor=actor or "anonymous", address="203.0.113.9")):
            AuditLogger().record(Action.LOGIN)
    Sealer().seal_all()
    assert broken() is None
    return [f"subject = '{each.subject}'" for each in AuditLog.objects.order_by("seal__position")]


@pytest.mark.parametrize("whose", [0, 1, 2])
def test_a_key_that_was_destroyed_without_an_erasure_is_found(personal: list[str], whose: int) -> None:
    tamper(f"DELETE FROM audit_subjectkey WHERE {personal[whose]}")
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.detail[:10]) == (Break.DELETED, "the key of")


def test_an_erasure_of_one_does_not_excuse_another(personal: list[str]) -> None:
    AuditLogger().record(Action.ACCOUNT_ERASED, target="user:alice")
    tamper(f"DELETE FROM audit_subjectkey WHERE {personal[0]}")
    Sealer().seal_all()
    assert broken() is None
    tamper(f"DELETE FROM audit_subjectkey WHERE {personal[1]}")
    assert broken() == Break.DELETED


def test_keys_that_traded_places_or_do_not_open_are_found(personal: list[str]) -> None:
    of = "(SELECT wrapped FROM audit_subjectkey WHERE {})"
    tamper(f"UPDATE audit_subjectkey SET wrapped = {of.format(personal[1])} WHERE {personal[0]}")
    assert broken() == Break.EDITED
    tamper(f"DELETE FROM audit_subjectkey WHERE {personal[0]}")
    PersonalData().erase("user:alice")  # also what this process remembers
    with context.acting(context.AuditContext(actor="user:alice", address="203.0.113.9")):
        AuditLogger().record(Action.LOGOUT)
    assert broken() == Break.EDITED, "a key that was made anew opens what is new"


def test_a_key_whose_own_key_is_in_no_ring_is_found(personal: list[str]) -> None:
    tamper(f"UPDATE audit_subjectkey SET key_id = 'no' WHERE {personal[2]}")
    assert broken() == Break.EDITED
