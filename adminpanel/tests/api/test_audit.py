"""The trail over HTTP: filtered, paged, recorded when read, verified, exported, and without personal data."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.testing.authenticator_app import SEED
from adminpanel.services.trail import Trail
from adminpanel.tests.conftest import SignedInAs, with_role
from audit import context
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from audit.models import AuditLog
from audit.sealer import Sealer
from audit.tests.test_verification import entries, tamper
from config.errors import DomainError, Kind

pytestmark = pytest.mark.django_db
READ = "/api/admin/audit"


def test_filters_find_exactly_their_entries(signed_in_as: SignedInAs, alice: User, bob: User) -> None:
    auditor = signed_in_as("auditor")
    with context.acting(context.AuditContext(request_id="req-1")):
        AuditLogger().record(Action.PASSWORD_CHANGED, actor=alice, target=alice)
    AuditLogger().record(Action.PASSWORD_CHANGED, Outcome.REFUSED, actor=alice, target=bob)
    for query, count in (
        ({"action": "password.changed"}, 2),
        ({"action": "password.changed", "outcome": "refused"}, 1),
        ({"actor": f"user:{alice.pk}"}, 2),
        ({"action": "password.changed", "target": f"user:{bob.pk}"}, 1),
        ({"request_id": "req-1"}, 1),
        ({"action": "password.changed", "since": "2999-01-01T00:00:00Z"}, 0),
        ({"action": "password.changed", "until": "2999-01-01T00:00:00Z"}, 2),
    ):
        assert len(auditor.get(READ, query).json()["results"]) == count, query


@pytest.mark.parametrize("query", ["action=nothing", "actor=alice@example.org", "since=yesterday", "colour=red"])
def test_a_filter_that_means_nothing_is_refused(signed_in_as: SignedInAs, query: str) -> None:
    assert signed_in_as("auditor").get(f"{READ}?{query}").status_code == 400


def test_reading_is_itself_recorded(signed_in_as: SignedInAs) -> None:
    auditor = signed_in_as("auditor")
    found = auditor.get(f"{READ}?action=authentication.login").json()["results"]
    auditor.get(f"{READ}/{found[0]['id']}")
    first, second = AuditLog.objects.filter(action="audit.read").order_by("id")
    assert json.loads(first.details) == {"count": 1, "filters": ["action=authentication.login"]}
    assert second.target == f"auditlog:{found[0]['id']}"


def test_an_auditor_sees_no_address_and_no_agent(signed_in_as: SignedInAs, alice: User) -> None:
    with context.acting(context.AuditContext(address="203.0.113.7", agent="Firefox of Alice")):
        entry = AuditLogger().record(Action.LOGIN, actor=alice)
    auditor = signed_in_as("auditor")
    for path in (READ, f"{READ}/{entry.pk}"):
        answer = auditor.get(path)
        assert str(entry.pk) in answer.content.decode()
        assert b"203.0.113.7" not in answer.content
        assert b"Firefox" not in answer.content
        assert b"personal" not in answer.content


def test_pages_lead_through_the_whole_trail_without_a_repetition(signed_in_as: SignedInAs, alice: User) -> None:
    for number in range(7):
        AuditLogger().record(Action.EMAIL_CHANGED, actor=alice, details={"count": number})
    auditor, seen = signed_in_as("auditor"), []
    query: dict[str, str | int] = {"action": "email.changed", "page_size": 3}
    while query.get("cursor", "") is not None:
        page = auditor.get(READ, query)
        seen += [each["details"]["count"] for each in page.json()["results"]]
        query["cursor"] = page.json()["next"]
    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_a_page_takes_few_queries_whatever_its_size(signed_in_as: SignedInAs) -> None:
    for _ in range(12):
        AuditLogger().record(Action.LOGOUT)
    auditor, counts = signed_in_as("auditor"), []
    auditor.get(READ)  # makes the key of the reader's personal data
    for size in (2, 12):
        with CaptureQueriesContext(connection) as captured:
            auditor.get(f"{READ}?page_size={size}")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_verification_finds_what_was_changed(signed_in_as: SignedInAs) -> None:
    auditor = signed_in_as("auditor")
    Sealer().seal_all()
    intact = auditor.get(f"{READ}/verify").json()
    assert (intact["intact"], intact["finding"], intact["since"]) == (True, None, None)
    assert intact["entries"] > 0
    tamper(f"UPDATE audit_auditlog SET outcome = 'failed' WHERE {entries('position = 1')}")
    broken = auditor.get(f"{READ}/verify").json()
    assert (broken["intact"], broken["finding"]["position"]) == (False, 1)
    assert set(AuditLog.objects.filter(action="audit.verified").values_list("outcome", flat=True)) == {
        "success", "failed"
    }  # fmt: skip


def test_verification_of_an_unknown_checkpoint_is_not_found(signed_in_as: SignedInAs) -> None:
    assert signed_in_as("auditor").get(f"{READ}/verify?since=99").status_code == 404


def test_a_long_trail_is_verified_from_a_recent_checkpoint(alice: User) -> None:
    for _ in range(4):
        AuditLogger().record(Action.LOGOUT)
        AuditLogger().record(Action.LOGOUT)
        Sealer().seal_all()
    trail = Trail(most_verified=3)
    recent = trail.verify()
    assert recent.since is not None
    assert recent.verdict.finding is None
    assert 0 < recent.verdict.entries <= 3
    with pytest.raises(DomainError) as caught:
        Trail(most_verified=1).verify(1)
    assert caught.value.kind is Kind.TOO_LARGE


def test_an_export_is_a_zip_that_proves_itself(signed_in_as: SignedInAs, tmp_path: Path) -> None:
    auditor = signed_in_as("auditor")
    with context.acting(context.AuditContext(address="203.0.113.7", agent="Firefox")):
        AuditLogger().record(Action.LOGOUT)
    Sealer().seal_all()
    answer = auditor.post(f"{READ}/exports", {"format": "csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "audit"
    assert subprocess.run([sys.executable, "-I", str(folder / "verify.py"), str(folder)], check=False).returncode == 0
    assert "203.0.113.7" not in "".join(each.read_text() for each in folder.iterdir())
    (entry,) = AuditLog.objects.filter(action="audit.exported")
    assert json.loads(entry.details)["format"] == "csv"


def test_an_export_of_nothing_and_one_of_too_much(signed_in_as: SignedInAs) -> None:
    auditor = signed_in_as("auditor")
    Sealer().seal_all()
    assert auditor.post(f"{READ}/exports", {"since": "2999-01-01T00:00:00Z"}).status_code == 200
    with pytest.raises(DomainError) as caught:
        Trail(most_exported=0).export(None, None, "ndjson")
    assert caught.value.kind is Kind.TOO_LARGE


@pytest.fixture
def siem(alice: User) -> APIClient:
    """A program with a key of an auditor's, whose account has a second factor."""
    seed = SEED
    TotpDevice.objects.create(user=alice, name="app", seed=seed)
    key = ApiKeyService().create(with_role(alice, "auditor"), "SIEM", [Scope.ADMIN_AUDIT_READ], [], 1)
    return APIClient(headers={"authorization": f"Api-Key {key.secret}"})


def test_a_siem_reads_the_trail_with_a_key_and_that_stands_in_the_trail(siem: APIClient, alice: User) -> None:
    assert siem.get("/api/admin/audit").status_code == 200
    assert siem.post("/api/admin/audit/exports", {}).headers["Content-Type"] == "application/zip"
    read = AuditLog.objects.get(action="audit.read")
    assert (read.actor, read.method) == (f"user:{alice.pk}", "api_key")


def test_such_a_key_is_worth_what_its_owner_may_do_now(siem: APIClient, alice: User) -> None:
    alice.groups.clear()
    assert siem.get("/api/admin/audit").json()["code"] == "permission_missing"


def test_such_a_key_needs_an_owner_with_a_second_factor(siem: APIClient) -> None:
    TotpDevice.objects.all().delete()
    assert siem.get("/api/admin/audit").json()["code"] == "second_factor_needed"


def test_a_key_without_the_scope_does_not_read_the_trail(siem: APIClient, alice: User) -> None:
    everything_else = [each for each in Scope if each is not Scope.ADMIN_AUDIT_READ]
    other = ApiKeyService().create(alice, "CI", everything_else, [], 1).secret
    answer = APIClient(headers={"authorization": f"Api-Key {other}"}).get("/api/admin/audit")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "admin:audit:read" in answer.json()["detail"]
