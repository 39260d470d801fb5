"""The three environments, and what each of them demands, side by side in one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Environment(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an environment demands of the configuration; `hsts_seconds` 0 means none is sent."""

    debug_allowed: bool
    sqlite_allowed: bool
    redis_required: bool
    strong_keys_required: bool
    tls_required: bool
    hsts_seconds: int
    any_host_allowed: bool
    debug_tools: bool
    json_logs_required: bool


_YEAR = 31_536_000

POLICIES: dict[Environment, Policy] = {
    Environment.DEVELOPMENT: Policy(
        debug_allowed=True,
        sqlite_allowed=True,
        redis_required=False,
        strong_keys_required=False,
        tls_required=False,
        hsts_seconds=0,
        any_host_allowed=False,
        debug_tools=True,
        json_logs_required=False,
    ),
    Environment.STAGING: Policy(
        debug_allowed=False,
        sqlite_allowed=False,
        redis_required=True,
        strong_keys_required=True,
        tls_required=True,
        hsts_seconds=_YEAR,
        any_host_allowed=False,
        debug_tools=True,
        json_logs_required=True,
    ),
    Environment.PRODUCTION: Policy(
        debug_allowed=False,
        sqlite_allowed=False,
        redis_required=True,
        strong_keys_required=True,
        tls_required=True,
        hsts_seconds=_YEAR,
        any_host_allowed=False,
        debug_tools=False,
        json_logs_required=True,
    ),
}
