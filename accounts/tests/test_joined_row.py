"""A row read by a statement of our own is the row that Django reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey, Scope, User
from accounts.services.api_keys import ApiKeyService, digest_of

pytestmark = pytest.mark.django_db


def values(row: Any) -> dict[str, Any]:
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}


def test_a_key_and_its_user_are_what_django_reads(alice: User, django_assert_num_queries: Any) -> None:
    alice.name, alice.phone, alice.restricted_at = "Alice", "+41446681800", timezone.now()
    alice.save()
    made = ApiKeyService().create(alice, "CI", [Scope.ACCOUNT_READ], ["192.0.2.0/24"], 1)
    with django_assert_num_queries(1):
        found = ApiKey.by_digest.find(digest_of(made.secret))
        assert found is not None
        shown = values(found), values(found.user)
    read = ApiKey.objects.get()
    assert shown == (values(read), values(User.objects.get()))
    assert not found._state.adding
    found.user.name = "Alice Liddell"
    found.user.save()
    assert User.objects.get().name == "Alice Liddell"


def test_there_is_none_of_another_digest(alice: User) -> None:
    assert ApiKey.by_digest.find("0" * 64) is None
