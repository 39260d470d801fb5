"""API keys: shown once, good for what they say, and dead at once when they should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.hashers import ConfiguredArgon2PasswordHasher
from accounts.models import ApiKey, Scope, User
from accounts.services.api_keys import MAX_LIVE_KEYS, ApiKeyService, digest_of
from accounts.services.password import PasswordService
from accounts.tests.conftest import Configure, subjects
from audit.models import AuditLog
from config.api_key_format import PATTERN, checksum, is_api_key
from config.secret_scan.engine import RulesEngine
from config.secret_scan.finding import Document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
URL = "/api/auth/api-keys"
EVERYTHING = [each.value for each in Scope if not each.startswith("admin")]


def key_client(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


@pytest.fixture
def api(alice: User, signed_in: Callable[[User], APIClient]) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def secret(alice: User) -> str:
    return ApiKeyService().create(alice, "CI", EVERYTHING, [], 90).secret


def status(secret: str, path: str = "/api/auth/me", **extra: Any) -> int:
    return int(key_client(secret).get(path, **extra).status_code)


def test_a_key_is_shown_once_and_kept_as_a_digest(api: APIClient, alice: User) -> None:
    answer = api.post(URL, {"name": "CI", "scopes": ["account:read"]})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    secret = answer.json()["key"]
    assert PATTERN.fullmatch(secret)
    row = ApiKey.objects.get()
    assert row.digest == digest_of(secret)
    assert secret not in repr(ApiKey.objects.values().get())
    (listed,) = api.get(URL).json()["results"]
    assert listed == answer.json()["api_key"]
    assert "key" not in listed
    assert status(secret) == 200
    assert subjects(alice.email) == ["A new API key for your account"]


def test_our_scanner_finds_a_key_and_a_typo_asks_no_database(secret: str, django_assert_num_queries: Any) -> None:
    (found, *_) = RulesEngine().scan(Document("settings.py", f'KEY = "{secret}"'))
    assert (found.rule, found.secret) == ("loupe-api-key", secret)
    mistyped = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    assert not is_api_key(mistyped)
    with django_assert_num_queries(0):
        assert ApiKeyService().check(mistyped, None) is None


def test_a_key_costs_no_password_hash(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def hashed(*_: Any, **__: Any) -> Any:
        raise AssertionError("a password was hashed")

    for act in ("verify", "encode"):
        monkeypatch.setattr(ConfiguredArgon2PasswordHasher, act, hashed)
    assert status(secret) == 200
    assert status(secret[:-8] + "a" * 8) == 401


@pytest.mark.parametrize(
    "header", ["Api-Key", "Api-Key ", "Api-Key lp_dev_short", "Api-Key \xff", "Api-Key " + "x" * 5000]
)
def test_what_is_no_key_is_refused_alike(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get("/api/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_not_valid")


def test_an_unknown_key_with_a_right_checksum_is_refused() -> None:
    body = "lp_dev_" + "0" * 30
    assert status(body + checksum(body)) == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "expected"),
    [
        (["design-system:read"], "get", "/api/design-system/formats", 200),
        (["design-system:read"], "post", "/api/design-system/systems", 403),
        (["design-system:write"], "post", "/api/design-system/systems", 400),
        (["design-system:write"], "get", "/api/design-system/formats", 403),
        (["design-system:read", "design-system:write"], "get", "/api/auth/me", 403),
        (["account:read"], "get", "/api/auth/me", 200),
        (["account:read"], "patch", "/api/auth/me", 403),
        (["account:read"], "get", "/api/auth/api-keys", 200),
    ],
)
def test_a_key_reaches_what_its_scopes_say(
    alice: User, scopes: list[str], method: str, path: str, expected: int
) -> None:
    made = ApiKeyService().create(alice, "CI", scopes, [], 1)
    answer = getattr(key_client(made.secret), method)(path, **({} if method == "get" else {"data": {}}))
    assert answer.status_code == expected
    if expected == 403:
        assert answer.json()["code"] == "scope_missing"
        denied = AuditLog.objects.get(action="access.denied")
        assert (denied.actor, denied.subject) == (f"apikey:{made.key.pk}", f"user:{alice.pk}")


def test_a_key_makes_no_keys_and_does_nothing_that_needs_a_recent_login(secret: str) -> None:
    client = key_client(secret)
    answer = client.post(URL, {"name": "more", "scopes": ["account:read"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    change = client.post("/api/auth/password/change", {"current_password": "x", "password": "y"})
    assert change.status_code == 401
    assert client.get("/api/auth/sessions").status_code == 401


def test_only_staff_who_may_read_the_trail_let_a_key_read_it(
    api: APIClient, staff: User, signed_in: Callable[[User], APIClient]
) -> None:
    body = {"name": "SIEM", "scopes": ["admin:audit:read"]}
    for client in (api, signed_in(staff)):
        answer = client.post(URL, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_not_held")
    staff.groups.add(Group.objects.get(name="auditor"))
    assert signed_in(staff).post(URL, body).status_code == 201


def test_a_key_works_from_its_networks_only(alice: User) -> None:
    made = ApiKeyService().create(alice, "CI", EVERYTHING, ["192.0.2.0/24", "2001:db8::/32"], 1)
    assert status(made.secret, REMOTE_ADDR="192.0.2.7") == 200
    assert status(made.secret, REMOTE_ADDR="2001:db8::1") == 200
    assert status(made.secret, REMOTE_ADDR="198.51.100.1") == 401
    assert status(made.secret, REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR="192.0.2.7") == 401
    denied = AuditLog.objects.filter(action="access.denied")
    assert {each.target for each in denied} == {f"apikey:{made.key.pk}"}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "", "scopes": ["account:read"]},
        {"name": "x", "scopes": ["account:read"], "networks": ["192.0.2.1/24"]},
        {"name": "x", "scopes": ["account:read"], "networks": ["here"]},
        {"name": "x", "scopes": ["account:read"], "expires_in_days": 0},
        {"name": "x", "scopes": ["account:read"], "expires_in_days": 366},
        {"name": "x", "scopes": ["account:read"], "forever": True},
    ],
)
def test_what_makes_no_sense_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    assert api.post(URL, body).status_code == 400
    assert not ApiKey.objects.exists()


def test_a_key_ends_with_its_time_and_not_before(secret: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        assert status(secret) == 200
    with time_machine.travel(timezone.now() + timedelta(days=90, seconds=1)):
        assert status(secret) == 401


def test_a_revoked_key_is_worthless_at_once(api: APIClient, secret: str) -> None:
    key = ApiKey.objects.get()
    assert api.delete(f"{URL}/{key.pk}").status_code == 204
    assert status(secret) == 401
    assert api.delete(f"{URL}/{key.pk}").status_code == 404
    assert api.get(URL).json()["results"] == []


def _change_password(user: User) -> None:
    from accounts.models import AuthSession

    session = AuthSession.objects.filter(user=user).first()
    assert session is not None
    PasswordService().change(user, session.pk, "correct horse battery staple", "another quite long sentence")


def _deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def _delete(user: User) -> None:
    user.delete()


@pytest.mark.parametrize("event", [_change_password, _deactivate, _delete])
def test_what_ends_every_credential_ends_the_key(
    api: APIClient, alice: User, secret: str, event: Callable[[User], None]
) -> None:
    assert status(secret) == 200
    event(User.objects.get(pk=alice.pk))
    assert status(secret) == 401


def test_a_rotation_overlaps(api: APIClient, secret: str) -> None:
    old = ApiKey.objects.get()
    answer = api.post(f"{URL}/{old.pk}/rotate", {"overlap_seconds": 3600})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    new = answer.json()["key"]
    assert (status(secret), status(new)) == (200, 200)
    assert answer.json()["api_key"]["scopes"] == EVERYTHING
    old.refresh_from_db()
    assert str(old.successor_id) == answer.json()["api_key"]["id"]
    with time_machine.travel(timezone.now() + timedelta(seconds=3601)):
        assert (status(secret), status(new)) == (401, 200)


def test_a_rotation_never_lengthens_the_old_key(api: APIClient, alice: User) -> None:
    made = ApiKeyService().create(alice, "CI", EVERYTHING, [], 1)
    api.post(f"{URL}/{made.key.pk}/rotate", {"overlap_seconds": 7 * 86_400})
    assert ApiKey.objects.get(pk=made.key.pk).expires_at == made.key.expires_at


def test_a_key_changes_name_scopes_and_networks(api: APIClient, secret: str) -> None:
    key = ApiKey.objects.get()
    body = {"name": "Build", "scopes": ["design-system:read"], "networks": ["192.0.2.1"]}
    answer = api.patch(f"{URL}/{key.pk}", body)
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["networks"]) == ("Build", ["192.0.2.1/32"])
    assert status(secret, REMOTE_ADDR="192.0.2.1") == 403
    assert api.patch(f"{URL}/{key.pk}", {"scopes": ["admin:audit:read"]}).json()["code"] == "scope_not_held"


@pytest.mark.parametrize(("method", "rest"), [("patch", ""), ("delete", ""), ("post", "/rotate")])
def test_somebody_elses_key_is_not_there(
    secret: str, bob: User, signed_in: Callable[[User], APIClient], method: str, rest: str
) -> None:
    key = ApiKey.objects.get()
    body: dict[str, Any] = {} if method == "delete" else {"data": {}}
    assert getattr(signed_in(bob), method)(f"{URL}/{key.pk}{rest}", **body).status_code == 404
    assert status(secret) == 200


def test_its_last_use_is_noted_once_a_minute(secret: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        ApiKeyService().check(secret, None)
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None
    with django_assert_num_queries(1):
        ApiKeyService().check(secret, None)
    with time_machine.travel(noted + timedelta(seconds=61)):
        ApiKeyService().check(secret, None)
        assert ApiKey.objects.get().last_used_at != noted


def test_a_key_is_counted_for_itself(secret: str, alice: User, configure: Configure, api: APIClient) -> None:
    configure(LOUPE_API_RATE_READ="2/minute")
    assert [status(secret) for _ in range(3)] == [200, 200, 429]
    other = ApiKeyService().create(alice, "other", EVERYTHING, [], 1)
    assert (status(other.secret), api.get("/api/auth/me").status_code) == (200, 200)


def test_there_is_an_end_to_keys(alice: User, api: APIClient, secret: str) -> None:
    for number in range(MAX_LIVE_KEYS - 1):
        ApiKeyService().create(alice, str(number), EVERYTHING, [], 1)
    answer = api.post(URL, {"name": "x", "scopes": ["account:read"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_api_keys")


def test_the_trail_says_which_key_acted(secret: str, alice: User) -> None:
    key_client(secret).patch("/api/auth/me", {"name": "Alice"})
    entry = AuditLog.objects.get(action="account.updated")
    assert (entry.actor, entry.method, entry.session) == (
        f"user:{alice.pk}",
        "api_key",
        f"apikey:{ApiKey.objects.get().pk}",
    )


def test_the_check_can_be_measured(capsys: pytest.CaptureFixture[str], alice: User) -> None:
    call_command("benchmark_api_keys", "--checks", "20")
    assert "median" in capsys.readouterr().out
    assert not ApiKey.objects.exists()
