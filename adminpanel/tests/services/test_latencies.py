"""Latencies are kept by the hour and give quantiles; shares are computed of counts."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from adminpanel.models import Figure, Grain, RollUp
from adminpanel.services import latencies
from adminpanel.services.derived import derived_points
from adminpanel.tests.api.test_analytics import happened
from adminpanel.tests.conftest import SignedInAs
from config.request_metrics import answered_within, count_request

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 15, 20, tzinfo=UTC)


def answered(*seconds: float, at: datetime = NOW) -> None:
    before = answered_within()
    for each in seconds:
        count_request("api/auth/me", "GET", 200, each)
    count_request("health/live", "GET", 200, 9.0)
    with time_machine.travel(at, tick=False):
        latencies.keep(before)


def test_half_of_the_answers_came_within_the_median() -> None:
    answered(0.001, 0.002, 0.03, 0.04, 0.2, 0.2, 0.2, 0.2)
    found = latencies.milliseconds(0.5, NOW.replace(minute=0), NOW, Grain.HOUR)
    assert found == {NOW.replace(minute=0): 50}, "the fourth of eight ends its bucket"
    assert latencies.over_all(0.95, NOW - timedelta(days=1), NOW) == 235


def test_answers_of_several_servers_and_minutes_add_up_and_nothing_counts_twice() -> None:
    before = answered_within()
    count_request("api/auth/me", "GET", 200, 0.001)
    with time_machine.travel(NOW, tick=False):
        known = latencies.keep(before)
        assert latencies.keep(known) == known
    answered(0.001)
    assert Figure.objects.get().value == 2


def test_what_is_slower_than_every_bucket_counts_as_the_last() -> None:
    answered(60.0)
    assert latencies.over_all(0.5, NOW - timedelta(hours=1), NOW) == 10_000


@pytest.mark.parametrize("until", [None, NOW.replace(hour=0, minute=0)])
def test_days_have_the_answers_of_their_hours(until: datetime | None) -> None:
    yesterday = NOW - timedelta(days=1)
    answered(0.003, at=yesterday)
    answered(0.003, at=NOW)
    if until:  # the roll-up has added the day
        day = yesterday.replace(hour=0, minute=0)
        Figure.objects.create(grain=Grain.DAY, series="answered_within_0.005", start=day, value=1)
        RollUp.objects.create(until=until)
    found = derived_points("latency_p50", yesterday, NOW, Grain.DAY)
    assert [(each.start.day, each.value) for each in found] == [(9, 2), (10, 2)]


def test_what_is_left_is_kept_at_the_end() -> None:
    stop = threading.Event()
    stop.set()
    count_request("api/auth/me", "GET", 200, 0.001)
    latencies.record(stop)
    assert Figure.objects.filter(series__startswith="answered_within_").exists()


def test_a_share_is_of_the_log_ins_and_nothing_without_any() -> None:
    for method in ("pwd", "pwd otp", "pwd otp"):
        happened(NOW, method=method)
    found = derived_points("second_factor_share", NOW - timedelta(days=1), NOW, Grain.DAY)
    assert [each.value for each in found] == [None, 67]


def test_both_are_series_of_the_api(signed_in_as: SignedInAs) -> None:
    answered(0.003, at=datetime.now(UTC))
    operator = signed_in_as("operator")
    for series, unit in (("latency_p95", "milliseconds"), ("second_factor_share", "percent"), ("log_ins", "count")):
        answer = operator.get(f"/api/admin/analytics/{series}?grain=hour").json()
        assert answer["unit"] == unit
    assert operator.get("/api/admin/analytics/overview").json()["latency"]["p50"] == 2
    assert "latency_p95" in operator.get("/api/admin/analytics/nothing").json()["detail"]
