"""Consents, restriction and one's own activity over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts import consent_texts
from accounts.consent_texts import TEXTS, ConsentText
from accounts.models import Consent, ConsentPurpose, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_consents import ConsentService
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
URL = "/api/auth/gdpr"


@pytest.fixture
def api(alice: User, signed_in: Callable[[User], APIClient]) -> APIClient:
    return signed_in(alice)


def decide(api: APIClient, given: bool, version: str = "2026-11") -> Any:
    return api.post(f"{URL}/consents", {"purpose": "product_news", "text_version": version, "given": given})


def consents(api: APIClient) -> dict[str, bool]:
    return {each["purpose"]: each["given"] for each in api.get(f"{URL}/consents").json()["results"]}


def test_nothing_is_agreed_to_until_somebody_agrees(api: APIClient) -> None:
    assert consents(api) == dict.fromkeys(ConsentPurpose.values, False)


def test_a_consent_is_given_and_withdrawn_and_both_can_be_proved(api: APIClient, alice: User) -> None:
    assert decide(api, True).status_code == 201
    assert consents(api)["product_news"]
    assert decide(api, False).status_code == 201
    assert not consents(api)["product_news"]
    text = TEXTS[ConsentPurpose.PRODUCT_NEWS][-1]
    rows = Consent.objects.filter(user=alice).order_by("created_at")
    assert [(each.given, each.text_sha256) for each in rows] == [(True, text.sha256), (False, text.sha256)]
    entries = AuditLog.objects.filter(action__startswith="consent.").order_by("id")
    assert [each.action for each in entries] == ["consent.given", "consent.withdrawn"]
    assert all(text.sha256 in each.details for each in entries)


def test_a_new_text_has_to_be_agreed_to_anew(api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(api, True)
    purpose = ConsentPurpose.PRODUCT_NEWS
    newer = {**TEXTS, purpose: (*TEXTS[purpose], ConsentText("2027-01", "More news."))}
    monkeypatch.setattr(consent_texts, "TEXTS", newer)
    assert not ConsentService().is_given(alice, purpose)
    answer = decide(api, True, "2026-11")
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_text_outdated")
    assert decide(api, False, "2026-11").status_code == 201
    assert decide(api, True, "2027-01").json()["text"] == "More news."


@pytest.mark.parametrize(
    "body", [{}, {"purpose": "x", "text_version": "1", "given": True}, {"purpose": "product_news"}]
)
def test_a_decision_must_be_whole(api: APIClient, body: dict[str, Any]) -> None:
    assert api.post(f"{URL}/consents", body).status_code == 400
    assert not Consent.objects.exists()


def test_while_processing_is_restricted_only_the_account_changes(api: APIClient, alice: User) -> None:
    scopes = ["account:read", "account:write", "design-system:read", "design-system:write"]
    key = APIClient()
    key.credentials(HTTP_AUTHORIZATION=f"Api-Key {ApiKeyService().create(alice, 'CI', scopes, [], 1).secret}")
    assert api.post(f"{URL}/restriction").json()["restricted_at"] is not None
    for client in (api, key):
        answer = client.post("/api/design-system/systems", {"name": "Shop"})
        assert (answer.status_code, answer.json()["code"]) == (403, "processing_restricted")
        assert client.get("/api/design-system/systems").status_code == 200
        assert client.patch("/api/auth/me", {"name": "Alice"}).status_code == 200
    assert api.delete(f"{URL}/restriction").json() == {"restricted_at": None}
    assert api.post("/api/design-system/systems", {"name": "Shop"}).status_code == 201
    actions = AuditLog.objects.filter(action__startswith="privacy.processing").order_by("id")
    assert [each.action for each in actions] == ["privacy.processing_restricted", "privacy.processing_released"]


def test_ones_own_activity_is_all_of_it_and_nobody_elses(
    api: APIClient, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    api.patch("/api/auth/me", {"name": "Alice"})
    signed_in(bob).patch("/api/auth/me", {"name": "Bob"})
    seen = api.get(f"{URL}/activity").json()["results"]
    assert [each["action"] for each in seen] == [
        "account.updated",
        "authentication.login",
        "model.changed",  # the account was made
    ]
    assert seen[0]["by_you"]
    assert seen[0]["address"] == "127.0.0.1"
    first = api.get(f"{URL}/activity", {"page_size": 1}).json()
    second = api.get(f"{URL}/activity", {"page_size": 1, "cursor": first["next"]}).json()
    assert [each["results"][0]["id"] for each in (first, second)] == [each["id"] for each in seen[:2]]


def test_what_staff_do_to_an_account_is_seen_without_their_address(api: APIClient, alice: User, staff: User) -> None:
    from audit import context
    from audit.actions import Action
    from audit.logger import AuditLogger

    theirs = context.AuditContext(actor=f"user:{staff.pk}", address="192.0.2.9")
    with context.acting(theirs):
        AuditLogger().record(Action.ACCOUNT_UNLOCKED, target=alice)
    (seen,) = api.get(f"{URL}/activity").json()["results"][:1]
    assert (seen["action"], seen["by_you"], seen["address"]) == ("account.unlocked", False, None)
