"""Any byte of any row or file: a change is found, and the sound trail is not accused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, assume, given, settings, strategies

from audit import context
from audit.actions import Action
from audit.file_verification import verify_files
from audit.files import DailyFiles
from audit.logger import AuditLogger
from audit.models import SEALED_FIELDS, AuditLog, Checkpoint
from audit.personal import PersonalData
from audit.sealer import Sealer
from audit.stored import verify_stored

pytestmark = pytest.mark.django_db
ALICE = "user:0b5e1b5c-7d0b-4a39-9a3c-5f5f8d9b2a11"
_SEAL_COLUMNS = ("position", "entry_id", "link", "chain_key")
_CHECKPOINT_COLUMNS = ("number", "first", "size", "root", "head", "time", "previous", "key_id", "signature")
_many = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def files(tmp_path: Path) -> DailyFiles:
    made = DailyFiles(directory=tmp_path / "audit")
    with context.acting(context.AuditContext(actor=ALICE, address="203.0.113.9", agent="Firefox", session="s")):
        for number in range(7):
            AuditLogger().record(Action.LOGIN, target="user:x", details={"count": number})
    Sealer(batch_size=3).seal_all()
    made.catch_up()
    assert verify_stored().finding is None
    assert verify_files(made) is None
    return made


@given(strategies.data())
@_many
def test_a_change_of_any_value_of_any_row_is_found(files: DailyFiles, data: strategies.DataObject) -> None:
    table, key, columns, count = data.draw(
        strategies.sampled_from(
            [
                ("audit_auditlog", "(SELECT position FROM audit_seal WHERE entry_id = id)", SEALED_FIELDS, 7),
                ("audit_seal", "position", _SEAL_COLUMNS, 7),
                ("audit_checkpoint", "number", _CHECKPOINT_COLUMNS, 3),
            ]
        )
    )
    row, column = data.draw(strategies.integers(1, count)), data.draw(strategies.sampled_from(columns))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [row])
        old = cursor.fetchone()[0]
        new = _mutated(old, data)
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [new, row])
        except DatabaseError:
            transaction.set_rollback(True)
            assume(False)  # the column itself refuses the value
        try:
            cursor.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [row])
            read_back = cursor.fetchone()
        except ValueError:  # SQLite holds what is no time at all
            read_back = None
        assume(read_back is None or read_back[0] != old)  # another spelling of the same time
        assert verify_stored().finding is not None, (table, row, column, old, new)
        transaction.set_rollback(True)


@given(strategies.data())
@_many
def test_a_change_of_any_byte_of_any_file_is_found(files: DailyFiles, data: strategies.DataObject) -> None:
    path = files.days()[0]
    content = bytearray(path.read_bytes())
    at = data.draw(strategies.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= data.draw(strategies.integers(1, 255))
    try:
        path.write_bytes(flipped)
        # the last line without its line end is a block that is still being written
        assume(flipped[-1:] == b"\n")
        finding = verify_files(files)
    finally:
        path.write_bytes(content)
    # JSON has several spellings of one value: only a change of what the file says must be found
    assert finding is not None or _same_meaning(bytes(flipped), bytes(content)), (at, flipped[at])


def test_a_signature_in_another_spelling_is_found(files: DailyFiles) -> None:
    path = files.days()[0]
    content = path.read_bytes()
    written = json.loads(content.splitlines()[-1])["signature"].encode()
    path.write_bytes(content.replace(written, written.upper()))
    assert verify_files(files) is not None


def test_after_an_erasure_no_table_and_no_file_gives_the_person_back(files: DailyFiles) -> None:
    entry = AuditLog.objects.order_by("seal__position")[0]
    AuditLogger().record(Action.ACCOUNT_ERASED, target=ALICE)
    PersonalData().erase(ALICE)
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("audit_")]
        dump = b""
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                dump += b"|".join(bytes(cell) if isinstance(cell, memoryview) else str(cell).encode() for cell in row)
    dump += b"".join(path.read_bytes() for path in files.directory.rglob("*") if path.is_file())
    assert b"203.0.113.9" not in dump
    assert b"Firefox" not in dump
    assert PersonalData().open(ALICE, entry.id, bytes(entry.personal or b"")) is None
    assert verify_stored().finding is None
    assert verify_files(files) is None
    assert Checkpoint.objects.count() == 3


def _mutated(old: Any, data: strategies.DataObject) -> Any:
    if isinstance(old, int):
        return old + data.draw(strategies.integers(-3, 3).filter(bool))
    if isinstance(old, (bytes, memoryview)):
        changed = bytearray(old)
        changed[data.draw(strategies.integers(0, len(changed) - 1))] ^= data.draw(strategies.integers(1, 255))
        return bytes(changed)
    text = str(old)
    if not text:
        return "x"
    at = data.draw(strategies.integers(0, len(text) - 1))
    return (
        text[:at]
        + data.draw(strategies.sampled_from("0123456789abcdefxyz").filter(lambda c: c != text[at]))
        + text[at + 1 :]
    )


def _same_meaning(one: bytes, other: bytes) -> bool:
    try:
        return [json.loads(line) for line in one.splitlines()] == [json.loads(line) for line in other.splitlines()]
    except ValueError:
        return False
