"""One door, frozen, with a test double by the same door; and what follows from it for Django."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pydantic import ValidationError

from config.debug_tools import ServerTimingMiddleware
from config.orchestrator import ConfigServiceOrchestrator, get_orchestrator
from config.registry import SERVICES
from config.services.cache import CacheConfigService
from config.services.database import DatabaseConfigService
from config.services.general import GeneralConfigService
from config.services.model import PROJECT_ROOT, ConfigService
from config.testing import configured
from config.tests.conftest import Load


def test_every_service_is_an_attribute_and_every_attribute_a_service() -> None:
    assert dict(ConfigServiceOrchestrator().services()).keys() == SERVICES.keys()


def test_the_orchestrator_and_its_services_are_frozen() -> None:
    orchestrator = get_orchestrator()
    with pytest.raises(dataclasses.FrozenInstanceError):
        orchestrator.cache_service = CacheConfigService()  # type: ignore[misc]
    with pytest.raises(ValidationError):
        orchestrator.cache_service.key_prefix = "other"  # type: ignore[misc]


def test_made_directly_it_reads_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_CACHE_KEY_PREFIX", "from-environment")
    assert ConfigServiceOrchestrator().cache_service.key_prefix == "loupe"
    assert ConfigServiceOrchestrator.load().cache_service.key_prefix == "from-environment"


def test_a_double_takes_its_place_in_every_thread_and_leaves_again() -> None:
    before = get_orchestrator()
    seen: list[str] = []
    with configured(cache_service=CacheConfigService(key_prefix="double")) as double:
        assert get_orchestrator() is double
        thread = threading.Thread(target=lambda: seen.append(get_orchestrator().cache_service.key_prefix))
        thread.start()
        thread.join()
        assert double.security_service is before.security_service
    assert seen == ["double"]
    assert get_orchestrator() is before


def test_an_unknown_option_is_refused_and_not_ignored() -> None:
    with pytest.raises(ValidationError):
        CacheConfigService(prefix="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ConfigServiceOrchestrator(caching_service=CacheConfigService())  # type: ignore[call-arg]


def test_shortcuts_say_what_the_services_say(load: Load) -> None:
    orchestrator = load({"DATABASE_URL": "postgresql://u:p#w@h:5432/d", "REDIS_URL": "redis://h:6379/1"})
    assert orchestrator.database_dsn == "postgresql://u:p%23w@h:5432/d"
    assert orchestrator.broker_url == "redis://h:6379/1"
    assert not orchestrator.embedded
    assert load().embedded


def test_the_dump_names_every_service_in_plain_types() -> None:
    dump = ConfigServiceOrchestrator().model_dump()
    assert dump.keys() == {"environment", *SERVICES}
    assert dump["environment"] == "development"
    assert dump["security_service"]["allowed_hosts"] == ["localhost", "127.0.0.1", "[::1]"]


def test_production_sets_cookies_tls_and_headers(load: Load, production: dict[str, str]) -> None:
    settings = load(production).django_settings()
    expected = {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_PRELOAD": True,
        "X_FRAME_OPTIONS": "DENY",
        "CORS_ALLOW_ALL_ORIGINS": False,
        "ALLOWED_HOSTS": ["loupe.example.com"],
    }
    assert {name: settings[name] for name in expected} == expected


def test_djangos_own_deployment_checks_find_nothing_in_production(production: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT_ROOT,
        env={"PATH": os.environ["PATH"], **production},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_fresh_clone_gets_the_folder_of_its_database(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "loupe.sqlite3"
    DatabaseConfigService(sqlite_path=path).create_directory()
    assert path.parent.is_dir()
    assert path.parent.stat().st_mode & 0o077 == 0


def test_relative_paths_begin_at_the_project_wherever_it_is_started(load: Load) -> None:
    assert load({"LOUPE_STORAGE_DATA_DIR": "elsewhere"}).storage_service.data_dir == PROJECT_ROOT / "elsewhere"


@pytest.mark.django_db
def test_the_database_of_this_run_is_the_configured_one_with_its_limits() -> None:
    service = get_orchestrator().database_service
    with connection.cursor() as cursor:
        if service.engine == "sqlite":
            cursor.execute("PRAGMA foreign_keys")
            assert cursor.fetchone() == (1,)
        else:
            cursor.execute("SELECT extract(epoch FROM current_setting('statement_timeout')::interval)")
            assert cursor.fetchone() == (service.statement_timeout_seconds,)
    assert connection.vendor == service.engine


@pytest.mark.django_db
def test_postgresql_takes_an_awkward_password_from_the_url() -> None:
    service = get_orchestrator().database_service
    if service.url is None:
        pytest.skip("DATABASE_URL is missing: SQLite has no passwords")
    import psycopg
    from psycopg import sql

    from config.connection_url import ConnectionUrl

    password, name = "a#b?c+d%e@f/g:h ä", "loupe_awkward"
    own = ConnectionUrl.parse(service.dsn)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL password_encryption = 'scram-sha-256'")
        cursor.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)).as_string()
        )
        cursor.execute("SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = %s", [name])
        assert cursor.fetchone() == (True,)
    url = dataclasses.replace(own, user=name, password=password).canonical()
    read = psycopg.conninfo.conninfo_to_dict(url)
    assert (read["user"], read["password"]) == (name, password)


def test_debug_tools_tell_time_and_queries_when_they_are_on(rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(MiddlewareNotUsed):
        ServerTimingMiddleware(view)
    with configured(general_service=GeneralConfigService(debug_tools=True)):
        header = ServerTimingMiddleware(view)(rf.get("/"))["Server-Timing"]
    assert header.startswith("total;dur=")
    assert header.endswith('desc="0 queries"')


def test_without_debug_tools_no_answer_tells_its_time(client: Client) -> None:
    assert "Server-Timing" not in client.get("/health/live").headers


def test_a_service_left_out_of_the_registry_would_be_noticed() -> None:
    subclasses = {each for each in ConfigService.__subclasses__() if each.__module__.startswith("config.services")}
    assert subclasses == set(SERVICES.values())
