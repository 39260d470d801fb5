"""Somebody who may do everything, in a browser that has signed in to the console and as a client of the API."""

from __future__ import annotations

import base64

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from rest_framework.test import APIClient

from accounts.models import TotpDevice, User
from accounts.models.mfa import DIGITS, STEP_SECONDS
from accounts.services.session import OTP, PASSWORD, SessionManager

_EMAIL = "owner@benchmark.invalid"
_PASSWORD = "the console of a benchmark"  # noqa: S105 - of an account in a database that is thrown away
_SEED = "A" * 32


def owner() -> User:
    """The same in every run over one database."""
    found = User.objects.by_email(_EMAIL)
    if found is None:
        found = User.objects.create_user(_EMAIL, _PASSWORD, is_staff=True, email_verified_at=timezone.now())
        found.groups.add(Group.objects.get(name="owner"))
    TotpDevice.objects.filter(user=found).delete()  # a code counts once, and the run before may be seconds ago
    TotpDevice.objects.create(user=found, name="benchmark", seed=_SEED)
    return found


def browser_of(user: User) -> Client:
    code = TOTP(base64.b32decode(_SEED), step=STEP_SECONDS, digits=DIGITS).token()
    browser = Client(SERVER_NAME="localhost")
    given = {"username": user.email, "password": _PASSWORD, "otp_token": f"{code:0{DIGITS}}"}
    browser.post("/admin/login/?next=/admin/", given)
    return browser


def access_token_of(user: User) -> str:
    """Of a session with a second factor that has just begun."""
    return SessionManager().start(user, [PASSWORD, OTP, "mfa"], aal=2).access


def client_of(user: User) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token_of(user)}")
    return client
