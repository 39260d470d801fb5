"""People with roles, in sessions with a second factor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import TotpDevice, User
from accounts.services.session import SessionManager
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.testing.personas import _person
from accounts.tests.conftest import PASSWORD, bearer, client  # noqa: F401 - a fixture
from config.services.authentication import AuthenticationConfigService
from config.testing import configured

METHODS = ["pwd", "otp", "mfa"]

SignedInAs = Callable[[str], APIClient]
BrowserAs = Callable[[str], Client]

# UUIDs, digests and tokens (letters and digits in one word), and fractions of seconds
_OF_CHANCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\w*\d)(?=\w*[A-Za-z])\w{6,}\b|\.\d{6}\b")


def without_ids(page: str) -> str:
    """What a page says beside ids, in which any few digits stand by chance."""
    return _OF_CHANCE.sub("", page)


def with_role(user: User, role: str) -> User:
    user.groups.add(Group.objects.get(name=role))
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    found: User = User.objects.get(pk=user.pk)
    return found


def in_session(user: User, aal: int = 2) -> APIClient:
    return bearer(APIClient(), SessionManager().start(user, METHODS if aal > 1 else ["pwd"], aal=aal).access)


@pytest.fixture
def second_owner_required() -> Iterator[None]:
    """What only owners may do needs another owner's yes."""
    with configured(authentication_service=AuthenticationConfigService(second_owner_required=True)):
        yield


@pytest.fixture
def signed_in_as(db: None) -> SignedInAs:
    """A client of somebody new with this built-in role."""
    return lambda role: in_session(with_role(_person(f"the-{role}"), role))


def browser_of(user: User) -> Client:
    """A browser in which the user has signed in to the admin site with password and code."""
    seed = SEED
    device, _ = TotpDevice.objects.get_or_create(user=user, defaults={"name": "app", "seed": seed})
    browser = Client()
    app = AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")
    given = {"username": user.email, "password": PASSWORD, "otp_token": app.code()}
    browser.post("/admin/login/?next=/admin/", given)
    return browser


@pytest.fixture
def browser_as(db: None) -> BrowserAs:
    """The browser of somebody new with this built-in role."""
    return lambda role: browser_of(with_role(_person(f"the-{role}"), role))
