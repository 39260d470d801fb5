"""A folder of sources of its own for each test, so that no test reads the machine's configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.keys import generate_keyring_entry, generate_secret_key
from config.orchestrator import ConfigServiceOrchestrator
from config.sources.places import Places

Load = Callable[..., ConfigServiceOrchestrator]


@pytest.fixture
def places(tmp_path: Path) -> Callable[..., Places]:
    def make(environ: Mapping[str, str] | None = None, *, toml: str = "", dotenv: str = "") -> Places:
        if toml:
            (tmp_path / "loupe.toml").write_text(toml, encoding="utf-8")
        if dotenv:
            (tmp_path / ".env").write_text(dotenv, encoding="utf-8")
        return Places.of_process(environ or {}, tmp_path)

    return make


@pytest.fixture
def load(places: Callable[..., Places]) -> Load:
    """`load({"LOUPE_...": ...}, toml=..., dotenv=...)` gives the orchestrator that these sources make."""

    def make(
        environ: Mapping[str, str] | None = None, *, toml: str = "", dotenv: str = ""
    ) -> ConfigServiceOrchestrator:
        return ConfigServiceOrchestrator.load(places(environ, toml=toml, dotenv=dotenv))

    return make


@pytest.fixture
def production() -> dict[str, str]:
    """Variables of a production that fits, with keys made today."""
    today = datetime.now(UTC).date()
    return {
        "LOUPE_ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://loupe:made-up@db.internal:5432/loupe",
        "REDIS_URL": "redis://:made-up@cache.internal:6379/0",
        "LOUPE_SECURITY_SECRET_KEY": generate_secret_key(today),
        "LOUPE_SECURITY_ENCRYPTION_KEYS": generate_keyring_entry(today),
        "LOUPE_SECURITY_BLIND_INDEX_KEYS": generate_keyring_entry(today),
        "LOUPE_AUTHENTICATION_SIGNING_KEYS": generate_keyring_entry(today),
        "LOUPE_AUDIT_CHAIN_KEYS": generate_keyring_entry(today),
        "LOUPE_AUDIT_SIGNING_KEYS": generate_keyring_entry(today),
        "LOUPE_SECURITY_ALLOWED_HOSTS": "loupe.example.com",
        "LOUPE_SECURITY_TLS": "true",
        "LOUPE_SECURITY_HSTS_SECONDS": "31536000",
        "LOUPE_EMAIL_BACKEND": "smtp",
        "LOUPE_EMAIL_LINK_BASE_URL": "https://loupe.example.com",
        "LOUPE_EMAIL_SMS_SENDER": "webhook",
        "LOUPE_EMAIL_SMS_WEBHOOK_URL": "https://sms.example.com/send",
        "LOUPE_LOGGING_FORMAT": "json",
    }
