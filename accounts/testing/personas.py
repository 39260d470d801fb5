"""The people of every test: alice owns, bob is her colleague, charlie a stranger, staff runs the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import User


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return _person("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return _person("charlie")


@pytest.fixture
def staff(db: None) -> User:
    return _person("staff", is_staff=True)


@pytest.fixture
def signed_in() -> Callable[[User], APIClient]:
    """A client of the given user, in a session that has just begun; staff proved two factors."""
    from rest_framework.test import APIClient

    from accounts.services.session import OTP, PASSWORD, SessionManager

    def client_of(user: User) -> APIClient:
        client = APIClient()
        methods, aal = ([PASSWORD, OTP], 2) if user.is_staff else ([PASSWORD], 1)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {SessionManager().start(user, methods, aal=aal).access}")
        return client

    return client_of


def _person(name: str, **fields: bool) -> User:
    from django.utils import timezone

    from accounts.models import User

    return User.objects.create_user(
        f"{name}@example.org", "correct horse battery staple", email_verified_at=timezone.now(), **fields
    )
