"""Whatever is done to a sealed trail is found, and named for what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from audit.actions import Action
from audit.chain import CheckpointBody
from audit.logger import AuditLogger
from audit.models import AuditLog, Checkpoint
from audit.retention import NotToBeCut, cut
from audit.sealer import Sealer
from audit.stored import verify_stored
from audit.verification import Break

pytestmark = pytest.mark.django_db
BATCH, BATCHES = 5, 3


@pytest.fixture
def trail() -> None:
    for number in range(BATCH * BATCHES):
        AuditLogger().record(Action.LOGIN, details={"count": number})
    assert Sealer(batch_size=BATCH).seal_all() == BATCHES


def tamper(*statements: str) -> None:
    """What the database's owner can do: switch the guard off and write."""
    with connection.cursor() as cursor:
        tables = ("audit_auditlog", "audit_seal", "audit_unsealed", "audit_checkpoint")
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def entries(condition: str) -> str:
    """The entries whose seal fits the condition: `entries("position > 3")`."""
    return f"id IN (SELECT entry_id FROM audit_seal WHERE {condition})"


def removal(condition: str) -> tuple[str, str]:
    """Deletes entries with their seals."""
    return f"DELETE FROM audit_auditlog WHERE {entries(condition)}", f"DELETE FROM audit_seal WHERE {condition}"


def move(old: int, new: int) -> str:
    return f"UPDATE audit_seal SET position = {new} WHERE position = {old}"


def insert_copy(position: int) -> None:
    """A new entry, with the seal of the one at `position` copied to position 999."""
    AuditLogger().record(Action.LOGIN)
    tamper(
        "INSERT INTO audit_seal (position, entry_id, link, chain_key)"
        " SELECT 999, u.entry_id, s.link, s.chain_key FROM audit_unsealed u, audit_seal s"
        f" WHERE s.position = {position}",
        "DELETE FROM audit_unsealed",
    )


def test_a_sound_trail_is_not_accused(trail: None) -> None:
    verdict = verify_stored()
    assert (verdict.finding, verdict.entries, verdict.checkpoints) == (None, 15, 3)
    assert verify_stored(since=2).entries == BATCH


@pytest.mark.parametrize("position", [1, 4, 5, 6, 15])
@pytest.mark.parametrize("change", ["actor = 'user:x'", "details = '{}'", "outcome = 'failed'", "actor = 'ünï\x7f'"])
def test_an_edit_is_found(trail: None, position: int, change: str) -> None:
    tamper(f"UPDATE audit_auditlog SET {change} WHERE {entries(f'position = {position}')}")
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.EDITED, position)


@pytest.mark.parametrize("position", [1, 4, 5, 6, 15])
@pytest.mark.parametrize("change", ["link = 'ab'", "chain_key = 'no'"])
def test_an_edited_seal_is_found(trail: None, position: int, change: str) -> None:
    tamper(f"UPDATE audit_seal SET {change} WHERE position = {position}")
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.EDITED, position)


@pytest.mark.parametrize("position", [1, 5, 8])
@pytest.mark.parametrize("gone", [slice(0, 1), slice(1, 2), slice(0, 2)], ids=["entry", "seal", "both"])
def test_a_deletion_is_found(trail: None, position: int, gone: slice) -> None:
    tamper(*removal(f"position = {position}")[gone])
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.DELETED, position)


def test_a_deletion_that_closes_the_gap_is_found(trail: None) -> None:
    tamper(
        *removal("position = 7"),
        *(move(each, each - 1) for each in range(8, 16)),
    )
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.DELETED, 7)


@pytest.mark.parametrize(("one", "other"), [(2, 3), (2, 5), (6, 7), (9, 10)])
def test_a_swap_is_found(trail: None, one: int, other: int) -> None:
    tamper(move(one, 1000), move(other, one), move(1000, other))
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.REORDERED, one)


def test_an_insertion_in_the_middle_is_found(trail: None) -> None:
    insert_copy(7)
    tamper(*(move(each, each + 1) for each in range(15, 7, -1)), move(999, 8))
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.INSERTED, 8)


def test_an_insertion_at_the_end_is_found(trail: None) -> None:
    insert_copy(15)
    tamper(move(999, 16))
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.INSERTED, 16)


def test_a_cut_tail_is_found_by_the_checkpoints_and_by_an_anchor(trail: None) -> None:
    anchor = Checkpoint.objects.get(number=3).body()
    tamper(*removal("position > 13"))
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.position) == (Break.TRUNCATED, 14)
    tamper(*removal("position > 10"), "DELETE FROM audit_checkpoint WHERE number > 2")
    assert verify_stored().finding is None, "nothing inside the database can tell; that is what anchors are for"
    finding = verify_stored(anchor=anchor).finding
    assert finding is not None
    assert finding.kind == Break.TRUNCATED


def test_another_history_than_the_kept_one_is_a_fork(trail: None) -> None:
    kept = Checkpoint.objects.get(number=3).body()
    tamper(*removal("position > 10"), "DELETE FROM audit_checkpoint WHERE number > 2")
    AuditLogger().record(Action.LOGOUT)
    Sealer().seal()
    finding = verify_stored(anchor=kept).finding
    assert finding is not None
    assert finding.kind == Break.FORKED


@pytest.mark.parametrize(
    "change", ["signature = '00'", "signature = 'no hex'", "root = 'ab'", "size = 4", "key_id = 'x'"]
)
def test_a_changed_checkpoint_is_found(trail: None, change: str) -> None:
    tamper(f"UPDATE audit_checkpoint SET {change} WHERE number = 1")
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.checkpoint) == (Break.CHECKPOINT, 1)


def test_a_missing_checkpoint_is_found(trail: None) -> None:
    tamper("DELETE FROM audit_checkpoint WHERE number = 2")
    finding = verify_stored().finding
    assert finding is not None
    assert (finding.kind, finding.checkpoint) == (Break.CHECKPOINT, 3)


def test_an_entry_that_waits_too_long_for_its_seal_is_named(trail: None) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1), tick=False):
        AuditLogger().record(Action.LOGIN)
    finding = verify_stored().finding
    assert finding is not None
    assert finding.kind == Break.UNSEALED


def test_an_entry_that_went_while_it_waited_is_found(trail: None) -> None:
    AuditLogger().record(Action.LOGIN)
    tamper("DELETE FROM audit_auditlog WHERE id IN (SELECT entry_id FROM audit_unsealed)")
    finding = verify_stored().finding
    assert finding is not None
    assert finding.kind == Break.DELETED
    assert Sealer().seal() is None


@pytest.mark.parametrize("since", [None, 3])
def test_an_entry_that_was_written_beside_the_queue_is_found(trail: None, since: int | None) -> None:
    AuditLogger().record(Action.LOGIN)
    tamper("DELETE FROM audit_unsealed")
    finding = verify_stored(since=since).finding
    assert finding is not None
    assert finding.kind == Break.INSERTED


def test_retention_cuts_a_prefix_and_the_rest_still_verifies(trail: None) -> None:
    later = datetime.now(UTC) + timedelta(days=500)
    assert cut(now=later) == 15
    Sealer().seal_all()
    assert AuditLog.objects.count() == 1
    assert Checkpoint.objects.count() == 2
    verdict = verify_stored()
    assert (verdict.finding, verdict.entries) == (None, 1)


def test_a_prefix_that_somebody_else_cut_is_found(trail: None) -> None:
    tamper(*removal("position <= 5"), "DELETE FROM audit_checkpoint WHERE number < 1")
    tamper(*removal("position <= 10"), "DELETE FROM audit_checkpoint WHERE number < 2")
    finding = verify_stored().finding
    assert finding is not None
    assert finding.kind == Break.DELETED


def test_a_time_that_was_set_back_does_not_have_retention_cut_the_rest(trail: None) -> None:
    tamper("UPDATE audit_checkpoint SET time = '2001-01-01 00:00:00+00:00' WHERE number = 3")
    with pytest.raises(NotToBeCut, match="checkpoint 3"):
        cut()
    with pytest.raises(CommandError, match="checkpoint 3"):
        call_command("purge_audit_trail")
    assert AuditLog.objects.count() == 15


def test_an_anchor_of_before_the_cut_is_accepted_and_of_before_another_cut_is_not(trail: None) -> None:
    anchor = Checkpoint.objects.get(number=1).body()
    cut(now=datetime.now(UTC) + timedelta(days=500))
    Sealer().seal_all()
    assert verify_stored(anchor=anchor, since=3).finding is None
    tamper(*removal("position <= 16"), "DELETE FROM audit_checkpoint WHERE number < 4")
    finding = verify_stored(anchor=anchor, since=4).finding
    assert finding is not None
    assert finding.kind == Break.DELETED


@pytest.mark.parametrize("details", ["[]", "5", '"x"', "null", "no json", "[" * 50_000])
def test_whatever_stands_where_a_cut_is_told_of_is_a_break_and_no_crash(trail: None, details: str) -> None:
    cut(now=datetime.now(UTC) + timedelta(days=500))
    Sealer().seal_all()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_auditlog DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditlog SET details = %s", [details])
    assert verify_stored().finding is not None


def test_checkpoints_follow_each_other_even_when_the_clock_is_set_back(
    trail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) - timedelta(hours=1)

    monkeypatch.setattr("audit.sealer.datetime", Earlier)
    AuditLogger().record(Action.LOGIN)
    Sealer().seal()
    times = list(Checkpoint.objects.order_by("number").values_list("time", flat=True))
    assert times == sorted(times)
    assert verify_stored().finding is None


def test_a_checkpoint_row_gives_back_the_body_that_was_signed(trail: None) -> None:
    for row in Checkpoint.objects.all():
        body = row.body()
        assert isinstance(body, CheckpointBody)
        assert Checkpoint.of(body, bytes.fromhex(row.signature)).body() == body
