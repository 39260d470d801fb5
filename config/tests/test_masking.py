"""No dump, page, mail, log or traceback holds a secret."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from config.error_reports import RedactingReporterFilter
from config.masking import MASK, mask_urls
from config.orchestrator import ConfigServiceOrchestrator
from config.registry import settings
from config.services.model import PROJECT_ROOT
from config.tests.conftest import Load

SECRET = "Zx9" + "hidden-value" + "Qw3"


def _filled() -> dict[str, str]:
    """A value for every secret setting, all of which hold SECRET."""
    urls = {"DATABASE_URL": "postgresql", "REDIS_URL": "redis", "LOUPE_TASK_QUEUE_BROKER_URL": "amqp"}
    special = {key: f"{scheme}://u:{SECRET}@h:1/d?password={SECRET}" for key, scheme in urls.items()}
    special["LOUPE_EMAIL_SMS_WEBHOOK_URL"] = f"https://sms.example.com/{SECRET}"
    return {
        setting.key: special.get(setting.key, SECRET)
        for setting in settings().values()
        if setting.secret and not setting.key.endswith("_KEYS")
    }


@pytest.fixture
def filled(load: Load) -> ConfigServiceOrchestrator:
    orchestrator = load(_filled())
    assert orchestrator.report().errors == ()
    return orchestrator


def test_the_dump_masks_every_secret_and_keeps_host_and_database(filled: ConfigServiceOrchestrator) -> None:
    dump = json.dumps(filled.model_dump())
    assert SECRET not in dump
    assert filled.model_dump()["database_service"]["url"] == f"postgresql://u:{MASK}@h:1/d?password={MASK}"


def test_neither_repr_nor_comparison_tells(filled: ConfigServiceOrchestrator) -> None:
    assert SECRET not in repr(filled) + str(filled.resolution)


def test_every_secret_was_met(filled: ConfigServiceOrchestrator) -> None:
    assert {"DATABASE_URL", "REDIS_URL", "ANTHROPIC_API_KEY", "LOUPE_SECURITY_SECRET_KEY"} <= set(_filled())


def test_django_reports_no_setting_and_no_variable_with_a_secret(
    filled: ConfigServiceOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in _filled().items():
        monkeypatch.setenv(key, value)
    report_filter = RedactingReporterFilter()
    for name, value in filled.django_settings().items():
        assert SECRET not in repr(report_filter.cleanse_setting(name, value)), name
    request = RequestFactory().post("/", {"password": SECRET, "note": SECRET})
    request.META.update(_filled())
    reporter = ExceptionReporter(request, *_failure(), is_email=True)
    reporter.filter = report_filter
    assert SECRET not in reporter.get_traceback_text()
    assert SECRET not in reporter.get_traceback_html()


def test_urls_inside_texts_are_masked() -> None:
    text = f"could not connect to redis://u:{SECRET}@h:1/0 or https://{SECRET}@h/x?api_key={SECRET}&a=1"
    shown = mask_urls(text)
    assert SECRET not in shown
    assert f"redis://u:{MASK}@h:1/0" in shown
    assert "a=1" in shown


@pytest.mark.parametrize("password", ["a#" + SECRET, "a/" + SECRET, "a?" + SECRET, "a@" + SECRET])
def test_a_raw_password_does_not_slip_out_of_its_mask(password: str) -> None:
    assert SECRET not in mask_urls(f"postgresql://u:{password}@h/d")


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": f"mysql://u:{SECRET}@h/d"},
        {"LOUPE_SECURITY_ENCRYPTION_KEYS": SECRET},
        {"LOUPE_ENVIRONMENT": "production", "LOUPE_SECURITY_SECRET_KEY": f"change-me-{SECRET}"},
        {"LOUPE_SECURITY_TLS": SECRET, "LOUPE_UNHEARD_OF": SECRET},
    ],
)
def test_a_refused_start_prints_the_report_and_no_value_and_no_traceback(environ: dict[str, str]) -> None:
    outcome = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "The configuration does not fit" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert SECRET not in outcome.stderr + outcome.stdout


def _failure() -> tuple[type[BaseException], BaseException, TracebackType | None]:
    database_url = f"postgresql://u:{SECRET}@h/d"
    plain = SECRET
    try:
        raise RuntimeError(f"no connection for {len(database_url + plain)}")
    except RuntimeError as error:
        return type(error), error, error.__traceback__
