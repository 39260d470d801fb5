"""Opening an account, and what it does not tell."""

from __future__ import annotations

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, OutboxMessage, User
from accounts.tests.conftest import PASSWORD, at_once, deliver, mailed_token, sign_in, subjects

pytestmark = pytest.mark.django_db


def register(client: APIClient, email: str = "dora@example.org", password: str = PASSWORD) -> object:
    answer = client.post("/api/auth/register", {"email": email, "password": password, "name": "Dora"})
    assert answer.status_code == 202, answer.json()
    return answer.content


def test_from_registration_to_the_first_log_in(client: APIClient) -> None:
    register(client, "Dora@Example.org")
    assert sign_in(client, "dora@example.org").status_code == 401
    token = mailed_token("Dora@Example.org", "Confirm your e-mail address")
    assert sign_in(client, "dora@example.org").status_code == 401, "nobody has confirmed the address"
    assert client.post("/api/auth/verify/email", {"token": token}).status_code == 204
    assert sign_in(client, "DORA@example.org").status_code == 200


def test_the_answer_is_the_same_whoever_holds_the_address(client: APIClient, alice: User) -> None:
    assert register(client, alice.email) == register(client, "nobody@example.org")
    assert subjects(alice.email) == ["You already have an account"]
    assert subjects("nobody@example.org") == ["Confirm your e-mail address"]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_request_does_the_same_work_whoever_holds_the_address(
    client: APIClient, alice: User, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for email in (alice.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            register(client, email)
        counts.append([query["sql"].split()[0] for query in queries])
    assert counts[0] == counts[1]


def test_an_address_that_nobody_confirmed_can_be_reclaimed_by_its_owner(client: APIClient) -> None:
    register(client, password="the thief was here first")
    stolen = mailed_token("dora@example.org", "Confirm your e-mail address")
    register(client, password="the owner comes afterwards")
    token = mailed_token("dora@example.org", "Confirm your e-mail address")
    assert client.post("/api/auth/verify/email", {"token": stolen}).status_code == 400
    assert client.post("/api/auth/verify/email", {"token": token}).status_code == 204
    assert sign_in(client, "dora@example.org", "the thief was here first").status_code == 401
    assert sign_in(client, "dora@example.org", "the owner comes afterwards").status_code == 200


def test_another_mail_comes_only_for_whoever_waits(client: APIClient, alice: User) -> None:
    for email in (alice.email, "nobody@example.org"):
        assert client.post("/api/auth/verify/email/resend", {"email": email}).status_code == 202
    assert deliver() == 2
    assert not mail.outbox


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "dora", "password": PASSWORD}, "invalid"),
        ({"email": "dora@example.org", "password": "short"}, "password_too_short"),
        ({"email": "dora@example.org", "password": "x" * 129}, "password_too_long"),
        ({"email": "dora@example.org", "password": "passwordpassword"}, "password_too_common"),
        ({"email": "dora.liddell@example.org", "password": "dora.liddell@example.org"}, "password_too_common"),
        ({"email": "dora@example.org"}, "required"),
        ({"email": "dora@example.org", "password": PASSWORD, "is_staff": True}, "unknown_field"),
    ],
)
def test_what_is_wrong_with_the_input_is_told(client: APIClient, body: dict[str, object], code: str) -> None:
    answer = client.post("/api/auth/register", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == code
    assert not OutboxMessage.objects.exists()


def test_a_token_works_once_and_every_other_one_gets_the_same_answer(client: APIClient) -> None:
    register(client)
    token = mailed_token("dora@example.org", "Confirm")
    answers = [client.post("/api/auth/verify/email", {"token": each}) for each in (token, token, "unknown", "é" * 20)]
    assert [answer.status_code for answer in answers] == [204, 400, 400, 400]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers[1:]]
    assert bodies[0] == bodies[1] == bodies[2]


def test_a_token_is_good_for_its_purpose_only(client: APIClient) -> None:
    register(client)
    token = mailed_token("dora@example.org", "Confirm")
    reset = client.post("/api/auth/password/reset", {"token": token, "password": "another horse battery"})
    assert reset.status_code == 400
    assert client.post("/api/auth/unlock", {"token": token}).status_code == 400


def test_no_table_holds_a_token_or_an_address_in_clear(client: APIClient) -> None:
    register(client)
    token = mailed_token("dora@example.org", "Confirm")
    assert token not in str(list(OneTimeToken.objects.values()))
    client.post("/api/auth/password/forgot", {"email": "dora@example.org"})
    waiting = OutboxMessage.objects.get()
    assert "dora" not in str(OutboxMessage.objects.values().get()).lower()
    assert "dora@example.org" in waiting.payload


def test_a_mail_is_text_and_html_and_its_link_begins_as_configured(client: APIClient) -> None:
    client.post(
        "/api/auth/register",
        {"email": "dora@example.org", "password": PASSWORD},
        headers={"host": "localhost", "x-forwarded-host": "evil.example"},
    )
    deliver()
    (message,) = mail.outbox
    assert "http://localhost:8000/account/verify-email#token=" in str(message.body)
    (alternative,) = message.alternatives  # type: ignore[union-attr]
    assert alternative[1] == "text/html"
    assert "http://localhost:8000/account/verify-email#token=" in str(alternative[0])
    assert "evil" not in str(message.body) + str(alternative[0])


@pytest.mark.usefixtures("parallel")
def test_of_parallel_registrations_of_one_address_one_becomes_a_user() -> None:
    spellings = ["dora@example.org", "DORA@example.org", "Dora@EXAMPLE.org", "dora@Example.Org"] * 3
    at_once(12, lambda number: register(APIClient(), spellings[number]))
    at_once(4, lambda number: deliver())
    deliver()
    assert User.objects.count() == 1
    assert len(mail.outbox) == 12
