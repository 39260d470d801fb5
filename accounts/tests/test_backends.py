"""What somebody may do is found in one query, and is what Django would find in two."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission

from accounts.backends import EmailBackend
from accounts.models import User


def test_own_permissions_and_those_of_groups_are_found_in_one_query(
    alice: User, django_assert_num_queries: Any
) -> None:
    alice.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    alice.groups.add(Group.objects.get(name="auditor"))
    expected = ModelBackend().get_all_permissions(User.objects.get(pk=alice.pk))
    found = User.objects.get(pk=alice.pk)
    with django_assert_num_queries(1):
        assert EmailBackend().get_all_permissions(found) == expected > {"accounts.suspend_user"}
        assert found.has_perm("accounts.suspend_user")


def test_who_is_suspended_may_nothing_and_a_superuser_everything(alice: User) -> None:
    alice.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    alice.is_active = False
    assert EmailBackend().get_all_permissions(alice) == set()
    root = User.objects.create_superuser("root@example.org")
    assert len(EmailBackend().get_all_permissions(root)) == Permission.objects.count()
