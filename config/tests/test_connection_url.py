"""Awkward passwords come back exactly, or the URL is refused; nothing is altered in silence."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.connection import parse_url  # what the cache and the queue read it with

from config.connection_url import ConnectionUrl
from config.services.cache import CacheConfigService
from config.services.database import DatabaseConfigService

AWKWARD = [
    "a#b",
    "a?b",
    "a+b",
    "a%b",
    "a%zz",
    "a@b",
    "a/b",
    "a:b",
    "pässwörd",
    "パスワード",
    "a b",
    "#?+%@/:",
    "&=;,",
    "$x${y}",
]


@pytest.mark.parametrize("password", AWKWARD)
def test_an_encoded_password_comes_back_exactly(password: str) -> None:
    url = f"postgresql://user:{quote(password, safe='')}@db:5432/name?sslmode=require"
    service = DatabaseConfigService.model_validate({"url": url})
    database = service.django_settings()["DATABASES"]["default"]
    assert database["PASSWORD"] == password
    assert (database["USER"], database["HOST"], database["PORT"], database["NAME"]) == ("user", "db", "5432", "name")
    assert database["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize("password", AWKWARD)
def test_a_raw_password_comes_back_exactly(password: str) -> None:
    parsed = ConnectionUrl.parse(f"postgresql://user:{password}@db:5432/name")
    assert (parsed.password, parsed.host, parsed.port, parsed.name) == (password, "db", 5432, "name")


@pytest.mark.parametrize("password", AWKWARD)
def test_redis_reads_the_same_password(password: str) -> None:
    service = CacheConfigService.model_validate({"url": f"redis://:{password}@cache:6379/3"})
    read = parse_url(service.django_settings()["CACHES"]["default"]["LOCATION"])  # type: ignore[no-untyped-call]
    assert (read["password"], read["host"], read["db"]) == (password, "cache", 3)


@given(
    user=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    password=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
)
def test_the_canonical_url_reads_as_the_same_parts(user: str, password: str, name: str) -> None:
    url = ConnectionUrl("postgresql", user, password, "::1", 5432, name, {"a": "b c"})
    assert ConnectionUrl.parse(url.canonical()) == url


@pytest.mark.parametrize(
    "url", ["postgresql://u:123/x@h/d", "postgresql://h:x/d", "nothing", "postgresql://u:p@h:99999/d"]
)
def test_what_can_be_read_in_two_ways_is_refused_without_its_text(url: str) -> None:
    with pytest.raises(ValueError, match=r"must|two ways|cannot be read") as refusal:
        ConnectionUrl.parse(url)
    assert "123" not in str(refusal.value)


def test_an_at_sign_in_the_query_is_no_password() -> None:
    parsed = ConnectionUrl.parse("postgresql://db:5432/name?application_name=a@b")
    assert (parsed.user, parsed.host, parsed.query) == ("", "db", {"application_name": "a@b"})


def test_the_password_is_not_in_the_repr() -> None:
    assert "hidden-one" not in repr(ConnectionUrl.parse("redis://u:hidden-one@h/0?password=hidden-one"))
