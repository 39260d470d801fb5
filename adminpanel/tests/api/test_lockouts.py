"""Lockouts over REST: listed without naming anybody, searched by address in the body, lifted one by one."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from accounts.models import LockoutCounter
from accounts.services.lockout import AccountLockoutService, Factor
from adminpanel.tests.conftest import SignedInAs

pytestmark = pytest.mark.django_db
LOCKOUTS = "/api/admin/lockouts"
ADDRESS = "203.0.113.7"


@pytest.fixture
def support(signed_in_as: SignedInAs) -> APIClient:
    return signed_in_as("support")


@pytest.fixture
def counted() -> list[str]:
    """Keys of an address, a name without an account that waits, and a name that counts; in the order of failing."""
    lockout = AccountLockoutService()
    subjects = [lockout.address(ADDRESS), *(lockout.account(None, name, Factor.PASSWORD) for name in "ab")]
    lockout.charge(*subjects)
    for number, subject in enumerate(subjects):
        LockoutCounter.objects.filter(key=subject.key).update(failed_at=1_790_000_000_000 + number)
    LockoutCounter.objects.filter(key=subjects[1].key).update(blocked_until=4_000_000_000_000, failures=6)
    return [subject.key for subject in subjects]


def keys(client: APIClient, query: str = "") -> list[str]:
    return [each["key"] for each in client.get(f"{LOCKOUTS}{query}").json()["results"]]


def test_the_latest_failure_comes_first_and_pages_follow(support: APIClient, counted: list[str]) -> None:
    assert keys(support) == counted[::-1]
    first = support.get(f"{LOCKOUTS}?page_size=2").json()
    rest = support.get(f"{LOCKOUTS}?page_size=2&cursor={first['next']}").json()
    assert [each["key"] for each in [*first["results"], *rest["results"]]] == counted[::-1]
    assert rest["next"] is None


def test_the_list_narrows_to_a_kind_and_a_state(support: APIClient, counted: list[str]) -> None:
    assert keys(support, "?kind=address") == [counted[0]]
    assert keys(support, "?state=waits") == [counted[1]]
    assert keys(support, "?state=counts") == [counted[2], counted[0]]
    assert keys(support, "?state=counts&kind=account") == [counted[2]]
    LockoutCounter.objects.filter(key=counted[1]).update(failures=100)
    assert (keys(support, "?state=stopped"), keys(support, "?state=waits")) == ([counted[1]], [])
    assert support.get(f"{LOCKOUTS}?kind=person").status_code == 400


def test_an_address_is_searched_by_what_it_is_and_shown_as_a_digest(support: APIClient, counted: list[str]) -> None:
    answer = support.post(f"{LOCKOUTS}/search", {"address": ADDRESS})
    assert answer.json()["results"] == [
        {
            "key": counted[0],
            "kind": "address",
            "factor": "",
            "failures": 1,
            "state": "counts",
            "waits_until": None,
            "failed_at": "2026-09-21T14:13:20Z",
        }
    ]
    assert ADDRESS not in answer.content.decode()
    assert support.post(f"{LOCKOUTS}/search", {"address": "203.0.113.8"}).json() == {"results": []}
    assert support.post(f"{LOCKOUTS}/search", {"address": "office"}).json()["errors"][0]["pointer"] == "/address"


def test_one_is_lifted_with_a_reason_and_only_once(support: APIClient, counted: list[str]) -> None:
    path = f"{LOCKOUTS}/{counted[1]}/lift"
    assert support.post(path, {}).status_code == 400
    assert support.post(path, {"reason": "ticket 4711"}).status_code == 204
    assert support.post(path, {"reason": "ticket 4711"}).status_code == 404
    assert keys(support) == [counted[2], counted[0]]
