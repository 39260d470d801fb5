"""The tests run under the profile that `conftest.py` asks for."""

from __future__ import annotations

import os

from django.core.cache import cache

from config.orchestrator import get_orchestrator


def test_what_conftest_sets_is_what_the_configuration_read() -> None:
    orchestrator = get_orchestrator()
    assert orchestrator.security_service.argon2_time_cost == 1
    url = orchestrator.cache_service.url
    assert (url.get_secret_value() if url else None) == os.environ.get("REDIS_URL")
    cache.set("profile", "kept")
    assert cache.get("profile") == "kept"
