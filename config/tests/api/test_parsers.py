"""Input is taken as it is or refused; nothing is repaired on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from config.api.parsers import MAX_DEPTH, strict_json
from config.errors import DomainError
from config.orchestrator import get_orchestrator

pytestmark = [pytest.mark.urls("config.tests.api.endpoints"), pytest.mark.django_db]


def post(body: bytes, **extra: Any) -> Any:
    return APIClient().post("/api/notes", body, content_type="application/json", **extra)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text": "a\\u0000b"}', "nul_character"),
        (b'{"a\\u0000": 1}', "nul_character"),
        (b'{"text": "\\ud800"}', "lone_surrogate"),
        (b'{"text": "\\udc00\\ud800"}', "lone_surrogate"),
        (b'{"text": "a", "text": "b"}', "duplicate_key"),
        (b"[" * 200_000, "too_deep"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b'{"number": 9223372036854775808}', "number_out_of_range"),
        (b'{"number": -9223372036854775809}', "number_out_of_range"),
        (b'{"number": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"number": 1e999}', "number_out_of_range"),
        (b'{"number": NaN}', "malformed_json"),
        (b'{"text": "\xff"}', "not_utf8"),
        (b'\xef\xbb\xbf{"text": "a"}', "malformed_json"),
        (b'{"text": "a"} x', "malformed_json"),
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(body: bytes, code: str) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert answer.json()["code"] == code


@pytest.mark.parametrize("text", ["  spaces stay ", "\U0001f600", "é vs e\u0301", "<script>", "'; DROP TABLE"])
def test_text_is_kept_to_the_letter(text: str) -> None:
    assert post(json.dumps({"text": text}).encode()).json()["text"] == text


def test_the_deepest_allowed_body_is_read() -> None:
    assert strict_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(DomainError):
        strict_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_the_largest_numbers_are_read_exactly() -> None:
    assert strict_json(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]


def test_unknown_fields_are_named() -> None:
    body = post(b'{"text": "a", "colour": 1}').json()
    assert body["errors"] == [
        {"pointer": "/colour", "code": "unknown_field", "detail": "There is no such field."},
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": 5}, "/text"),
        ({"text": True}, "/text"),
        ({"text": ["a"]}, "/text"),
        ({"title": 5}, "/title"),
        ({"number": "5"}, "/number"),
        ({"number": True}, "/number"),
        ({"tags": ["a", 5]}, "/tags/1"),
        ({"tags": "a"}, "/tags"),
        ({"marked": "yes"}, "/marked"),
        ({"marked": 1}, "/marked"),
        ({"key": 7}, "/key"),
        ({"kind": 1}, "/kind"),
        ({"more": "{}"}, "/more"),
        ({"more": []}, "/more"),
    ],
)
def test_a_json_value_of_another_type_is_refused_and_not_turned_into_the_right_one(
    body: dict[str, Any], pointer: str
) -> None:
    answer = post(json.dumps(body).encode())
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_whole_number_may_be_written_with_a_point_as_json_has_one_kind_of_number() -> None:
    assert post(b'{"number": 5.0}').json()["number"] == 5
    assert post(b'{"number": 5.5}').status_code == 400


def test_a_form_spells_every_value_as_text() -> None:
    form = {"number": "5", "marked": "true", "kind": "1", "more": '{"a": 1}'}
    assert APIClient().post("/api/notes", form, format="multipart").status_code == 201


def test_an_object_in_a_form_is_refused_at_its_field() -> None:
    answer = APIClient().post("/api/notes", {"more": "{"}, format="multipart")
    assert answer.json()["errors"] == [
        {
            "pointer": "/more",
            "code": "malformed_json",
            "detail": "The text of this field is refused. This is not JSON: line 1, column 2.",
        }
    ]


def test_a_body_that_is_no_object_is_told_so_in_the_words_of_json() -> None:
    [error] = post(b"[]").json()["errors"]
    assert (error["pointer"], error["detail"]) == ("", "Send an object with named members.")


def test_a_query_parameter_that_means_nothing_is_refused_as_its_answer_would_be_everything() -> None:
    answer = APIClient().get("/api/notes?titel=a&page_size=5")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/titel", "unknown_field")
    assert error["detail"] == "There is no such parameter; there are: cursor, page_size."
    assert APIClient().post("/api/notes?dry_run=true", {"text": "a"}, format="json").status_code == 400


def test_a_repeated_form_field_is_refused_unless_it_is_a_list() -> None:
    client = APIClient()
    answer = client.post("/api/notes", {"text": ["a", "b"]}, format="multipart")
    assert answer.json()["errors"][0]["code"] == "repeated_field"
    assert client.post("/api/notes", {"tags": ["a", "b"]}, format="multipart").json()["tags"] == ["a", "b"]


@pytest.mark.parametrize(("text", "code"), [(b"a\x00b", "nul_character"), (b"a\xffb", "not_utf8")])
def test_form_text_is_held_to_the_same_rules(text: bytes, code: str) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + text + b"\r\n--B--\r\n"
    answer = APIClient().post("/api/notes", body, content_type="multipart/form-data; boundary=B")
    assert answer.status_code == 400
    assert answer.json()["code"] == code


def test_a_body_over_the_limit_is_refused_by_its_length_alone() -> None:
    too_much = get_orchestrator().api_service.max_body_bytes + 1
    assert post(b"{}", CONTENT_LENGTH=str(too_much)).status_code == 413
    assert post(b"{}", CONTENT_LENGTH="9" * 30).status_code == 413
    assert post(b"{}", CONTENT_LENGTH="-1").status_code == 400


def test_a_json_body_over_its_own_limit_is_refused() -> None:
    too_much = get_orchestrator().api_service.max_json_bytes
    assert post(b'"' + b"a" * too_much + b'"').json()["code"] == "body_too_large"


def test_a_chunked_body_is_refused_because_its_size_is_unknown() -> None:
    assert post(b"{}", headers={"Transfer-Encoding": "chunked"}).status_code == 411


def test_more_files_than_anybody_sends_are_refused() -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(150)]
    answer = APIClient().post("/api/notes", {"file": files}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_files")
    assert "100" in answer.json()["detail"]


def test_more_fields_than_anybody_sends_are_refused() -> None:
    answer = APIClient().post("/api/notes", {f"field{number}": "x" for number in range(1_100)}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_fields")
    assert APIClient().get("/api/notes", {f"field{number}": "x" for number in range(1_100)}).status_code in (400, 413)


def test_a_compressed_body_is_refused_because_nobody_unpacks_it() -> None:
    answer = post(b"{}", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    assert answer["Accept-Encoding"] == "identity"
    assert post(b"{}", headers={"Content-Encoding": "identity"}).status_code == 201


def test_a_body_where_none_belongs_is_refused() -> None:
    client = APIClient()
    assert client.post("/api/guess").status_code == 200
    assert client.post("/api/guess", {"a": 1}, format="json").json()["code"] == "unexpected_body"


@pytest.mark.parametrize("title", [" a", "a ", "a\nb", "a\u202eb", "a\u200bb", "\u2028", "a\tb"])
def test_a_line_that_does_not_look_like_what_it_is_is_refused(title: str) -> None:
    assert post(json.dumps({"title": title}).encode()).json()["errors"][0]["pointer"] == "/title"


def test_a_line_is_kept_to_the_letter() -> None:
    title = "Häuser & Höfe: 家 \U0001f3e0"
    assert post(json.dumps({"title": title}).encode()).json()["title"] == title
