"""Owners make, change, give and take roles in the console, by the rules of the services."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Approval, Role, User
from adminpanel.tests.conftest import BrowserAs, browser_of, with_role

pytestmark = pytest.mark.django_db
ROLES = "/admin/accounts/role/"


@pytest.fixture
def owner(browser_as: BrowserAs) -> Client:
    return browser_as("owner")


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
    given = {"name": "desk", "permissions": ["accounts.view_user"], "needs_mfa": "on"}
    assert owner.post(f"{ROLES}new/", given).status_code == 302
    role = Role.objects.get(group__name="desk")
    assert role.permissions == {"accounts.view_user"}
    page = f"{ROLES}{role.pk}/"
    owner.post(f"{page}change/", {**given, "permissions": ["accounts.unlock_user"]})
    assert Role.objects.get(pk=role.pk).permissions == {"accounts.unlock_user"}
    assert owner.post(f"{page}delete/").headers["Location"] == ROLES
    assert not Role.objects.filter(pk=role.pk).exists()


def test_a_built_in_role_stays_as_it_is(owner: Client) -> None:
    role = Role.objects.get(group__name="support")
    page = f"{ROLES}{role.pk}/"
    assert "Change</a>" not in owner.get(page).content.decode()
    assert owner.post(f"{page}delete/").status_code == 409
    assert Role.objects.filter(pk=role.pk).exists()


def test_nobody_puts_into_a_role_what_they_lack(alice: User) -> None:
    maker = with_role(alice, "support")
    own = Role.objects.get(group__name="support")
    from django.contrib.auth.models import Permission

    own.group.permissions.add(Permission.objects.get(codename="add_role", content_type__app_label="accounts"))
    browser = browser_of(maker)
    given = {"name": "desk", "permissions": ["accounts.suspend_user"]}
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
