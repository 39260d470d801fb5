"""The console's list of sessions: each state shows its own, and none reads the sessions of all others to get there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthSession, User
from accounts.services.session import SessionManager
from adminpanel.tests.api.test_lists import entered_by
from adminpanel.tests.conftest import BrowserAs

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def _session(user: User, *, unused: timedelta, latest: timedelta, ended: bool = False) -> str:
    """One that runs out of time by no use, and at the latest, so long after noon."""
    SessionManager().start(user, ["pwd"])
    session = AuthSession.objects.order_by("-created_at").first()
    assert session
    times = {"idle_expires_at": NOON + unused, "expires_at": NOON + latest, "ended_at": NOON if ended else None}
    AuthSession.objects.filter(pk=session.pk).update(**times)
    return str(session.pk)


def _shown(browser: Client, state: str) -> list[str]:
    page = browser.get("/admin/accounts/authsession/", {"state": state})
    return [str(row.pk) for row in page.context["cl"].result_list]


def test_a_session_is_out_of_time_from_the_first_of_its_ends_on(browser_as: BrowserAs, alice: User) -> None:
    second, day = timedelta(seconds=1), timedelta(days=1)
    with time_machine.travel(NOON - day, tick=False) as clock:
        long_ago = _session(alice, unused=-9 * day, latest=-9 * day)
        clock.shift(1)
        today = _session(alice, unused=-second, latest=day)
        clock.shift(1)
        at_the_latest = _session(alice, unused=day, latest=timedelta())
        clock.shift(1)
        later_today = _session(alice, unused=second, latest=day)
        clock.shift(1)
        ended = _session(alice, unused=-day, latest=-day, ended=True)
    with time_machine.travel(NOON, tick=False):
        staff = browser_as("security")
        assert _shown(staff, "expired") == [at_the_latest, today, long_ago]
        assert later_today in _shown(staff, "live")
        assert _shown(staff, "ended") == [ended]


def test_sessions_out_of_time_are_not_looked_for_among_those_that_go_on(browser_as: BrowserAs) -> None:
    staff = browser_as("security")
    with CaptureQueriesContext(connection) as captured:
        staff.get("/admin/accounts/authsession/", {"state": "expired"})
    asked = [each["sql"] for each in captured if '"ends_on" <= ' in each["sql"]]
    assert len(asked) == 2, "the rows, and how many there are"
    assert all(entered_by("sessions_by_end", sql) for sql in asked)


def test_a_refresh_moves_the_day_on_which_a_session_ends(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tokens = SessionManager().start(alice, ["pwd"])
        session = AuthSession.objects.get(pk=tokens.session)
        assert session.ends_on == session.idle_expires_at.date()
        clock.shift(timedelta(days=3))
        SessionManager().refresh(tokens.refresh)
    session.refresh_from_db()
    assert session.ends_on == session.idle_expires_at.date() == (NOON + timedelta(days=17)).date()
