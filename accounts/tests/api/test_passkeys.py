"""Passkeys, made and used by a software authenticator: registration, signing in, and everything that must not pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import AuthSession, Passkey, PasskeyCeremony, User
from accounts.services.passkey_ceremonies import PasskeyCeremonies
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.conftest import PASSWORD, at_once, bearer, sign_in, subjects
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SignedIn = Callable[[User], APIClient]


def register(client: APIClient, passkey: SoftwarePasskey, name: str = "Laptop") -> Any:
    """The answer; the client goes on with its tokens."""
    begun = client.post("/api/auth/mfa/passkeys/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.create(begun["public_key"]), "name": name}
    answer = client.post("/api/auth/mfa/passkeys", body)
    if answer.status_code == 201:
        bearer(client, answer.json()["tokens"]["access"])
    return answer


def login(passkey: SoftwarePasskey) -> Any:
    begun = APIClient().post("/api/auth/login/passkey/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.get(begun["public_key"])}
    return APIClient().post("/api/auth/login/passkey", body)


def test_a_passkey_alone_signs_in_with_two_factors(alice: User, signed_in: SignedIn, passkey: SoftwarePasskey) -> None:
    register(signed_in(alice), passkey)
    answer = login(passkey)
    assert answer.status_code == 200, answer.json()
    session = AuthSession.objects.get(pk=answer.json()["session"])
    assert (session.user, session.aal, session.methods) == (alice, 2, ["hwk", "user"])
    assert bearer(APIClient(), answer.json()["access"]).get("/api/auth/me").json()["email"] == alice.email
    assert Passkey.objects.get().last_used_at is not None
    assert login(passkey).status_code == 200, "and again"


def test_the_options_ask_for_resident_keys_and_user_verification(alice: User, signed_in: SignedIn) -> None:
    options = signed_in(alice).post("/api/auth/mfa/passkeys/options").json()["public_key"]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    asked = APIClient().post("/api/auth/login/passkey/options").json()["public_key"]
    assert asked["userVerification"] == "required"
    assert asked.get("allowCredentials", []) == [], "it tells nobody's passkeys"
    assert len(asked["challenge"]) >= 43


def test_registering_ends_other_sessions_and_tells_the_user(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    assert register(here, passkey).status_code == 201
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert subjects(alice.email) == ["A second factor was added to your account"]
    assert AuthSession.objects.live().get(user=alice).aal == 2


def test_several_passkeys_have_names_and_synced_ones_are_told_apart(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    client = signed_in(alice)
    register(client, passkey, "Security key")
    register(client, SoftwarePasskey(passkey.origin, synced=True), "Phone")
    found = client.get("/api/auth/mfa/passkeys").json()["results"]
    assert {(each["name"], each["synced"]) for each in found} == {("Security key", False), ("Phone", True)}
    path = f"/api/auth/mfa/passkeys/{found[0]['id']}"
    assert client.patch(path, {"name": "Old phone"}).json()["name"] == "Old phone"
    removed = client.delete(path)
    assert removed.status_code == 200
    bearer(client, removed.json()["access"])
    assert len(client.get("/api/auth/mfa/passkeys").json()["results"]) == 1


def test_beside_a_passkey_the_password_alone_opens_nothing(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    client = signed_in(alice)
    register(client, passkey)
    answer = sign_in(APIClient(), alice.email).json()
    assert (answer["mfa_required"], answer["methods"]) == (True, ["passkey"])
    again = client.post("/api/auth/reauthenticate", {"password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (403, "second_factor_required")


@pytest.mark.parametrize("flaw", ["other site", "unverified user", "another's key", "other challenge", "other handle"])
def test_what_is_wrong_with_a_passkey_has_one_answer(
    alice: User, bob: User, signed_in: SignedIn, passkey: SoftwarePasskey, flaw: str
) -> None:
    register(signed_in(alice), passkey)
    begun = APIClient().post("/api/auth/login/passkey/options").json()
    options = begun["public_key"]
    if flaw == "other site":
        passkey.origin = "https://loupe.example.net"
    elif flaw == "unverified user":
        passkey.verifies_user = False
    elif flaw == "another's key":
        passkey.key = SoftwarePasskey(passkey.origin).key
    elif flaw == "other challenge":
        options = {
            **options,
            "challenge": APIClient().post("/api/auth/login/passkey/options").json()["public_key"]["challenge"],
        }
    else:
        passkey.user_handle = "AAAAAAAAAAAAAAAAAAAAAA"
    answer = APIClient().post(
        "/api/auth/login/passkey", {"ceremony": begun["ceremony"], "credential": passkey.get(options)}
    )
    stranger = login(SoftwarePasskey(passkey.origin))
    assert answer.status_code == stranger.status_code == 401
    assert {**answer.json(), "request_id": ""} == {**stranger.json(), "request_id": ""}
    assert AuditLog.objects.filter(action="authentication.login", outcome="refused").count() == 2


def test_registration_refuses_an_authenticator_that_did_not_check_its_user(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    passkey.verifies_user = False
    assert register(signed_in(alice), passkey).json()["code"] == "passkey_refused"
    assert not Passkey.objects.exists()


def test_a_ceremony_works_once_and_for_its_own_session(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    client, other = signed_in(alice), signed_in(alice)
    begun = client.post("/api/auth/mfa/passkeys/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.create(begun["public_key"]), "name": "Laptop"}
    assert other.post("/api/auth/mfa/passkeys", body).json()["code"] == "ceremony_not_open"
    assert (
        APIClient().post("/api/auth/login/passkey", {k: body[k] for k in ("ceremony", "credential")}).json()["code"]
        == "ceremony_not_open"
    )
    answer = client.post("/api/auth/mfa/passkeys", body)
    assert answer.status_code == 201
    bearer(client, answer.json()["tokens"]["access"])
    assert client.post("/api/auth/mfa/passkeys", body).json()["code"] == "ceremony_not_open"


def test_a_ceremony_is_over_after_five_minutes_and_swept_away(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    register(signed_in(alice), passkey)
    begun = APIClient().post("/api/auth/login/passkey/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.get(begun["public_key"])}
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=301), tick=True):
        assert APIClient().post("/api/auth/login/passkey", body).json()["code"] == "ceremony_not_open"
        APIClient().post("/api/auth/login/passkey/options")
    assert PasskeyCeremony.objects.count() == 1


def test_a_counter_that_goes_back_is_a_copy(alice: User, signed_in: SignedIn, passkey: SoftwarePasskey) -> None:
    register(signed_in(alice), passkey)
    for _ in range(2):
        assert login(passkey).status_code == 200
    passkey.sign_count = 0
    assert login(passkey).json()["code"] == "passkey_refused"


def test_of_two_answers_of_one_count_that_are_read_at_once_the_second_is_a_copy(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(signed_in(alice), passkey)
    real = PasskeyCeremonies._signed

    def signed(*arguments: Any) -> int | None:
        count = real(*arguments)
        Passkey.objects.update(sign_count=count)  # another answer with the same count was taken meanwhile
        return count

    monkeypatch.setattr(PasskeyCeremonies, "_signed", signed)
    assert login(passkey).json()["code"] == "passkey_refused"


def test_a_deactivated_account_has_no_way_in_by_passkey(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    register(signed_in(alice), passkey)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert login(passkey).json()["code"] == "passkey_refused"


@pytest.mark.parametrize("credential", [{}, {"id": 5}, {"id": "x", "response": []}, {"id": "x", "rawId": "x"}])
def test_what_is_no_credential_is_refused(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey, credential: dict[str, Any]
) -> None:
    client = signed_in(alice)
    begun = client.post("/api/auth/mfa/passkeys/options").json()
    body = {"ceremony": begun["ceremony"], "credential": credential, "name": "Laptop"}
    assert client.post("/api/auth/mfa/passkeys", body).status_code == 400
    register(client, passkey)
    begun = APIClient().post("/api/auth/login/passkey/options").json()
    broken = {**credential, "id": Passkey.objects.get().credential_id}
    answer = APIClient().post("/api/auth/login/passkey", {"ceremony": begun["ceremony"], "credential": broken})
    assert answer.status_code == 401


def test_nobody_touches_the_passkeys_of_others(
    alice: User, bob: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    register(signed_in(alice), passkey)
    bobs = signed_in(bob)
    register(bobs, SoftwarePasskey(passkey.origin))
    path = f"/api/auth/mfa/passkeys/{Passkey.objects.get(user=alice).pk}"
    assert bobs.patch(path, {"name": "Mine"}).status_code == 404
    assert bobs.delete(path).status_code == 404
    assert len(bobs.get("/api/auth/mfa/passkeys").json()["results"]) == 1


@pytest.mark.usefixtures("parallel")
def test_of_parallel_answers_to_one_ceremony_one_signs_in(
    alice: User, signed_in: SignedIn, passkey: SoftwarePasskey
) -> None:
    register(signed_in(alice), passkey)
    begun = APIClient().post("/api/auth/login/passkey/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.get(begun["public_key"])}
    statuses = at_once(20, lambda _: APIClient().post("/api/auth/login/passkey", body).status_code)
    assert statuses.count(200) == 1
