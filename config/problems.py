"""Every problem a configuration can have, with the id that stays: what start-up prints is what system checks report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit the environment. `key` is the variable to change, `fix` says how; never a value."""

    code: str
    key: str
    message: str
    fix: str

    @property
    def id(self) -> str:
        """The system check id, for example `config.E001`."""
        return f"config.{CATALOGUE[self.code]}"

    @property
    def level(self) -> Level:
        return "warning" if CATALOGUE[self.code].startswith("W") else "error"


# An id is never given to another problem; a problem that is gone leaves its id unused.
CATALOGUE: dict[str, str] = {
    # the sources themselves
    "unknown_key": "E001",
    "malformed_value": "E002",
    "unreadable_source": "E003",
    "readable_secret_file": "E004",
    "newer_schema": "E005",
    "removed_key": "E006",
    "silenced_without_reason": "E007",
    # what the environment demands
    "debug_not_allowed": "E010",
    "debug_tools_not_allowed": "E011",
    "any_host": "E012",
    "hosts_not_named": "E013",
    "tls_required": "E014",
    "hsts_too_short": "E015",
    "insecure_cookies": "E016",
    "development_key": "E017",
    "placeholder_key": "E018",
    "weak_key": "E019",
    "key_too_old": "E020",
    "key_age_unknown": "E021",
    "weak_hasher": "E022",
    "cors_open": "E023",
    "plain_http_origin": "E024",
    "throttling_required": "E025",
    "mfa_for_staff_required": "E026",
    "sqlite_not_allowed": "E027",
    "redis_required": "E028",
    "model_key_missing": "E029",
    "plain_http_model": "E030",
    "mail_not_delivered": "E031",
    "mail_in_clear": "E032",
    "plain_http_links": "E033",
    "json_logs_required": "E034",
    "debug_logs_not_allowed": "E035",
    "shared_key": "E036",
    "sms_not_delivered": "E037",
    "limits_out_of_order": "E038",
    "plain_http_webhooks": "E041",
    "webhooks_into_this_machine": "E042",
    "incomplete_s3": "E043",
    "s3_packages_missing": "E044",
    "plain_http_storage": "E045",
    # what goes on working, but not for ever
    "replaced_key": "W001",
    "older_schema": "W002",
    "key_ages": "W003",
}
