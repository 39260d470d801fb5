"""A repeated POST is answered, not done again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from config.models import LEASE, LIFETIME, IdempotentRequest
from config.tests.api.endpoints import NoteViewSet

pytestmark = [pytest.mark.urls("config.tests.api.endpoints"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _nothing_called() -> None:
    NoteViewSet.calls.clear()


def post(body: dict[str, Any], key: str | None = "key-1", client: APIClient | None = None, **extra: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return (client or APIClient()).post("/api/notes", body, **{"format": "json", "headers": headers, **extra})


def test_the_same_key_and_body_give_the_same_answer_once() -> None:
    first, second = post({"text": "a"}), post({"text": "a"})
    assert first.json() == second.json()
    assert (second.status_code, second["Location"], second["Idempotency-Replayed"]) == (201, "/notes/1", "true")
    assert len(NoteViewSet.calls) == 1


def test_without_a_key_every_request_is_done() -> None:
    assert post({"text": "a"}, None).json() != post({"text": "a"}, None).json()


def test_another_body_under_the_same_key_is_refused() -> None:
    post({"text": "a"})
    answer = post({"text": "b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(NoteViewSet.calls) == 1


def test_a_repeated_form_is_the_same_though_its_boundary_is_new() -> None:
    def form(content: bytes) -> dict[str, Any]:
        return {"text": "a", "file": SimpleUploadedFile("a.png", content)}

    first = post(form(b"1"), format="multipart")
    assert post(form(b"1"), format="multipart").json() == first.json()
    assert post(form(b"2"), format="multipart").status_code == 422


def test_a_request_still_under_way_is_a_conflict_until_its_lease_ends() -> None:
    post({"text": "a"})
    IdempotentRequest.objects.update(status=None)
    answer = post({"text": "a"})
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert "Retry-After" in answer
    IdempotentRequest.objects.update(created_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert post({"text": "a"}).json()["call"] == 2


def test_two_principals_do_not_meet(alice: Any, bob: Any, signed_in: Any) -> None:
    calls = {post({"text": "a"}, client=client).json()["call"] for client in (signed_in(alice), signed_in(bob))}
    assert calls == {1, 2}


def test_a_failed_request_leaves_the_key_free() -> None:
    assert post({"text": "fail"}, client=APIClient(raise_request_exception=False)).status_code == 500
    assert post({"number": "x"}).status_code == 400
    assert post({"text": "a"}).status_code == 201


def test_an_answer_is_kept_for_a_day() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        post({"text": "a"})
        clock.shift(LIFETIME - timedelta(minutes=1))
        assert post({"text": "a"}).json()["call"] == 1
        clock.shift(timedelta(minutes=2))
        assert IdempotentRequest.objects.over().count() == 1
        assert post({"text": "a"}).json()["call"] == 2


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "schl\u00fcssel"])
def test_a_malformed_key_is_refused(key: str) -> None:
    assert post({"text": "a"}, key).json()["errors"][0]["pointer"] == "/Idempotency-Key"


def test_the_table_tells_neither_key_nor_body() -> None:
    post({"text": "correct horse"}, "my-key")
    row = IdempotentRequest.objects.values("digest", "fingerprint").get()
    assert "my-key" not in str(row)
    assert "horse" not in str(row)


@pytest.mark.django_db(transaction=True)
def test_of_parallel_claims_one_wins() -> None:
    def claim(_: int) -> bool:
        try:
            return IdempotentRequest.objects.claim("d" * 64, "f" * 64)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(40))) == 1
