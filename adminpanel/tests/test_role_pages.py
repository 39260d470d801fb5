"""Owners make, change, give and take roles in the console, by the rules of the services."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Approval, Role, User
from adminpanel.tests.conftest import BrowserAs, browser_of, with_role

pytestmark = pytest.mark.django_db
ROLES = "/admin/accounts/role/"
WHY = {"reason": "ticket 4711"}


@pytest.fixture
def owner(browser_as: BrowserAs) -> Client:
    return browser_as("owner")


def made_role(owner: Client) -> Role:
    given = {"name": "desk", "permissions": ["accounts.view_user", "accounts.unlock_user"], **WHY}
    assert owner.post(f"{ROLES}new/", given).status_code == 302
    return Role.objects.get(group__name="desk")


def table_of(page: str) -> str:
    return page[page.index("Who loses what") : page.index("<form method=")]


def digest_of(page: str) -> str:
    found = re.search(r'name="confirmed" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def names(user: User) -> list[str]:
    return sorted(str(each) for each in Role.objects.of(user))


def test_roles_are_changed_and_set_back_by_the_link(owner: Client, alice: User) -> None:
    page = f"/admin/accounts/user/{alice.pk}/"
    with_role(alice, "support")
    answer = owner.post(f"{page}roles/", {"roles": ["auditor"], "reason": "ticket 1"}, follow=True)
    assert names(alice) == ["auditor"]
    assert f"{page}roles/?roles=support" in answer.content.decode()
    form = owner.get(f"{page}roles/?roles=support").content.decode()
    assert 'value="support" id="id_roles_4" checked' in form
    owner.post(f"{page}roles/", {"roles": ["support"], "reason": "undo"})
    assert names(alice) == ["support"]


def test_a_role_is_made_changed_and_deleted(owner: Client) -> None:
    given = {"name": "desk", "permissions": ["accounts.view_user"], "needs_mfa": "on", **WHY}
    assert owner.post(f"{ROLES}new/", given).status_code == 302
    role = Role.objects.get(group__name="desk")
    assert role.permissions == {"accounts.view_user"}
    page = f"{ROLES}{role.pk}/"
    owner.post(f"{page}change/", {**given, "permissions": ["accounts.unlock_user"]})
    assert Role.objects.get(pk=role.pk).permissions == {"accounts.unlock_user"}
    assert owner.post(f"{page}delete/", WHY).headers["Location"] == ROLES
    assert not Role.objects.filter(pk=role.pk).exists()


def test_no_role_is_made_changed_or_deleted_without_a_reason(owner: Client) -> None:
    role = made_role(owner)
    page = f"{ROLES}{role.pk}/"
    for path in (f"{ROLES}new/", f"{page}change/", f"{page}delete/"):
        answer = owner.post(path, {"name": "other", "permissions": []})
        assert (answer.status_code, "This field is required." in answer.content.decode()) == (400, True)
    assert [str(each) for each in Role.objects.filter(built_in=False)] == ["desk"]


def test_taking_something_from_people_is_shown_and_asked_about_first(owner: Client, alice: User, bob: User) -> None:
    role = made_role(owner)
    with_role(alice, "desk")
    page = f"{ROLES}{role.pk}/change/"
    given = {"name": "desk", "permissions": ["accounts.view_user"], **WHY}
    asked = owner.post(page, given).content.decode()
    assert "Nothing is done yet" in asked
    assert str(alice.pk) in asked
    assert "accounts.unlock_user" in table_of(asked)
    assert Role.objects.get(pk=role.pk).permissions == {"accounts.view_user", "accounts.unlock_user"}
    with_role(bob, "desk")
    again = owner.post(page, {**given, "confirmed": digest_of(asked)}).content.decode()
    assert str(bob.pk) in again, "what was agreed to is no longer all that would come of it"
    assert owner.post(page, {**given, "confirmed": digest_of(again)}).status_code == 302
    assert Role.objects.get(pk=role.pk).permissions == {"accounts.view_user"}


def test_what_takes_nothing_from_anybody_is_done_at_once(owner: Client, alice: User) -> None:
    role = made_role(owner)
    with_role(alice, "desk")
    given = {"name": "desk", "permissions": [*sorted(role.permissions), "accounts.end_sessions"], **WHY}
    assert owner.post(f"{ROLES}{role.pk}/change/", given).status_code == 302


def test_a_deletion_shows_who_is_no_longer_staff(owner: Client, alice: User) -> None:
    role = made_role(owner)
    with_role(alice, "desk")
    shown = owner.get(f"{ROLES}{role.pk}/delete/").content.decode()
    assert "1 have no other and are no longer staff" in shown
    assert str(alice.pk) in table_of(shown)


def test_a_built_in_role_stays_as_it_is(owner: Client) -> None:
    role = Role.objects.get(group__name="support")
    page = f"{ROLES}{role.pk}/"
    assert "Change</a>" not in owner.get(page).content.decode()
    assert owner.post(f"{page}delete/", WHY).status_code == 409
    assert Role.objects.filter(pk=role.pk).exists()


def test_nobody_puts_into_a_role_what_they_lack(alice: User) -> None:
    maker = with_role(alice, "support")
    own = Role.objects.get(group__name="support")
    from django.contrib.auth.models import Permission

    own.group.permissions.add(Permission.objects.get(codename="add_role", content_type__app_label="accounts"))
    browser = browser_of(maker)
    given = {"name": "desk", "permissions": ["accounts.suspend_user"], **WHY}
    assert browser.post(f"{ROLES}new/", given).status_code == 400
    assert not Role.objects.filter(group__name="desk").exists()


@pytest.mark.usefixtures("second_owner_required")
def test_an_act_that_needs_a_second_owner_waits_on_the_page_of_approvals(owner: Client, alice: User, bob: User) -> None:
    page = f"/admin/accounts/user/{alice.pk}/erase/"
    assert owner.post(page, {"reason": "ticket 1"}).status_code == 409
    approval = Approval.objects.get()
    other = browser_of(with_role(bob, "owner"))
    assert str(approval.pk) in other.get("/admin/accounts/approval/").content.decode()
    assert owner.post(f"/admin/accounts/approval/{approval.pk}/approve/").status_code == 403
    assert other.post(f"/admin/accounts/approval/{approval.pk}/approve/").status_code == 302
    assert owner.post(page, {"reason": "ticket 1"}).status_code == 302
    assert owner.post(f"/admin/accounts/user/{alice.pk}/cancel-erasure/", {"reason": "mistake"}).status_code == 302
