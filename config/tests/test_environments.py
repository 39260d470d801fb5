"""Environment × bad value → problem: the policy table, read from outside."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from config.environments import POLICIES, Environment
from config.keys import generate_keyring_entry, generate_secret_key
from config.problems import CATALOGUE
from config.services.audit import DEVELOPMENT_CHAIN_KEYS
from config.services.audit import DEVELOPMENT_SIGNING_KEYS as DEVELOPMENT_AUDIT_SIGNING_KEYS
from config.services.authentication import DEVELOPMENT_SIGNING_KEYS
from config.services.security import DEVELOPMENT_ENCRYPTION_KEYS, DEVELOPMENT_INDEX_KEYS, DEVELOPMENT_SECRET_KEY
from config.tests.conftest import Load

_OLD = datetime(2020, 1, 1, tzinfo=UTC).date()
_WEAK_RING = "k20990101:" + "QUFB" * 10 + "QUE="  # 32 times the same letter

# variable, value that does not fit production, problem
BAD_VALUES = [
    ("LOUPE_DEBUG", "true", "debug_not_allowed"),
    ("LOUPE_DEBUG_TOOLS", "true", "debug_tools_not_allowed"),
    ("LOUPE_SECURITY_ALLOWED_HOSTS", "*", "any_host"),
    ("LOUPE_SECURITY_ALLOWED_HOSTS", "localhost", "hosts_not_named"),
    ("LOUPE_SECURITY_TLS", "false", "tls_required"),
    ("LOUPE_SECURITY_HSTS_SECONDS", "3600", "hsts_too_short"),
    ("LOUPE_SECURITY_COOKIE_SAMESITE", "None", "insecure_cookies"),
    ("LOUPE_SECURITY_SECRET_KEY", DEVELOPMENT_SECRET_KEY, "development_key"),
    ("LOUPE_SECURITY_ENCRYPTION_KEYS", DEVELOPMENT_ENCRYPTION_KEYS, "development_key"),
    ("LOUPE_SECURITY_BLIND_INDEX_KEYS", DEVELOPMENT_INDEX_KEYS, "development_key"),
    ("LOUPE_AUTHENTICATION_SIGNING_KEYS", DEVELOPMENT_SIGNING_KEYS, "development_key"),
    ("LOUPE_AUDIT_CHAIN_KEYS", DEVELOPMENT_CHAIN_KEYS, "development_key"),
    ("LOUPE_AUDIT_SIGNING_KEYS", DEVELOPMENT_AUDIT_SIGNING_KEYS, "development_key"),
    ("LOUPE_SECURITY_SECRET_KEY", "django-insecure-" + "q7" * 30, "placeholder_key"),
    ("LOUPE_SECURITY_SECRET_KEY", "change-me", "placeholder_key"),
    ("LOUPE_SECURITY_SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weak_key"),
    ("LOUPE_SECURITY_ENCRYPTION_KEYS", _WEAK_RING, "weak_key"),
    ("LOUPE_SECURITY_SECRET_KEY", generate_secret_key(_OLD), "key_too_old"),
    ("LOUPE_SECURITY_ENCRYPTION_KEYS", generate_keyring_entry(_OLD), "key_too_old"),
    ("LOUPE_SECURITY_SECRET_KEY", generate_secret_key(_OLD).partition("-")[2], "key_age_unknown"),
    ("LOUPE_SECURITY_ARGON2_MEMORY_KIB", "8192", "weak_hasher"),
    ("LOUPE_SECURITY_CORS_ALLOWED_ORIGINS", "*", "cors_open"),
    ("LOUPE_SECURITY_CORS_ALLOWED_ORIGINS", "http://app.example.com", "plain_http_origin"),
    ("LOUPE_SECURITY_CSRF_TRUSTED_ORIGINS", "http://app.example.com", "plain_http_origin"),
    ("LOUPE_API_THROTTLING", "false", "throttling_required"),
    ("LOUPE_AUTHENTICATION_MFA_REQUIRED_FOR_STAFF", "false", "mfa_for_staff_required"),
    ("DATABASE_URL", "", "sqlite_not_allowed"),
    ("REDIS_URL", "", "redis_required"),
    ("LOUPE_VISION_PROVIDER", "claude", "model_key_missing"),
    ("LOUPE_VISION_BASE_URL", "http://gateway.example.com", "plain_http_model"),
    ("LOUPE_EMAIL_BACKEND", "console", "mail_not_delivered"),
    ("LOUPE_EMAIL_ENCRYPTION", "none", "mail_in_clear"),
    ("LOUPE_EMAIL_LINK_BASE_URL", "http://loupe.example.com", "plain_http_links"),
    ("LOUPE_EMAIL_SMS_SENDER", "console", "sms_not_delivered"),
    ("LOUPE_EMAIL_SMS_WEBHOOK_URL", "http://sms.example.com", "sms_not_delivered"),
    ("LOUPE_WEBHOOKS_ALLOW_HTTP", "true", "plain_http_webhooks"),
    ("LOUPE_WEBHOOKS_ALLOWED_NETWORKS", "10.0.0.0/8,169.254.169.254", "webhooks_into_this_machine"),
    ("LOUPE_STORAGE_S3_ENDPOINT", "http://s3.example.com", "plain_http_storage"),
    ("LOUPE_LOGGING_FORMAT", "console", "json_logs_required"),
    ("LOUPE_LOGGING_LEVEL", "DEBUG", "debug_logs_not_allowed"),
    ("LOUPE_SILENCED_PROBLEMS", "config.E014=", "silenced_without_reason"),
]
# random values may not name a test: the workers of a parallel run must agree on the names
_NAMES = [f"{key}-{code}" for key, _, code in BAD_VALUES]
# these are wrong everywhere
ALWAYS_BAD = [
    ("LOUPE_DATABASE_POOL_MIN_SIZE", "50", "limits_out_of_order"),
    ("LOUPE_TASK_QUEUE_HARD_LIMIT_SECONDS", "10", "limits_out_of_order"),
    ("LOUPE_AUTHENTICATION_SESSION_IDLE_SECONDS", "999999999", "limits_out_of_order"),
    ("LOUPE_SILENCED_PROBLEMS", "config.E014", "silenced_without_reason"),
    ("LOUPE_EMAIL_BACKEND", "provider", "mail_not_delivered"),  # without its key
    ("LOUPE_STORAGE_BACKEND", "s3", "incomplete_s3"),
]


def test_production_fits_when_everything_holds(load: Load, production: dict[str, str]) -> None:
    assert load(production).validate_configuration() == []


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize(("key", "value", "code"), BAD_VALUES, ids=_NAMES)
def test_a_bad_value_is_one_problem_with_its_fix(
    load: Load, production: dict[str, str], environment: str, key: str, value: str, code: str
) -> None:
    orchestrator = load({**production, "LOUPE_ENVIRONMENT": environment, key: value})
    problems = orchestrator.validate_configuration()
    if environment == "staging" and code == "debug_tools_not_allowed":
        assert problems == []  # staging is production with debug tools
    else:
        assert [problem.code for problem in problems] == [code]
        assert problems[0].fix


@pytest.mark.parametrize(("key", "value", "code"), BAD_VALUES, ids=_NAMES)
def test_development_allows_it(load: Load, key: str, value: str, code: str) -> None:
    problems = load({key: value}).validate_configuration()
    assert [problem.code for problem in problems] == (["silenced_without_reason"] if "SILENCED" in key else [])


@pytest.mark.parametrize(("key", "value", "code"), ALWAYS_BAD)
def test_some_values_are_wrong_everywhere(load: Load, key: str, value: str, code: str) -> None:
    assert [problem.code for problem in load({key: value}).validate_configuration()] == [code]


def test_a_provider_delivers_mail_as_well_when_its_key_travels_in_private(
    load: Load, production: dict[str, str]
) -> None:
    production |= {"LOUPE_EMAIL_BACKEND": "provider", "LOUPE_EMAIL_PROVIDER_KEY": "a key of the provider"}
    assert load(production).validate_configuration() == []
    production["LOUPE_EMAIL_PROVIDER_URL"] = "http://mail.example.com"
    assert [problem.code for problem in load(production).validate_configuration()] == ["mail_in_clear"]


def test_two_rings_may_not_share_a_key(load: Load, production: dict[str, str]) -> None:
    production["LOUPE_SECURITY_BLIND_INDEX_KEYS"] = production["LOUPE_SECURITY_ENCRYPTION_KEYS"]
    assert [problem.code for problem in load(production).validate_configuration()] == ["shared_key"]


def test_a_key_is_warned_of_a_month_before_it_is_too_old(load: Load, production: dict[str, str]) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=340)):
        report = load(production).report()
    assert {problem.code for problem in report.warnings} == {"key_ages"}
    assert report.errors == ()


@pytest.mark.parametrize("kind", ["secret file", "file", "dotenv"])
def test_a_secret_that_everybody_can_read_is_refused(
    load: Load, production: dict[str, str], tmp_path: Path, kind: str
) -> None:
    url = production.pop("REDIS_URL")
    secret = tmp_path / "redis"
    secret.write_text(url)
    toml = f'schema_version = 3\n[cache]\nurl = "{url}"\n' if kind == "file" else ""
    dotenv = f"REDIS_URL={url}\n" if kind == "dotenv" else ""
    if kind == "secret file":
        production["REDIS_URL_FILE"] = str(secret)
    written = {"secret file": secret, "file": tmp_path / "loupe.toml", "dotenv": tmp_path / ".env"}[kind]
    load(production, toml=toml, dotenv=dotenv)
    for mode, expected in ((0o644, ["readable_secret_file"]), (0o640, [])):
        written.chmod(mode)
        assert [problem.code for problem in load(production).validate_configuration()] == expected


def test_a_problem_is_silenced_with_a_reason_only(load: Load, production: dict[str, str]) -> None:
    production["LOUPE_API_THROTTLING"] = "false"
    production["LOUPE_SILENCED_PROBLEMS"] = "config.E025=the gateway throttles; config.E012="
    report = load(production).report()
    assert [problem.code for problem in report.problems] == ["silenced_without_reason"]
    assert [(problem.code, reason) for problem, reason in report.silenced] == [
        ("throttling_required", "the gateway throttles")
    ]


def test_what_the_sources_have_wrong_cannot_be_silenced(load: Load) -> None:
    report = load({"LOUPE_SILENCED_PROBLEMS": "config.E001=never mind", "LOUPE_NONSENSE": "1"}).report()
    assert [problem.code for problem in report.errors] == ["unknown_key"]


def test_staging_is_production_with_debug_tools() -> None:
    staging, production = asdict(POLICIES[Environment.STAGING]), asdict(POLICIES[Environment.PRODUCTION])
    assert {demand for demand in staging if staging[demand] != production[demand]} == {"debug_tools_allowed"}


def test_every_id_is_given_once_and_every_demand_has_a_bad_value() -> None:
    assert len(set(CATALOGUE.values())) == len(CATALOGUE)
    shown = {code for _, _, code in BAD_VALUES + ALWAYS_BAD}
    elsewhere = {
        *("unknown_key", "malformed_value", "unreadable_source", "newer_schema", "older_schema"),
        *("readable_secret_file", "removed_key", "replaced_key", "key_ages", "shared_key"),
        "s3_packages_missing",  # test_storage.py
    }
    assert shown | elsewhere == set(CATALOGUE)


def test_all_problems_are_printed_at_once_in_groups(load: Load) -> None:
    text = load({"LOUPE_ENVIRONMENT": "production"}).report().text()
    for group in ("database", "security", "authentication", "cache", "email", "logging"):
        assert f"\n{group}\n" in text
    assert "config.E027  DATABASE_URL: " in text
    assert "config generate-key" in text
