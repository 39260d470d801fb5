"""A number is the user's when the code that was sent to it comes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.tests.conftest import at_once, bearer, deliver, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NUMBER = "+41446681800"


@pytest.fixture
def mine(client: APIClient, alice: User) -> APIClient:
    return bearer(APIClient(), sign_in(client, alice.email).json()["access"])


def ask(mine: APIClient, phone: str = NUMBER, **more: str) -> int:
    return mine.post("/api/auth/verify/phone", {"phone": phone, **more}).status_code


def code(capsys: pytest.CaptureFixture[str]) -> str | None:
    deliver()
    found = re.search(r"SMS to (\S+): (\d{6}) ", capsys.readouterr().out)
    return found[2] if found else None


def confirm(mine: APIClient, given: str) -> int:
    return mine.post("/api/auth/verify/phone/confirm", {"code": given}).status_code


def test_the_right_code_sets_the_number(mine: APIClient, alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(mine, "044 668 18 00", country="CH") == 202
    sent = code(capsys)
    assert sent
    assert confirm(mine, sent) == 204
    assert confirm(mine, sent) == 400, "once"
    alice.refresh_from_db()
    assert alice.phone == NUMBER
    assert alice.phone_verified_at
    assert mine.get("/api/auth/me").json()["phone"] == NUMBER


@pytest.mark.parametrize("phone", ["", "123", "044 668 18 00", "+41", "ring me"])
def test_what_is_no_number_is_refused(mine: APIClient, phone: str) -> None:
    assert ask(mine, phone) == 400


def test_five_tries_and_the_code_is_worthless(mine: APIClient, capsys: pytest.CaptureFixture[str]) -> None:
    ask(mine)
    sent = code(capsys)
    assert sent
    wrong = f"{(int(sent) + 1) % 1_000_000:06}"
    assert [confirm(mine, wrong) for _ in range(5)] == [400] * 5
    assert confirm(mine, sent) == 400


def test_a_code_is_good_for_ten_minutes(mine: APIClient, capsys: pytest.CaptureFixture[str]) -> None:
    ask(mine)
    sent = code(capsys)
    assert sent
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1), tick=True):
        user_token = OneTimeToken.objects.get()
        assert user_token.expires_at < datetime.now(UTC)
        from accounts.services.phone import PhoneService
        from config.errors import DomainError

        with pytest.raises(DomainError):
            PhoneService().confirm(user_token.user, sent)


def test_a_code_is_worth_nothing_to_somebody_else(
    mine: APIClient, client: APIClient, bob: User, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(mine)
    sent = code(capsys)
    assert sent
    his = bearer(APIClient(), sign_in(client, bob.email).json()["access"])
    assert confirm(his, sent) == 400
    assert confirm(mine, sent) == 204


def test_a_number_of_somebody_else_gets_no_code_and_no_other_answer(
    mine: APIClient, bob: User, capsys: pytest.CaptureFixture[str]
) -> None:
    bob.phone = NUMBER
    bob.save()
    assert ask(mine) == 202
    assert code(capsys) is None


@pytest.mark.usefixtures("parallel")
def test_of_a_hundred_parallel_guesses_five_are_looked_at(
    client: APIClient, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = bearer(APIClient(), sign_in(client, alice.email).json()["access"])
    ask(mine)
    sent = code(capsys)
    assert sent
    at_once(20, lambda number: confirm(mine, f"{(int(sent) + 1 + number) % 1_000_000:06}"))
    assert OneTimeToken.objects.get().attempts_left == 0
