"""Every refusal has one shape, whoever makes it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = [pytest.mark.urls("config.tests.api.endpoints"), pytest.mark.django_db]


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["type", "title", "status", "detail", "instance", "code", "errors", "request_id"]
    assert body["status"] == status
    assert body["code"] == code
    assert body["request_id"] == answer["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    ("method", "path", "extra", "status", "code"),
    [
        ("get", "/api/nothing", {}, 404, "not_found"),
        ("get", "/api/notes", {"headers": {"Host": "evil.example"}}, 400, "bad_request"),
        ("delete", "/api/notes", {}, 405, "method_not_allowed"),
        ("get", "/api/notes", {"headers": {"Accept": "text/csv"}}, 406, "not_acceptable"),
        ("post", "/api/notes", {"data": b"x", "content_type": "text/csv"}, 415, "unsupported_media_type"),
        ("post", "/api/notes", {"data": b"{", "content_type": "application/json"}, 400, "malformed_json"),
        ("post", "/api/notes", {"data": b"x", "content_type": "multipart/form-data"}, 400, "parse_error"),
        ("get", "/api/secret", {}, 401, "not_authenticated"),
        ("get", "/api/undeclared", {}, 401, "not_authenticated"),
        ("get", "/api/notes?page_size=0", {}, 400, "invalid"),
        ("get", "/api/notes?cursor=%00", {}, 400, "bad_characters"),
        ("get", "/api/notes?cursor=%ff", {}, 400, "bad_characters"),
    ],
)
def test_a_refusal_is_a_problem(method: str, path: str, extra: dict[str, Any], status: int, code: str) -> None:
    assert_problem(getattr(APIClient(), method)(path, **extra), status, code)


def test_a_defect_is_a_problem_without_its_words() -> None:
    answer = APIClient(raise_request_exception=False).post("/api/notes", {"text": "fail"}, format="json")
    body = assert_problem(answer, 500, "server_error")
    assert "defect" not in str(body)


def test_a_refusal_that_names_its_field_points_at_it() -> None:
    answer = APIClient().post("/api/notes", {"number": "x", "tags": ["a", {}]}, format="json")
    body = assert_problem(answer, 400, "invalid")
    assert [error["pointer"] for error in body["errors"]] == ["/number", "/tags/1"]


def test_a_405_says_what_is_allowed_and_a_401_how_to_sign_in() -> None:
    assert "POST" in APIClient().put("/api/notes")["Allow"]
    assert APIClient().get("/api/secret")["WWW-Authenticate"].startswith("Bearer")


def test_what_is_allowed_is_all_that_is_answered() -> None:
    allowed = APIClient().get("/api/notes")["Allow"]
    assert allowed == "GET, POST, HEAD"
    assert APIClient().options("/api/notes").status_code == 405


def test_a_415_and_a_406_say_what_there_is() -> None:
    refused = APIClient().post("/api/notes", b"x", content_type="text/csv")
    assert refused["Accept"] == "application/json, multipart/form-data"
    assert refused["Accept"] in refused.json()["detail"]
    assert "application/json" in APIClient().get("/api/notes", headers={"Accept": "text/csv"}).json()["detail"]


@pytest.mark.urls("config.urls")
def test_djangos_own_405_is_a_problem_too() -> None:
    answer = APIClient().post("/health/live")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD"


def test_an_undeclared_operation_is_refused_to_everybody(alice: Any, signed_in: Any) -> None:
    assert_problem(signed_in(alice).get("/api/undeclared"), 403, "undeclared_operation")


def test_answers_are_never_stored_and_carry_the_security_headers() -> None:
    answer = APIClient().get("/api/notes")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
