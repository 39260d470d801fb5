"""What every test stands on: the profile (embedded, or DATABASE_URL and REDIS_URL) and a cheap hasher."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Set before Django reads the configuration, which is why the settings module is named here and not in pyproject.toml:
# pytest-django would load it before this file. A cheap Argon2 is still Argon2.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["LOUPE_ENVIRONMENT"] = "development"
os.environ["LOUPE_SECURITY_ARGON2_TIME_COST"] = "1"
os.environ["LOUPE_SECURITY_ARGON2_MEMORY_KIB"] = "64"
os.environ.pop("ANTHROPIC_API_KEY", None)  # no test asks a model that costs money
if "REDIS_URL" in os.environ:
    # each worker of pytest-xdist has a Redis database of its own, as pytest-django gives it a PostgreSQL one
    _number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_number}").geturl()

import django
import pytest
from django.apps import apps

django.setup()

pytest_plugins = ["accounts.testing.personas"]


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "numprocesses", None):
        # this is pytest-xdist's controller: in its workers Django would be set up by this name before by this file,
        # and all of them on one Redis database
        del os.environ["DJANGO_SETTINGS_MODULE"]
    _put_back_after_a_flush()


def _put_back_after_a_flush() -> None:
    """A test with real transactions empties every table behind it: what migrations put there is put there again."""
    from django.db.models.signals import post_migrate  # noqa: TID251 - the one thing that a flush tells of itself

    from accounts.built_in_roles import install

    def put_back(**_: object) -> None:
        install(apps)

    post_migrate.connect(put_back, sender=apps.get_app_config("accounts"), weak=False)


def pytest_report_header() -> str:
    servers = [name for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ]
    return f"profile: {' and '.join(servers) if servers else 'embedded (SQLite, one process)'}"


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees what another cached or counted."""
    from django.core.cache import cache

    from config.rate_limits import get_rate_limiter

    cache.clear()
    get_rate_limiter().reset()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    """Uploads of a test lie in its own folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
