"""An export proves itself to somebody who has neither the database nor a secret."""

from __future__ import annotations

import csv
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from hypothesis import given, strategies

from audit import offline_verifier
from audit.actions import Action, Outcome
from audit.chain import inclusion_proof, leaf_hash, link, merkle_root, root_from_proof
from audit.export import export
from audit.keys import TrailKeys
from audit.logger import AuditLogger
from audit.sealer import Sealer


def check(folder: Path, *keys: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), str(folder), *keys],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def sealed(db: None) -> None:
    for day in (1, 2, 3):
        with time_machine.travel(datetime(2026, 11, day, tzinfo=UTC)):
            for number in range(5):
                AuditLogger().record(Action.LOGIN, Outcome.REFUSED, details={"count": number})
            Sealer().seal()


def test_an_export_is_proven_offline_and_a_forgery_is_not(sealed: None, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    since = datetime(2026, 11, 2, tzinfo=UTC)
    done = export(folder, since=since)
    assert (done.entries, done.checkpoints) == (10, 2)
    trusted = [f"{key_id}={value}" for key_id, value in TrailKeys().public_keys_hex().items()]
    assert check(folder, *trusted)[0] == 0
    assert check(folder, f"dev={'ab' * 32}")[0] == 1
    entries = folder / "entries.ndjson"
    entries.write_text(entries.read_text().replace("refused", "success", 1))
    code, said = check(folder, *trusted)
    assert code == 1
    assert "position 6" in said
    entries.unlink()
    assert check(folder)[0] == 2


def _rewritten(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))


def _swapped(lines: list[str]) -> list[str]:
    """The first two entries with each other's position."""
    first, second = json.loads(lines[0]), json.loads(lines[1])
    first["position"], second["position"] = second["position"], first["position"]
    return [json.dumps(second), json.dumps(first), *lines[2:]]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("entries.ndjson", _swapped, "sealed at another position"),
        ("entries.ndjson", lambda lines: lines[:1] + lines, "twice"),
        ("entries.ndjson", lambda lines: lines[1:], "entries.ndjson is not what was exported"),
        ("entries.ndjson", lambda lines: [], "entries.ndjson is not what was exported"),
        ("checkpoints.ndjson", lambda lines: lines[1:], "its checkpoint is not signed"),
        ("entries.csv", lambda lines: [*lines[:-1], lines[-1].replace("refused", "success")], "entries.csv is not"),
        (
            "manifest.json",
            lambda lines: [lines[0].replace('"entries":15', '"entries":14')],
            "manifest.json is not signed",
        ),
    ],
)
def test_no_line_moves_or_goes_unseen(
    sealed: None, tmp_path: Path, name: str, change: Callable[[list[str]], list[str]], said: str
) -> None:
    folder = tmp_path / "export"
    export(folder, form="csv")
    assert check(folder) == (0, "Everything is proven.\n")
    _rewritten(folder / name, change)
    code, text = check(folder)
    assert code == 1
    assert said in text


def test_a_swap_is_seen_even_by_who_leaves_the_manifest_out_of_account(sealed: None, tmp_path: Path) -> None:
    export(tmp_path / "export")
    _rewritten(tmp_path / "export" / "entries.ndjson", _swapped)
    complaints = offline_verifier.verify(tmp_path / "export", TrailKeys().public_keys_hex())
    assert [each for each in complaints if "position 1:" in each or "position 2:" in each] == [
        "position 1: it was sealed at another position",
        "position 2: it was sealed at another position",
    ]


@pytest.mark.parametrize("name", ["manifest.json", "entries.ndjson", "checkpoints.ndjson", "public_keys.json"])
@pytest.mark.parametrize("content", ["", "[]", "5", "[" * 50_000, '{"a":1}', '{"number":[]}', "\0"])
def test_a_hostile_file_is_not_proven_and_no_crash(
    sealed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    export(tmp_path / "export")
    (tmp_path / "export" / name).write_text(content)
    assert offline_verifier.main([str(tmp_path / "export")]) in (1, 2)
    assert capsys.readouterr().out


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(db: None, tmp_path: Path, start: str) -> None:
    AuditLogger().record(Action.LOGIN, target=f"{start}cmd|' /C calc'!A0")
    Sealer().seal()
    export(tmp_path / "csv", form="csv")
    with (tmp_path / "csv" / "entries.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["target"] == f"'{start}cmd|' /C calc'!A0"


def test_csv_and_ocsf_say_the_same_entries(sealed: None, tmp_path: Path) -> None:
    export(tmp_path / "csv", form="csv")
    rows = list(csv.DictReader((tmp_path / "csv" / "entries.csv").read_text().splitlines()))
    assert len(rows) == 15
    assert rows[0]["action"] == "authentication.login"
    export(tmp_path / "ocsf", form="ocsf")
    events = [json.loads(line) for line in (tmp_path / "ocsf" / "entries.ocsf.ndjson").read_text().splitlines()]
    assert len(events) == 15
    assert {(event["class_uid"], event["type_uid"], event["status_id"]) for event in events} == {(3002, 300201, 2)}


def test_the_command_refuses_a_folder_with_something_in_it(sealed: None, tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_audit", str(tmp_path))
    with pytest.raises(CommandError, match="ends before it begins"):
        call_command("export_audit", str(tmp_path / "new"), "--since", "2026-12-01", "--until", "2026-11-01")


@given(strategies.integers(1, 200), strategies.data())
def test_every_leaf_of_every_tree_has_a_proof_and_no_other_leaf_fits_it(size: int, data: strategies.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    index = data.draw(strategies.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert root_from_proof(leaves[index], proof) == merkle_root(leaves)
    assert root_from_proof(leaf_hash(b"other"), proof) != merkle_root(leaves)


@given(
    strategies.binary(max_size=100), strategies.binary(max_size=32), strategies.integers(0, 2**63), strategies.binary()
)
def test_a_link_is_an_hmac(key: bytes, previous: bytes, position: int, leaf: bytes) -> None:
    assert link(key, previous, position, leaf) == hmac.digest(
        key, previous + position.to_bytes(8, "big") + leaf, "sha256"
    )
