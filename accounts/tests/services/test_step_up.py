"""How old a log-in may be is said by the role that gives the permission."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import Role, User
from accounts.services.step_up import StepUp

pytestmark = pytest.mark.django_db
MINUTES, HOUR = 300, 3600
UNLOCK, SUSPEND = "accounts.unlock_user", "accounts.suspend_user"

Give = Callable[..., None]


@pytest.fixture
def give(alice: User) -> Give:
    def given(name: str, permission: str, *, needs_step_up: bool) -> None:
        group = Group.objects.create(name=name)
        group.permissions.add(Permission.objects.get(codename=permission.split(".")[1]))
        Role.objects.create(group=group, needs_step_up=needs_step_up)
        alice.groups.add(group)

    return given


def test_without_a_word_from_a_role_a_log_in_is_minutes_old_at_most(alice: User, give: Give) -> None:
    assert StepUp().seconds_for(alice, UNLOCK) == StepUp().seconds_for(alice) == MINUTES
    give("helpdesk", UNLOCK, needs_step_up=True)
    assert StepUp().seconds_for(alice, UNLOCK) == StepUp().seconds_for(alice) == MINUTES


def test_a_role_without_step_up_is_for_its_own_permissions_only(alice: User, give: Give) -> None:
    give("wall", UNLOCK, needs_step_up=False)
    assert StepUp().seconds_for(alice, UNLOCK) == StepUp().seconds_for(alice) == HOUR
    give("watch", SUSPEND, needs_step_up=True)
    assert StepUp().seconds_for(alice, UNLOCK) == HOUR
    assert StepUp().seconds_for(alice, SUSPEND) == MINUTES
    assert StepUp().seconds_for(alice) == MINUTES, "what is not known beforehand asks for the most"


def test_a_permission_that_no_role_gives_asks_for_the_most(alice: User, give: Give) -> None:
    give("wall", UNLOCK, needs_step_up=False)
    alice.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    assert StepUp().seconds_for(alice, SUSPEND) == MINUTES
    alice.is_superuser = True
    assert StepUp().seconds_for(alice, UNLOCK) == MINUTES
