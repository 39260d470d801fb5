"""Staff find people in the console, see them masked, reveal and act with a reason, and undo."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthSession, KnownDevice, User
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.session import SessionManager
from accounts.testing.personas import _person
from adminpanel.admin.users import UserAdmin
from adminpanel.tests.conftest import BrowserAs, browser_of, with_role, without_ids
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
REASON = {"reason": "ticket 4711"}
LIST = "/admin/accounts/user/"
LOCKOUTS = "/admin/accounts/lockoutcounter/"


def page_of(user: User, act: str = "") -> str:
    return f"{LIST}{user.pk}/{act}{'/' if act else ''}"


def entries(action: str) -> list[AuditLog]:
    return list(AuditLog.objects.filter(action=action, outcome="success"))


@pytest.fixture
def alice(alice: User) -> User:
    alice.name, alice.phone = "Alice Liddell", "+41446681800"
    alice.save()
    return alice


@pytest.fixture
def security(browser_as: BrowserAs) -> Client:
    return browser_as("security")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("who", ["ALICE@Example.org", "+41 44 668 18 00", "id"])
def test_people_are_found_by_exactly_what_identifies_them(security: Client, alice: User, who: str) -> None:
    given = str(alice.pk) if who == "id" else who
    answer = security.post(f"{LIST}find/", {"who": given})
    assert answer.headers["Location"] == page_of(alice)


@pytest.mark.parametrize("who", ["", "alic@example.org", "+41446681801", "Alice", "\x00"])
def test_whoever_is_not_there_is_not_found(security: Client, alice: User, who: str) -> None:
    assert "No account has exactly this" in text_of(security.post(f"{LIST}find/", {"who": who}, follow=True))


def test_lists_and_pages_show_nothing_personal_in_clear(security: Client, alice: User) -> None:
    SessionManager().start(alice, ["pwd"])
    for path in (LIST, page_of(alice), page_of(alice, "suspend")):
        shown = text_of(security.get(path))
        assert "alice@" not in shown
        assert "Liddell" not in shown
        assert "1800" not in without_ids(shown)


def test_revealing_needs_a_reason_and_stands_in_the_trail_before_anything_shows(security: Client, alice: User) -> None:
    assert security.post(page_of(alice, "reveal"), {"reason": "ask bob@example.org"}).status_code == 400
    assert entries("privacy.personal_data_revealed") == []
    shown = text_of(security.post(page_of(alice, "reveal"), REASON, follow=True))
    assert "alice@example.org" in shown
    assert "Alice Liddell" in shown
    assert json.loads(entries("privacy.personal_data_revealed")[0].details)["reason"] == "ticket 4711"


def test_what_is_revealed_is_masked_again_later_and_for_everybody_else(
    security: Client, browser_as: BrowserAs, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adminpanel.console.reveal.SECONDS", -1)
    assert "alice@example.org" not in text_of(security.post(page_of(alice, "reveal"), REASON, follow=True))
    monkeypatch.undo()
    security.post(page_of(alice, "reveal"), REASON)
    assert "alice@example.org" not in text_of(browser_as("support").get(page_of(alice)))


def test_suspending_previews_the_rows_then_does_it_and_offers_the_way_back(security: Client, alice: User) -> None:
    session = SessionManager().start(alice, ["pwd"]).session
    preview = text_of(security.get(page_of(alice, "suspend")))
    assert str(session) in preview
    assert "This can be undone" in preview
    assert User.objects.get(pk=alice.pk).is_active
    done = text_of(security.post(page_of(alice, "suspend"), REASON, follow=True))
    assert page_of(alice, "reinstate") in done
    assert not User.objects.get(pk=alice.pk).is_active
    assert AuthSession.objects.get(pk=session).ended_at is not None
    security.post(page_of(alice, "reinstate"), REASON)
    assert User.objects.get(pk=alice.pk).is_active
    assert len(entries("account.suspended")) == len(entries("account.reinstated")) == 1


def test_an_act_without_a_reason_does_nothing(security: Client, alice: User) -> None:
    for reason in ("", "ab", "x" * 201, "gr\u00fcezi"):
        assert security.post(page_of(alice, "suspend"), {"reason": reason}).status_code == 400
    assert User.objects.get(pk=alice.pk).is_active


def test_nobody_acts_on_themselves_or_on_somebody_with_more_rights(security: Client, alice: User) -> None:
    owner = with_role(alice, "owner")
    assert security.post(page_of(owner, "suspend"), REASON).status_code == 403
    assert browser_of(owner).post(page_of(owner, "suspend"), REASON).status_code == 403
    assert User.objects.get(pk=owner.pk).is_active
    assert AuditLog.objects.filter(action="access.denied", target=f"user:{owner.pk}").count() == 2


def test_one_session_is_ended_from_its_page(security: Client, alice: User) -> None:
    first, second = (SessionManager().start(alice, ["pwd"]).session for _ in range(2))
    security.post(f"/admin/accounts/authsession/{first}/end/", REASON)
    live = AuthSession.objects.filter(user=alice, ended_at__isnull=True).values_list("pk", flat=True)
    assert list(live) == [second]
    again = security.post(f"/admin/accounts/authsession/{first}/end/", REASON)
    assert again.status_code == 409


@pytest.mark.parametrize("query", ["", "?state=suspended", "?role=owner", "?state=staff&role=support"])
def test_a_list_asks_the_same_few_queries_whatever_the_page_size(
    security: Client, alice: User, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for number in range(3):
        with_role(_person(f"more-{number}"), "support")
    found = []
    for size in (1, 100):
        monkeypatch.setattr(UserAdmin, "list_per_page", size)
        with CaptureQueriesContext(connection) as queries:
            assert security.get(LIST + query).status_code == 200
        found.append(len(queries))
    assert found[0] == found[1] <= 8


def test_a_lockout_is_found_by_its_address_and_lifted_from_its_page(browser_as: BrowserAs) -> None:
    lockout = AccountLockoutService()
    lockout.charge(lockout.address("203.0.113.7"))
    support = browser_as("support")
    page = support.post(f"{LOCKOUTS}find/", {"address": "203.0.113.7"}).headers["Location"]
    assert "a network address, over all accounts" in support.get(page).content.decode()
    assert support.post(f"{page}lift/", {}).status_code == 400
    assert support.post(f"{page}lift/", {"reason": "ticket 1"}).headers["Location"] == LOCKOUTS
    assert support.get(page).status_code == 404
    told = support.post(f"{LOCKOUTS}find/", {"address": "203.0.113.7"}, follow=True).content.decode()
    assert "it keeps nobody out" in told
    told = support.post(f"{LOCKOUTS}find/", {"address": "the office"}, follow=True).content.decode()
    assert "This is no IP address." in told


def test_the_page_of_an_account_leads_to_the_lockouts_of_its_devices(alice: User, browser_as: BrowserAs) -> None:
    device = KnownDevice.objects.create(user=alice, fingerprint="0" * 64)
    lockout = AccountLockoutService()
    subject = lockout.device(device.pk, Factor.PASSWORD)
    lockout.charge(subject)
    page = browser_as("support").get(f"/admin/accounts/user/{alice.pk}/").content.decode()
    assert f"/admin/accounts/lockoutcounter/{subject.key}/" in page
