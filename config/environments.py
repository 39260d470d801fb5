"""The three environments, and what each of them demands, side by side in one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Environment(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an environment demands of the configuration.

    `hsts_seconds` and `minimum_key_bits` are lower bounds (0: none), `maximum_key_age_days` an upper one (None: none).
    """

    debug_allowed: bool
    debug_tools_allowed: bool
    any_host_allowed: bool
    tls_required: bool
    hsts_seconds: int
    secure_cookies_required: bool
    strong_keys_required: bool
    minimum_key_bits: int
    maximum_key_age_days: int | None
    strong_hasher_required: bool
    open_cors_allowed: bool
    throttling_required: bool
    mfa_for_staff_required: bool
    sqlite_allowed: bool
    redis_required: bool
    model_key_required: bool
    mail_delivery_required: bool
    json_logs_required: bool
    readable_secrets_allowed: bool


_YEAR = 31_536_000

# Staging is production with debug tools: a difference in any other row is a mistake, and a test says so.
# fmt: off
_TABLE: dict[str, tuple[Any, Any, Any]] = {
    # demand                     development staging  production
    "debug_allowed":            (True,       False,   False),
    "debug_tools_allowed":      (True,       True,    False),
    "any_host_allowed":         (True,       False,   False),
    "tls_required":             (False,      True,    True),
    "hsts_seconds":             (0,          _YEAR,   _YEAR),
    "secure_cookies_required":  (False,      True,    True),
    "strong_keys_required":     (False,      True,    True),
    "minimum_key_bits":         (0,          128,     128),
    "maximum_key_age_days":     (None,       365,     365),
    "strong_hasher_required":   (False,      True,    True),
    "open_cors_allowed":        (True,       False,   False),
    "throttling_required":      (False,      True,    True),
    "mfa_for_staff_required":   (False,      True,    True),
    "sqlite_allowed":           (True,       False,   False),
    "redis_required":           (False,      True,    True),
    "model_key_required":       (False,      True,    True),
    "mail_delivery_required":   (False,      True,    True),
    "json_logs_required":       (False,      True,    True),
    "readable_secrets_allowed": (True,       False,   False),
}
# fmt: on

POLICIES: dict[Environment, Policy] = {
    environment: Policy(**{demand: row[column] for demand, row in _TABLE.items()})
    for column, environment in enumerate(Environment)
}
