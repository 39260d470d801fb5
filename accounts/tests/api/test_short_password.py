"""Passwords too short to stand alone: who may choose one, and that no path leaves one without its second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Passkey, TotpDevice, User
from accounts.services.password import PasswordService
from accounts.services.recovery_codes import RecoveryCodes
from accounts.services.registration import RegistrationService
from accounts.testing.authenticator_app import SEED
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.api.test_mfa import enrol
from accounts.tests.api.test_passkeys import register
from accounts.tests.conftest import PASSWORD, at_once, bearer, deliver, mailed_token, sign_in
from audit.actions import Action
from config.errors import DomainError

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], APIClient]
SHORT = "x9!Kq2#m"
LONG = "a brand new battery staple"


def choose(client: APIClient, new: str, current: str = PASSWORD) -> Any:
    """The answer; the client goes on with its tokens."""
    answer = client.post("/api/auth/password/change", {"current_password": current, "password": new})
    if answer.status_code == 200:
        bearer(client, answer.json()["access"])
    return answer


def reset(user: User, new: str) -> Any:
    APIClient().post("/api/auth/password/forgot", {"email": user.email})
    token = mailed_token(user.email, "Set a new password")
    return APIClient().post("/api/auth/password/reset", {"token": token, "password": new})


def why(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def is_marked(user: User) -> bool:
    return bool(User.objects.get(pk=user.pk).password_needs_second_factor)


@pytest.mark.parametrize("factor", ["app", "passkey"])
def test_beside_a_second_factor_eight_characters_will_do(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey, factor: str
) -> None:
    client = signed_in(alice)
    assert why(choose(client, SHORT)) == (400, "password_too_short")
    if factor == "app":
        enrol(client)
    else:
        register(client, passkey)
    assert why(choose(client, SHORT[:7])) == (400, "password_too_short")
    assert choose(client, SHORT).status_code == 200
    assert is_marked(alice)
    assert sign_in(APIClient(), alice.email, SHORT).json()["mfa_required"] is True
    assert choose(client, LONG, SHORT).status_code == 200
    assert not is_marked(alice)


def test_an_app_that_was_not_confirmed_and_recovery_codes_are_no_second_factor(
    alice: User, signed_in: SignedIn
) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED, confirmed=False)
    RecoveryCodes().renew(alice)
    assert why(choose(signed_in(alice), SHORT)) == (400, "password_too_short")


def test_the_last_factor_of_a_short_password_stays(alice: User, signed_in: SignedIn, passkey: SoftwarePasskey) -> None:
    client = signed_in(alice)
    enrol(client)
    register(client, passkey)
    choose(client, SHORT)
    bearer(client, client.delete("/api/auth/mfa/totp").json()["access"])  # one is left
    path = f"/api/auth/mfa/passkeys/{Passkey.objects.get().pk}"
    refused = client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "password_too_short_alone")
    assert Passkey.objects.filter(user=alice).exists()
    choose(client, LONG, SHORT)
    assert client.delete(path).status_code == 200


def test_the_app_of_a_short_password_stays(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    choose(client, SHORT)
    refused = client.delete("/api/auth/mfa/totp")
    assert (refused.status_code, refused.json()["code"]) == (409, "password_too_short_alone")
    assert TotpDevice.objects.filter(user=alice, confirmed=True).exists()


def test_a_reset_by_mail_takes_a_short_one_where_log_in_still_asks_for_the_factor(alice: User) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    assert reset(alice, SHORT).status_code == 204
    assert is_marked(alice)
    answer = sign_in(APIClient(), alice.email, SHORT).json()
    assert (answer["mfa_required"], "access" in answer) == (True, False)


def test_a_reset_by_mail_asks_for_fifteen_where_there_is_no_factor(alice: User) -> None:
    assert why(reset(alice, SHORT)) == (400, "password_too_short")


def test_without_the_token_nobody_learns_who_has_a_factor(alice: User, bob: User) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    bodies = [{"token": "x" * 43, "password": each} for each in (SHORT, LONG)]
    answers = [APIClient().post("/api/auth/password/reset", body) for body in bodies]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(400, answers[0].json()["code"])}
    asked = [APIClient().post("/api/auth/password/forgot", {"email": each.email}) for each in (alice, bob)]
    assert {(each.status_code, each.content) for each in asked} == {(202, asked[0].content)}
    assert 'minlength="8"' in Client().get("/account/reset-password").content.decode()


def test_a_recovery_code_removes_no_factor(alice: User) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    codes = RecoveryCodes().renew(alice)
    reset(alice, SHORT)
    for code in codes:
        ticket = sign_in(APIClient(), alice.email, SHORT).json()["ticket"]
        body = {"ticket": ticket, "method": "recovery_code", "code": code}
        assert APIClient().post("/api/auth/login/mfa", body).status_code == 200
    assert sign_in(APIClient(), alice.email, SHORT).json()["methods"] == ["totp"]


def test_whoever_registers_chooses_fifteen(client: APIClient) -> None:
    body = {"email": "new@example.org", "password": SHORT}
    assert why(client.post("/api/auth/register", body)) == (400, "password_too_short")


def test_a_second_registration_of_an_unproven_address_forgets_the_mark(client: APIClient) -> None:
    early = User.objects.create_user("early@example.org", SHORT)
    assert is_marked(early)
    RegistrationService().register(early.email, LONG)
    deliver()
    assert not is_marked(early)
    assert User.objects.get(pk=early.pk).check_password(LONG)


def test_django_s_own_forms_and_commands_ask_for_fifteen(alice: User) -> None:
    TotpDevice.objects.create(user=alice, name="app", seed=SEED)
    with pytest.raises(ValidationError, match="at least 15"):
        validate_password(SHORT, alice)


@pytest.mark.parametrize(("password", "marked"), [(SHORT, True), (LONG, False), (None, False), ("e\u0301" * 14, True)])
def test_wherever_a_password_is_set_its_length_is_remembered(password: str | None, marked: bool) -> None:
    assert User.objects.create_user("new@example.org", password).password_needs_second_factor is marked


def test_a_factor_that_went_while_the_password_was_checked_is_noticed(alice: User, signed_in: SignedIn) -> None:
    with pytest.raises(DomainError) as caught:
        PasswordService()._set(alice, SHORT, Action.PASSWORD_CHANGED, keep=None)
    assert caught.value.errors[0].code == "password_too_short"
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


@pytest.mark.usefixtures("parallel")
def test_of_a_short_password_and_the_removal_of_the_factor_at_once_one_wins(alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    enrol(client)
    headers = client._credentials  # type: ignore[attr-defined]

    def act(number: int) -> int:
        mine = APIClient()
        mine.credentials(**headers)
        return (choose(mine, SHORT) if number else mine.delete("/api/auth/mfa/totp")).status_code

    at_once(2, act)
    assert not is_marked(alice) or TotpDevice.objects.filter(user=alice, confirmed=True).exists()
