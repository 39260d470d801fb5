"""What the tests of accounts share: a configuration of one's own, the outbox, the mails, and threads that race."""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm
from django.core import mail
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts.services.outbox import Outbox
from accounts.tasks import handlers
from accounts.testing.software_passkey import SoftwarePasskey
from config.orchestrator import get_orchestrator, replace_orchestrator

Configure = Callable[..., None]
Result = TypeVar("Result")

PASSWORD = "correct horse battery staple"


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Set variables of the configuration for one test: `configure(LOUPE_X="1")`."""

    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        _read_again()

    yield set_variables
    monkeypatch.undo()
    _read_again()


@pytest.fixture
def make_key() -> Callable[[str], str]:
    """A new key of a ring: `make_key("a")` gives "a:base64"."""
    return lambda key_id: f"{key_id}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def client() -> APIClient:
    """A stranger."""
    return APIClient()


@pytest.fixture
def passkey() -> SoftwarePasskey:
    """An authenticator for the configured site."""
    return SoftwarePasskey(get_orchestrator().email_service.link_base_url)


@pytest.fixture(autouse=True)
def _no_rate_limits(configure: Configure) -> None:
    """Their own tests keep them; here many calls come from one address."""
    configure(LOUPE_API_RATE_CREDENTIALS="100000/minute", LOUPE_API_RATE_REFUSED="100000/minute")


def _read_again() -> None:
    replace_orchestrator(None)
    get_hashers.cache_clear()  # type: ignore[attr-defined]  # they were made with the cost of before
    get_hashers_by_algorithm.cache_clear()  # type: ignore[attr-defined]


def deliver() -> int:
    """Do what the worker would do."""
    return Outbox().deliver_due(handlers())


def mailed_token(to: str, subject: str) -> str:
    """The token in the newest mail with these words in the subject."""
    deliver()
    for message in reversed(mail.outbox):
        if message.to == [to] and subject in message.subject:
            *_, last = re.findall(r"#token=(\S+)", str(message.body))  # the button's; one before it cancels
            return str(last)
    raise AssertionError(f"no mail {subject!r} to {to}: {[(each.to, each.subject) for each in mail.outbox]}")


def subjects(to: str) -> list[str]:
    """The subjects of all mails to an address."""
    deliver()
    return [str(message.subject) for message in mail.outbox if message.to == [to]]


def sign_in(client: APIClient, identifier: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/api/auth/login", {"identifier": identifier, "password": password, **more})


def bearer(client: APIClient, access: str) -> APIClient:
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def at_once(count: int, act: Callable[[int], Result]) -> list[Result]:
    """The results of `count` threads that begin together, each with a connection of its own."""
    gate = threading.Barrier(count)

    def run(number: int) -> Result:
        try:
            gate.wait(300)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def parallel(transactional_db: Any) -> None:
    """For tests whose threads write at the same time."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        pytest.skip("DATABASE_URL is missing: SQLite in memory has one writer")
