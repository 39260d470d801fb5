"""Figures are those of the trail, to the row, whether they were counted before or are counted now."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adminpanel.models import Figure, Grain
from adminpanel.services.analytics import SETTLED_AFTER, floor, points, roll_up, totals
from adminpanel.services.series import SERIES
from adminpanel.tests.conftest import SignedInAs
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from audit.models import AuditLog
from audit.tests.test_verification import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime(2026, 3, 10, 15, 20, tzinfo=UTC)


def happened(at: datetime, action: Action = Action.LOGIN, outcome: Outcome = Outcome.SUCCESS, method: str = "") -> None:
    with time_machine.travel(at, tick=False):
        AuditLogger().record(action, outcome, method=method)


@pytest.fixture
def history(db: None) -> None:
    """A few days of log-ins at random times, half of them with two factors."""
    draw = random.Random(7)
    for _ in range(60):
        at = NOW - timedelta(seconds=draw.randrange(4 * 86_400))
        happened(at, method=draw.choice(["pwd", "pwd otp"]))


@pytest.mark.parametrize("grain", Grain)
@pytest.mark.parametrize("rolled", [None, timedelta(days=2, hours=3), timedelta(0)])
def test_points_are_the_rows_however_much_was_counted_before(
    history: None, grain: Grain, rolled: timedelta | None
) -> None:
    if rolled is not None:
        assert roll_up(NOW - rolled) > 0
    trail = Counter(floor(each, grain) for each in AuditLog.objects.values_list("occurred_at", flat=True))
    found = points("log_ins", NOW - timedelta(days=5), NOW, grain)
    assert {each.start: each.value for each in found if each.value} == dict(trail)
    assert len(found) == (6 if grain == Grain.DAY else 5 * 24 + 1)


def test_rolling_up_again_changes_nothing(history: None) -> None:
    roll_up(NOW)
    before = sorted(Figure.objects.values_list("series", "grain", "start", "value"))
    assert roll_up(NOW) == 0
    assert sorted(Figure.objects.values_list("series", "grain", "start", "value")) == before


def test_an_hour_is_only_kept_once_no_entry_can_come_any_more(db: None) -> None:
    happened(NOW - timedelta(hours=3))
    roll_up(datetime(2026, 3, 10, 15, 0, tzinfo=UTC) + SETTLED_AFTER - timedelta(seconds=1))
    happened(datetime(2026, 3, 10, 14, 59, 59, tzinfo=UTC))  # whose transaction took that long
    roll_up(NOW)
    assert sum(each.value for each in points("log_ins", NOW - timedelta(days=1), NOW, Grain.HOUR)) == 2


def test_figures_outlive_the_entries_that_retention_cuts(history: None) -> None:
    roll_up(NOW)
    tamper("DELETE FROM audit_auditlog")
    # what was not settled yet went with the entries
    assert totals(NOW - timedelta(days=5), NOW)["log_ins"] >= 59


def test_each_series_counts_its_own_entries(db: None) -> None:
    for number, series in enumerate(SERIES.values(), start=1):
        for _ in range(number):
            happened(NOW, series.action, series.outcome, "pwd otp" if series.several_factors else "pwd")
    expected = {name: number for number, name in enumerate(SERIES, start=1)}
    expected["log_ins"] += expected["second_factor_log_ins"]
    assert totals(NOW, NOW + timedelta(seconds=1)) == expected


def test_a_log_in_is_in_todays_figures_at_once(signed_in_as: SignedInAs) -> None:
    operator = signed_in_as("operator")
    answer = operator.get("/api/admin/analytics/log_ins").json()
    assert (answer["grain"], answer["points"][-1]["value"]) == ("day", 1)
    overview = operator.get("/api/admin/analytics/overview?days=7").json()
    assert (overview["totals"]["log_ins"], overview["before"]["log_ins"]) == (1, 0)
    assert overview["second_factor_share"] == 1
    assert overview["users"] == {"total": 1, "suspended": 0, "unverified": 0, "staff": 1}


def test_a_year_takes_as_many_queries_as_a_day(history: None) -> None:
    roll_up(NOW)
    taken = []
    for days in (1, 365):
        with CaptureQueriesContext(connection) as captured:
            points("log_ins", NOW - timedelta(days=days), NOW, Grain.DAY)
        taken.append(len(captured))
    assert taken[0] <= taken[1] <= 4


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("dances", 404),
        ("log_ins?grain=minute", 400),
        ("log_ins?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 400),
        ("log_ins?since=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&grain=hour", 400),
        ("log_ins?since=0001-01-01T00:00:00Z", 400),
        ("overview?days=0", 400),
    ],
)
def test_what_cannot_be_counted_is_refused(signed_in_as: SignedInAs, path: str, status: int) -> None:
    assert signed_in_as("operator").get(f"/api/admin/analytics/{path}").status_code == status


def test_an_empty_trail_has_nothing_to_count(db: None) -> None:
    assert roll_up(timezone.now()) == 0
    assert set(totals(NOW, NOW + timedelta(days=1)).values()) == {0}
