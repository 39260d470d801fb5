"""Pages stay right while rows come and go, and cursors are ours alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from config.models import IdempotentRequest

pytestmark = [pytest.mark.urls("config.tests.api.endpoints"), pytest.mark.django_db]
NOW = timezone.now()


def add(name: str, seconds: int) -> None:
    IdempotentRequest.objects.create(digest=name, fingerprint="", created_at=NOW + timedelta(seconds=seconds))


def page(cursor: str | None = None, size: int = 2) -> Any:
    query = {"page_size": size} | ({"cursor": cursor} if cursor else {})
    answer = APIClient().get("/api/notes", query)
    assert answer.status_code == 200
    return answer.json()


def names_of_all_pages(between: Any = lambda: None) -> list[str]:
    found, cursor = [], None
    while True:
        body = page(cursor)
        found += body["results"]
        cursor = body["next"]
        if cursor is None:
            return found
        between()


def test_every_row_comes_once_newest_first_also_when_times_are_equal() -> None:
    for number in range(7):
        add(f"row-{number}", number // 3)
    names = names_of_all_pages()
    assert len(names) == len(set(names)) == 7
    assert names[0] == "row-6"
    assert set(names[-3:]) == {"row-0", "row-1", "row-2"}


def test_rows_that_come_and_go_between_pages_neither_repeat_nor_hide_others() -> None:
    for number in range(6):
        add(f"row-{number}", number)
    news = iter(range(100))

    def come_and_go() -> None:
        add(f"news-{next(news)}", 1000)
        IdempotentRequest.objects.filter(digest="row-5").delete()

    assert names_of_all_pages(come_and_go) == [f"row-{number}" for number in (5, 4, 3, 2, 1, 0)]


def test_the_last_page_has_no_next_even_when_it_is_full() -> None:
    add("row-0", 0)
    add("row-1", 1)
    assert page()["next"] is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        lambda cursor: "x" + cursor,
        lambda cursor: "WyIyMDI2Il0",
        lambda cursor: "\u00e9:\u00e9:\u00e9",
        lambda cursor: cursor.upper(),
        lambda cursor: cursor * 100,
    ],
)
def test_a_tampered_cursor_is_refused(forge: Any) -> None:
    for number in range(3):
        add(f"row-{number}", number)
    answer = APIClient().get("/api/notes", {"cursor": forge(page()["next"])})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/cursor"


def test_a_cursor_of_another_list_is_refused() -> None:
    for number in range(3):
        add(f"row-{number}", number)
    cursor = page()["next"]
    assert APIClient().get("/api/notes", {"cursor": cursor}).status_code == 200
    assert APIClient().get("/api/other-notes", {"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("size", ["0", "201", "-1", "1e2", "", "ten", "\u0663", "9" * 5000])
def test_a_page_size_out_of_range_is_refused(size: str) -> None:
    assert APIClient().get("/api/notes", {"page_size": size}).status_code == 400
