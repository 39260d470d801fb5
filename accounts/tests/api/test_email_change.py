"""An account moves to another address when both mailboxes agree, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.registration import RegistrationService
from accounts.tests.conftest import PASSWORD, bearer, deliver, mailed_token, sign_in, subjects

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NEW = "alice@elsewhere.example"


@pytest.fixture
def mine(client: APIClient, alice: User) -> APIClient:
    """Alice, a moment after she signed in."""
    return bearer(APIClient(), sign_in(client, alice.email).json()["access"])


def ask(mine: APIClient, email: str = NEW) -> int:
    return mine.post("/api/auth/email/change", {"email": email}).status_code


def confirm(token: str) -> object:
    return APIClient().post("/api/auth/email/change/confirm", {"token": token})


def test_both_mailboxes_agree(mine: APIClient, client: APIClient, alice: User) -> None:
    assert ask(mine) == 202
    old = mailed_token(alice.email, "Shall your e-mail address change?")
    new = mailed_token(NEW, "Confirm your new e-mail address")
    assert confirm(old).json() == {"changed": False}  # type: ignore[attr-defined]
    assert sign_in(client, alice.email).status_code == 200, "until both agree nothing changes"
    assert sign_in(client, NEW).status_code == 401
    assert confirm(new).json() == {"changed": True}  # type: ignore[attr-defined]
    assert sign_in(client, NEW).status_code == 200
    assert sign_in(client, alice.email).status_code == 401
    assert mine.get("/api/auth/me").status_code == 401, "every session has ended"
    assert "Your e-mail address was changed" in subjects(alice.email)
    assert "Your e-mail address was changed" in subjects(NEW)


def test_one_side_alone_is_not_enough_even_twice(mine: APIClient, alice: User) -> None:
    ask(mine)
    new = mailed_token(NEW, "Confirm your new")
    assert confirm(new).json() == {"changed": False}  # type: ignore[attr-defined]
    assert confirm(new).status_code == 400  # type: ignore[attr-defined]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


@pytest.mark.parametrize("side", ["alice@example.org", NEW])
def test_either_mailbox_cancels(mine: APIClient, alice: User, side: str) -> None:
    from django.core import mail

    ask(mine)
    deliver()
    (message,) = [each for each in mail.outbox if each.to == [side]]
    cancel = str(message.body).split("cancel-email-change#token=")[1].split()[0]
    old, new = mailed_token(alice.email, "Shall"), mailed_token(NEW, "Confirm your new")
    assert APIClient().post("/api/auth/email/change/cancel", {"token": cancel}).status_code == 204
    assert [confirm(token).status_code for token in (old, new)] == [400, 400]  # type: ignore[attr-defined]
    assert "The change of your e-mail address was cancelled" in subjects(alice.email)


def test_the_user_cancels(mine: APIClient) -> None:
    assert mine.delete("/api/auth/email/change").status_code == 404
    ask(mine)
    deliver()
    assert mine.delete("/api/auth/email/change").status_code == 204


def test_a_taken_address_gives_the_same_answer_and_tells_its_owner_only(mine: APIClient, bob: User) -> None:
    assert ask(mine, "BOB@example.org") == ask(mine, "free@example.org") == 202
    assert subjects(bob.email) == ["Somebody tried to use your e-mail address"]


def test_an_address_that_is_taken_meanwhile_is_not_taken_twice(mine: APIClient, alice: User) -> None:
    ask(mine)
    old, new = mailed_token(alice.email, "Shall"), mailed_token(NEW, "Confirm your new")
    RegistrationService().register(NEW, PASSWORD)
    deliver()
    confirm(old)
    assert confirm(new).status_code == 400  # type: ignore[attr-defined]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_an_old_session_must_prove_itself_first(client: APIClient, alice: User) -> None:
    start = datetime.now(UTC)
    tokens = sign_in(client, alice.email).json()
    with time_machine.travel(start + timedelta(seconds=301), tick=True):
        body = {"refresh": tokens["refresh"]}
        access = client.post("/api/auth/token/refresh", body).json()["access"]
        refused = bearer(APIClient(), access).post("/api/auth/email/change", {"email": NEW})
        assert refused.status_code == 403
        assert refused.json()["code"] == "reauthentication_required"
        fresh = bearer(APIClient(), access).post("/api/auth/reauthenticate", {"password": PASSWORD}).json()
        assert ask(bearer(APIClient(), fresh["access"])) == 202
        assert ask(bearer(APIClient(), access)) == 403, "the old token stays as old as it is"
