"""Access tokens that only we can make, and refresh tokens that work once."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import AuthSession, EndReason, User
from accounts.services.session import SessionManager, Tokens
from accounts.tests.conftest import Configure, at_once, bearer, subjects
from accounts.tokens import AccessToken, token_backend

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def tokens(alice: User) -> Tokens:
    return SessionManager().start(alice, ["pwd"])


def refresh(token: str) -> Any:
    return APIClient().post("/api/auth/token/refresh", {"refresh": token})


def me(access: str) -> int:
    return bearer(APIClient(), access).get("/api/auth/me").status_code


def claims_of(access: str) -> dict[str, Any]:
    return dict(jwt.decode(access, options={"verify_signature": False}))


def test_an_access_token_says_who_which_session_and_how_sure(alice: User, tokens: Tokens) -> None:
    claims = claims_of(tokens.access)
    assert claims["sub"] == str(alice.pk)
    assert claims["sid"] == str(tokens.session)
    assert (claims["aal"], claims["amr"], claims["epoch"]) == (1, ["pwd"], 0)
    assert claims["exp"] - claims["iat"] == 300
    assert {"iss", "aud", "jti", "nbf", "auth_time"} <= claims.keys()
    assert "email" not in claims


def test_anybody_can_verify_a_token_with_the_published_keys(client: APIClient, tokens: Tokens) -> None:
    published = client.get("/.well-known/jwks.json").json()
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(tokens.access)["kid"]]
    jwt.decode(tokens.access, key, algorithms=["EdDSA"], audience="loupe-api", issuer="loupe")
    assert all("d" not in each for each in published["keys"])


def test_signing_keys_change_and_nobody_is_logged_out(
    tokens: Tokens, configure: Configure, make_key: Any, client: APIClient
) -> None:
    old = "dev:" + base64.b64encode(b"loupe-development-signing-key-32").decode()
    new = make_key("next")
    configure(LOUPE_AUTHENTICATION_SIGNING_KEYS=f"{new},{old}")
    assert me(tokens.access) == 200
    renewed = refresh(tokens.refresh).json()
    assert jwt.get_unverified_header(renewed["access"])["kid"] == "next"
    assert [key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]] == ["next", "dev"]
    configure(LOUPE_AUTHENTICATION_SIGNING_KEYS=new)
    assert me(tokens.access) == 401
    assert me(renewed["access"]) == 200
    assert refresh(renewed["refresh"]).status_code == 200


def forged(claims: dict[str, Any], **change: Any) -> list[str]:
    """Tokens that look right to somebody who checks too little."""
    backend = token_backend()
    key, public = backend.private_keys["dev"], backend.public_keys["dev"]
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    good = {"kid": "dev", "typ": "at+jwt"}
    stranger = Ed25519PrivateKey.generate()
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64.urlsafe_b64encode(stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        .rstrip(b"=")
        .decode(),
    }

    def signed(payload: dict[str, Any], headers: dict[str, Any], with_key: Any = key, algorithm: str = "EdDSA") -> str:
        return jwt.encode(payload, with_key, algorithm=algorithm, headers=headers)

    without = {name: value for name, value in claims.items() if name != "epoch"}
    return [
        signed(claims, good, with_key="", algorithm="none"),
        signed(claims, good, with_key=raw, algorithm="HS256"),
        signed(claims, good, with_key=stranger),
        signed(claims, {**good, "jwk": jwk}, with_key=stranger),
        signed(claims, {**good, "kid": "other"}),
        signed(claims, {"typ": "at+jwt"}),
        signed(claims, {**good, "typ": "JWT"}),
        signed(claims, {**good, "crit": ["exp"], "exp": 1}),
        signed({**claims, "iss": "loup"}, good),
        signed({**claims, "aud": "other"}, good),
        signed({**claims, "aud": ["loupe-api", "other"]}, good),
        signed({**claims, "exp": int(time.time()) - 1}, good),
        signed({**claims, "nbf": int(time.time()) + 60}, good),
        signed({**claims, "token_type": "refresh"}, good),
        signed({**claims, "epoch": 1}, good),
        signed(without, good),
        signed({**claims, "sid": str(AuthSession().pk)}, good),
        signed({**claims, "sub": "00000000-0000-4000-8000-000000000000"}, good),
        signed({**claims, "sub": "not a uuid"}, good),
        signed({**claims, "exp": "soon"}, good),
    ]


def test_no_forged_token_opens_anything(tokens: Tokens) -> None:
    assert me(tokens.access) == 200
    assert [me(token) for token in forged(claims_of(tokens.access))] == [401] * 20


@pytest.mark.parametrize("raw", ["", "a", "a.b.c", "é", "x" * 10_000, "..", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused_in_the_shape_of_a_problem(raw: str) -> None:
    answer = APIClient().get("/api/auth/me", headers={"authorization": f"Bearer {raw}".encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_refused_although_its_signature_was_good_before(tokens: Tokens) -> None:
    assert me(tokens.access) == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301)):
        assert me(tokens.access) == 401


def test_introspection_tells_one_true_thing_or_nothing(client: APIClient, tokens: Tokens) -> None:
    active = client.post("/api/auth/token/verify", {"token": tokens.access}).json()
    assert active["active"]
    assert active["sid"] == str(tokens.session)
    client.post("/api/auth/token/verify", {"token": "a.b.c"})
    bearer(client, tokens.access).post("/api/auth/logout")
    assert APIClient().post("/api/auth/token/verify", {"token": tokens.access}).json() == {"active": False}


def test_a_refresh_gives_the_next_pair(tokens: Tokens) -> None:
    first = refresh(tokens.refresh).json()
    assert first["refresh"] != tokens.refresh
    assert me(first["access"]) == 200
    assert refresh(first["refresh"]).status_code == 200


def test_the_token_before_may_come_again_at_once_and_gets_the_same_successor(tokens: Tokens) -> None:
    assert refresh(tokens.refresh).json()["refresh"] == refresh(tokens.refresh).json()["refresh"]


def test_a_late_parent_ends_the_session_and_the_user_is_told(alice: User, tokens: Tokens) -> None:
    successor = refresh(tokens.refresh).json()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=11), tick=True):
        assert refresh(tokens.refresh).status_code == 401
        assert refresh(successor["refresh"]).status_code == 401
        assert me(successor["access"]) == 401
        assert subjects(alice.email) == ["We ended a session for your safety"]
    assert AuthSession.objects.get().end_reason == EndReason.REUSED


def test_a_grandparent_ends_the_session_even_at_once(tokens: Tokens) -> None:
    child = refresh(tokens.refresh).json()
    grandchild = refresh(child["refresh"]).json()
    assert refresh(tokens.refresh).status_code == 401
    assert refresh(grandchild["refresh"]).status_code == 401


def test_somebody_who_only_knows_the_session_cannot_end_it(tokens: Tokens) -> None:
    from accounts.refresh_tokens import refresh_token

    for counter in (0, 1, 7):
        assert refresh(refresh_token("not the secret", tokens.session, counter)).status_code == 401
    assert refresh(tokens.refresh).status_code == 200


@pytest.mark.parametrize("text", ["", "lpr_", "lpr_AAAA", "lpr_é", "x" * 70, "lpr_" + "A" * 70, "lpr_" + "=" * 70])
def test_what_is_no_refresh_token_is_refused(text: str) -> None:
    assert refresh(text).status_code in (400, 401)


@pytest.mark.parametrize(("days", "idle", "status"), [(13, True, 200), (15, True, 401), (31, False, 401)])
def test_a_session_ends_when_it_is_idle_and_when_it_is_old(tokens: Tokens, days: int, idle: bool, status: int) -> None:
    start = datetime.now(UTC)
    current = tokens.refresh
    if not idle:
        for day in (10, 20, 29):
            with time_machine.travel(start + timedelta(days=day), tick=True):
                current = refresh(current).json()["refresh"]
    with time_machine.travel(start + timedelta(days=days), tick=True):
        assert refresh(current).status_code == status


def test_a_session_of_two_factors_lives_shorter(alice: User) -> None:
    tokens = SessionManager().start(alice, ["pwd", "otp"], aal=2)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        assert refresh(tokens.refresh).status_code == 401


def test_a_deactivated_or_deleted_user_has_no_working_token(alice: User, tokens: Tokens) -> None:
    alice.is_active = False
    alice.save()
    assert refresh(tokens.refresh).status_code == 401
    assert me(tokens.access) == 401
    alice.delete()
    assert refresh(tokens.refresh).status_code == 401
    assert me(tokens.access) == 401


def test_a_bulk_update_is_heard_as_well(alice: User, tokens: Tokens) -> None:
    assert me(tokens.access) == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert me(tokens.access) == 401


def test_a_bulk_deletion_is_heard_as_well(alice: User, tokens: Tokens) -> None:
    assert me(tokens.access) == 200
    User.objects.filter(pk=alice.pk).delete()
    assert me(tokens.access) == 401
    assert refresh(tokens.refresh).status_code == 401


def test_a_session_of_an_older_epoch_cannot_come_back(alice: User, tokens: Tokens) -> None:
    alice.epoch += 1
    alice.save()
    assert me(tokens.access) == 401
    assert refresh(tokens.refresh).status_code == 401


def test_a_refresh_takes_at_most_four_queries(tokens: Tokens) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert refresh(tokens.refresh).status_code == 200
    assert len(queries) <= 4


def test_the_database_alone_yields_no_refresh_token(tokens: Tokens) -> None:
    row = json.dumps(AuthSession.objects.values().get(), default=repr)
    assert tokens.refresh not in row
    assert "sealed" in row


@pytest.mark.usefixtures("parallel")
def test_of_twenty_parallel_refreshes_all_get_one_successor_and_no_second_chain(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, have_read, first = AuthSession.advance, threading.Barrier(3), itertools.count()

    def advance(session: AuthSession, now: datetime, idle_expires_at: datetime) -> bool:
        if next(first) < have_read.parties:  # these have all read the same counter before one of them raises it
            have_read.wait(60)
        return real(session, now, idle_expires_at)

    monkeypatch.setattr(AuthSession, "advance", advance)
    answers = at_once(20, lambda number: refresh(tokens.refresh))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    assert AuthSession.objects.get().counter == 1


def test_a_token_shows_no_secret_when_it_is_printed(tokens: Tokens) -> None:
    assert tokens.access not in repr(AccessToken(tokens.access))  # type: ignore[arg-type]
