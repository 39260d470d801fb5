"""The trail in the console: filtered, verified, exported, read-only, and every look at it recorded."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.test import Client

from accounts.models import User
from adminpanel.tests.conftest import BrowserAs
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from audit.models import AuditLog
from audit.sealer import Sealer

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/auditlog/"


@pytest.fixture
def auditor(browser_as: BrowserAs) -> Client:
    return browser_as("auditor")


@pytest.fixture
def entries(alice: User) -> list[AuditLog]:
    log = AuditLogger()
    return [
        log.record(Action.LOGIN, actor=alice, target=alice),
        log.record(Action.LOGIN, Outcome.REFUSED, target=alice),
        log.record(Action.ROLE_ASSIGNED, target=alice, details={"role": "support"}),
    ]


def shown(browser: Client, query: str) -> int:
    """How many entries the list has."""
    return browser.get(LIST + query).content.decode().count('<th class="field-occurred_at')


def test_filters_find_exactly_what_they_say(auditor: Client, entries: list[AuditLog], alice: User) -> None:
    assert shown(auditor, f"?target=user:{alice.pk}&action=authentication.login") == 2
    assert shown(auditor, f"?target=user:{alice.pk}&action=authentication.login&outcome=refused") == 1
    assert shown(auditor, f"?actor=user:{alice.pk}&action=authentication.login") == 1
    today = f"{entries[0].occurred_at:%Y-%m-%d}"
    assert shown(auditor, f"?target=user:{alice.pk}&action=role.assigned&since={today}&until={today}") == 1
    assert shown(auditor, "?action=role.assigned&until=2020-01-01") == 0


@pytest.mark.parametrize("query", ["?since=yesterday", "?actor=a@b", "?action=nothing", "?outcome=maybe"])
def test_a_filter_that_is_none_is_named_on_the_page(auditor: Client, query: str) -> None:
    assert 'class="errorlist"' in auditor.get(LIST + query).content.decode()


def test_every_look_is_an_entry_with_its_filters(auditor: Client, entries: list[AuditLog]) -> None:
    auditor.get(f"{LIST}?action=role.assigned")
    auditor.get(f"{LIST}{entries[2].pk}/")
    reads = [json.loads(each.details) for each in AuditLog.objects.filter(action="audit.read").order_by("id")]
    assert [(each["filters"], each["count"]) for each in reads] == [(["action=role.assigned"], 1), ([], 1)]


def test_the_chain_is_verified_from_its_page(auditor: Client, entries: list[AuditLog]) -> None:
    Sealer().seal()
    page = auditor.post(f"{LIST}chain/verify/", follow=True).content.decode()
    assert "The chain holds" in page
    assert AuditLog.objects.filter(action="audit.verified", outcome="success").count() == 1


def test_an_export_is_a_zip_with_proofs_and_is_recorded(auditor: Client, entries: list[AuditLog]) -> None:
    Sealer().seal()
    answer = auditor.post(f"{LIST}export/", {"format": "ndjson"})
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert any(name.endswith(".ndjson") for name in archive.namelist())
    assert AuditLog.objects.filter(action="audit.exported").count() == 1


def test_nothing_is_changed_or_deleted_there(browser_as: BrowserAs, entries: list[AuditLog]) -> None:
    owner = browser_as("owner")
    for path in (f"{entries[0].pk}/delete/", f"{entries[0].pk}/change/", "add/"):
        assert owner.post(LIST + path).status_code == 404
    owner.post(LIST, {"action": "delete_selected", "_selected_action": [str(entries[0].pk)], "post": "yes"})
    assert AuditLog.objects.filter(pk=entries[0].pk).exists()
