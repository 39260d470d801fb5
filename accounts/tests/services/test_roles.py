"""Roles: the built-in ones are whole, nobody hands on what they lack, and a change bites on the next request."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.built_in_roles import BUILT_IN, BuiltInRole
from accounts.models import Role, User
from accounts.services.role_losses import Loss, RoleLosses, role_losses
from accounts.services.roles import ASSIGN, RoleService
from audit.models import AuditLog
from config.errors import DomainError

pytestmark = pytest.mark.django_db
WHY = "ticket 4711"


def again(user: User) -> User:
    """As the next request sees them."""
    found: User = User.objects.get(pk=user.pk)
    return found


def role(name: str) -> Role:
    return Role.objects.get(group__name=name)


@pytest.fixture
def owner(alice: User) -> User:
    alice.groups.add(Group.objects.get(name="owner"))
    return again(alice)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda each: each.name)
def test_a_built_in_role_holds_what_its_definition_says(built_in: BuiltInRole) -> None:
    found = role(built_in.name)
    assert found.permissions == {f"{app}.{code}" for app, _, code in (each.split(".") for each in built_in.permissions)}
    assert (found.built_in, found.needs_mfa, found.needs_step_up) == (True, True, True)
    models = {
        f"{each.content_type.app_label}.{each.content_type.model}.{each.codename}"
        for each in Permission.objects.select_related("content_type")
        if each.content_type.model_class() is not None
    }
    assert built_in.permissions <= models, "a permission that Django does not know"


def test_an_auditor_sees_no_personal_data_and_changes_nothing() -> None:
    permissions = role("auditor").permissions
    assert "accounts.reveal_personal_data" not in permissions
    assert "accounts.view_user" not in permissions
    assert not [each for each in permissions if each.split(".")[1].startswith(("add_", "change_", "delete_"))]


def test_giving_and_taking_a_role_bites_at_once(owner: User, bob: User) -> None:
    RoleService().assign(owner, bob, role("support"))
    assert again(bob).has_perm("accounts.unlock_user")
    assert again(bob).is_staff
    RoleService().withdraw(owner, bob, role("support"))
    assert not again(bob).has_perm("accounts.unlock_user")
    assert not again(bob).is_staff
    actions = AuditLog.objects.filter(action__startswith="role.").values_list("action", "target")
    assert set(actions) == {("role.assigned", f"user:{bob.pk}"), ("role.withdrawn", f"user:{bob.pk}")}


def test_staff_stay_staff_while_they_hold_another_role(owner: User, bob: User) -> None:
    for name in ("support", "auditor"):
        RoleService().assign(owner, bob, role(name))
    RoleService().withdraw(owner, bob, role("support"))
    assert again(bob).is_staff


def test_nobody_hands_on_what_they_lack(owner: User, bob: User, charlie: User) -> None:
    own = RoleService().create(owner, "helpdesk lead", [ASSIGN, "accounts.unlock_user"], reason=WHY)
    RoleService().assign(owner, bob, own)
    lead = again(bob)
    assert refusal(lambda: RoleService().assign(lead, charlie, role("security"))) == "permission_not_held"
    assert refusal(lambda: RoleService().withdraw(lead, owner, role("owner"))) == "permission_not_held"
    assert again(charlie).groups.count() == 0
    assert AuditLog.objects.filter(action="access.denied", outcome="refused").count() == 2
    RoleService().assign(lead, charlie, own)
    assert again(charlie).has_perm("accounts.unlock_user")


def test_nobody_changes_their_own_roles(owner: User) -> None:
    assert refusal(lambda: RoleService().assign(owner, owner, role("support"))) == "acts_on_self"
    assert refusal(lambda: RoleService().withdraw(owner, owner, role("owner"))) == "acts_on_self"


@pytest.mark.parametrize("name", ["support", "security", "auditor", "operator"])
def test_only_owners_give_roles_and_make_them(owner: User, bob: User, charlie: User, name: str) -> None:
    RoleService().assign(owner, bob, role(name))
    holder = again(bob)
    assert refusal(lambda: RoleService().assign(holder, charlie, role(name))) == "permission_missing"
    assert refusal(lambda: RoleService().create(holder, "more", [], reason=WHY)) == "permission_missing"
    assert refusal(lambda: RoleService().delete(holder, role(name), WHY)) == "permission_missing"


def test_a_suspended_owner_gives_nothing(owner: User, bob: User) -> None:
    owner.is_active = False
    owner.save()
    assert refusal(lambda: RoleService().assign(owner, bob, role("support"))) == "permission_missing"


def test_a_role_of_ones_own_is_made_changed_and_deleted(owner: User, bob: User) -> None:
    made = RoleService().create(owner, "desk", ["accounts.unlock_user"], "Unlocks.", needs_step_up=False, reason=WHY)
    RoleService().assign(owner, bob, made)
    RoleService().change(owner, made, permissions=["accounts.end_sessions"], reason=WHY)
    assert again(bob).has_perm("accounts.end_sessions")
    assert not again(bob).has_perm("accounts.unlock_user")
    RoleService().delete(owner, made, WHY)
    assert not again(bob).has_perm("accounts.end_sessions")
    assert not again(bob).is_staff
    assert not Group.objects.filter(name="desk").exists()


def test_a_role_cannot_get_what_its_maker_lacks(owner: User) -> None:
    assert (
        refusal(lambda: RoleService().create(owner, "more", ["auth.add_permission"], reason=WHY))
        == "permission_not_held"
    )
    made = RoleService().create(owner, "desk", [], reason=WHY)
    assert (
        refusal(lambda: RoleService().change(owner, made, permissions=["auth.add_permission"], reason=WHY))
        == "permission_not_held"
    )


def test_built_in_roles_stay_as_they_are(owner: User) -> None:
    assert refusal(lambda: RoleService().change(owner, role("support"), permissions=[], reason=WHY)) == "role_built_in"
    assert refusal(lambda: RoleService().delete(owner, role("support"), WHY)) == "role_built_in"


def test_names_are_free_once_and_permissions_must_exist(owner: User) -> None:
    assert refusal(lambda: RoleService().create(owner, "support", [], reason=WHY)) == "name_taken"
    owner.is_superuser = True
    owner.save()
    assert (
        refusal(lambda: RoleService().create(again(owner), "odd", ["accounts.fly"], reason=WHY)) == "unknown_permission"
    )


def test_a_role_says_whether_its_holders_need_a_second_factor(owner: User, bob: User) -> None:
    relaxed = RoleService().create(owner, "desk", [], needs_mfa=False, reason=WHY)
    RoleService().assign(owner, bob, relaxed)
    assert not RoleService().needs_mfa(bob)
    RoleService().assign(owner, bob, role("auditor"))
    assert RoleService().needs_mfa(bob)


def test_every_change_of_a_role_says_why_in_the_trail(owner: User) -> None:
    made = RoleService().create(owner, "desk", [], reason="ticket 1")
    RoleService().change(owner, made, description="Unlocks.", reason="ticket 2")
    RoleService().delete(owner, made, "ticket 3")
    entries = AuditLog.objects.filter(action__startswith="role.").order_by("id")
    assert [
        (each.action, json.loads(each.details)["role"], json.loads(each.details)["reason"]) for each in entries
    ] == [
        ("role.created", "desk", "ticket 1"),
        ("role.changed", "desk", "ticket 2"),
        ("role.deleted", "desk", "ticket 3"),
    ]


def test_it_is_known_beforehand_who_loses_what(owner: User, bob: User, charlie: User, staff: User) -> None:
    desk = RoleService().create(owner, "desk", ["accounts.unlock_user", "accounts.view_user"], reason=WHY)
    chief = User.objects.create_superuser("root@example.org", "correct horse battery staple")  # allow-secret: a test's
    for holder in (bob, charlie, chief):
        RoleService().assign(owner, holder, desk)
    RoleService().assign(owner, charlie, role("support"))
    assert role_losses(desk, ["accounts.view_user"]) == RoleLosses(
        3, 0, (Loss(bob.pk, ("accounts.unlock_user",), True),)
    ), "charlie unlocks as support, and a superuser may everything"
    assert role_losses(desk, None) == RoleLosses(
        3, 1, (Loss(bob.pk, ("accounts.unlock_user", "accounts.view_user"), False),)
    )
    RoleService().delete(owner, desk, WHY)
    assert [again(each).is_staff for each in (bob, charlie, chief)] == [False, True, True]


def test_what_an_account_holds_by_itself_is_not_lost(owner: User, bob: User) -> None:
    desk = RoleService().create(owner, "desk", ["accounts.unlock_user"], reason=WHY)
    RoleService().assign(owner, bob, desk)
    bob.user_permissions.add(Permission.objects.get(codename="unlock_user"))
    assert role_losses(desk, []) == RoleLosses(1, 0, ())


def test_finding_the_losses_asks_as_much_for_many_holders(
    owner: User, bob: User, charlie: User, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    desk = RoleService().create(owner, "desk", ["accounts.unlock_user"], reason=WHY)
    for holder in (bob, charlie):
        RoleService().assign(owner, holder, desk)
        with django_assert_num_queries(6):
            role_losses(desk, None)
