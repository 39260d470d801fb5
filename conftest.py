"""What every test stands on: the profile (embedded, or DATABASE_URL and REDIS_URL) and a cheap hasher."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

# Set before Django reads the configuration, which is why the settings module is named here and not in pyproject.toml:
# pytest-django would load it before this file. A cheap Argon2 is still Argon2.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["LOUPE_ENVIRONMENT"] = "development"
os.environ["LOUPE_SECURITY_ARGON2_TIME_COST"] = "1"
os.environ["LOUPE_SECURITY_ARGON2_MEMORY_KIB"] = "64"
# a busy machine is no failure: what waits for a database or for Redis may wait
os.environ["LOUPE_DATABASE_POOL_TIMEOUT_SECONDS"] = "300"
os.environ["LOUPE_DATABASE_STATEMENT_TIMEOUT_SECONDS"] = "300"
os.environ["LOUPE_DATABASE_BUSY_TIMEOUT_SECONDS"] = "300"
os.environ["LOUPE_CACHE_TIMEOUT_SECONDS"] = "300"
# a folder of this process: two runs in one clone do not meet, and one that was killed leaves nothing to the next
os.environ["LOUPE_DATABASE_SQLITE_PATH"] = f"{mkdtemp(prefix='loupe-tests-')}/loupe.sqlite3"
os.environ.pop("ANTHROPIC_API_KEY", None)  # no test asks a model that costs money
if "REDIS_URL" in os.environ:
    # each worker of pytest-xdist has a Redis database of its own, as pytest-django gives it a PostgreSQL one
    _number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_number}").geturl()

import django
import pytest
import time_machine
from django.apps import apps
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

django.setup()

# Examples are judged by what they give and not by how long they take, and are the same in every run: what fails, fails
# for everybody. `--hypothesis-profile searching` looks for new ones.
for _profile, _same in (("gate", True), ("searching", False)):
    hypothesis_settings.register_profile(
        _profile, deadline=None, derandomize=_same, suppress_health_check=[HealthCheck.too_slow]
    )
hypothesis_settings.load_profile("gate")

pytest_plugins = ["accounts.testing.personas"]


def pytest_configure(config: pytest.Config) -> None:
    folder = Path(os.environ["LOUPE_DATABASE_SQLITE_PATH"]).parent
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
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


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stands still until the test moves it: no lock ends, no code of an app grows old and no day is over because the
    machine is slow. Servers and timeouts go on by clocks of their own.
    """
    with time_machine.travel(timezone.now(), tick=False) as standing:
        yield standing


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees what another cached, counted or sealed under."""
    from django.core.cache import cache

    from audit.personal import forget_known_keys
    from config.rate_limits import get_rate_limiter

    cache.clear()
    get_rate_limiter().reset()
    forget_known_keys()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Path) -> None:
    """Uploads of a test lie in its own folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
