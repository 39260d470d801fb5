"""The start page: figures as plots with a table beside, right to the row, and only for those who may see them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.mails import MailName
from accounts.models import User
from accounts.services.outbox import Outbox
from accounts.services.session import SessionManager
from adminpanel.models import Figure, Grain, RollUp
from adminpanel.services.analytics import floor
from adminpanel.services.dashboard import plots
from adminpanel.services.samples import UNSEALED, WAITING, keep, look
from adminpanel.tests.conftest import BrowserAs
from config.orchestrator import get_orchestrator

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_what_happened_today_stands_in_plot_table_and_summary(alice: User, browser_as: BrowserAs) -> None:
    SessionManager().start(alice, ["pwd", "otp", "mfa"], aal=2)
    shown = {plot.name: plot for plot in plots(7)}
    log_ins = shown["log-ins"]
    assert list(log_ins.lines[0].values) == [0, 0, 0, 0, 0, 0, 1]
    assert log_ins.table()[0] == (timezone.now().date(), [1, 0])
    assert "Log-ins: 1 in 7 days, 0 in the 7 before" in log_ins.summary
    assert shown["second-factors"].lines[0].values[-1] == 100.0
    page = browser_as("operator").get("/admin/?days=7").content.decode()
    data = json.loads(re.search(r'<script id="plot-data" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert set(data) == set(shown)


def test_a_long_period_asks_no_more_queries_than_a_short_one(alice: User) -> None:
    today = floor(timezone.now(), Grain.DAY)
    for day in range(1, 40):
        start = today - timedelta(days=day)
        Figure.objects.create(series="log_ins", grain=Grain.DAY, start=start, value=day)
    RollUp.objects.create(pk=1, until=today)
    found = []
    for days in (7, 365):
        with CaptureQueriesContext(connection) as queries:
            drawn = plots(days)
        found.append(len(queries))
    assert found[0] == found[1] <= 15
    assert sum(value or 0 for value in drawn[0].lines[0].values) == sum(range(1, 40))


@pytest.mark.parametrize(("role", "plotted", "waiting"), [
    ("support", False, False), ("auditor", True, False), ("operator", True, True), ("owner", True, True),
])  # fmt: skip
def test_each_role_sees_its_part(role: str, plotted: bool, waiting: bool, browser_as: BrowserAs) -> None:
    page = browser_as(role).get("/admin/").content.decode()
    assert ("plot-data" in page) == plotted
    assert ("Outbox waiting" in page) == waiting


def test_the_start_page_loads_everything_from_here_and_has_nothing_inline(browser_as: BrowserAs) -> None:
    page = browser_as("owner").get("/admin/").content.decode()
    addresses = re.findall(r'<(?:script|link)[^>]*?(?:src|href)="([^"]+)"', page)
    assert all(each.startswith(("/static/", "data:,")) for each in addresses)
    assert all(finders.find(each.removeprefix("/static/")) for each in addresses if each.startswith("/static/"))
    assert re.search(r"<style|<script>|\sstyle=|\son[a-z]+=", page) is None


def test_the_plotting_library_comes_with_its_licence() -> None:
    licence = finders.find("adminpanel/uplot/LICENSE")
    assert isinstance(licence, str)
    with open(licence, encoding="utf-8") as file:
        assert "MIT License" in file.read()


def test_the_system_page_shows_settings_with_their_source_and_no_secret(browser_as: BrowserAs) -> None:
    page = browser_as("operator").get("/admin/system/").content.decode()
    assert "LOUPE_SECURITY_ENCRYPTION_KEYS" in page
    for key in get_orchestrator().security_service.encryption_keys.get_secret_value().split(","):
        assert key.partition(":")[2] not in page


def test_of_each_day_the_most_that_waited_is_kept() -> None:
    for most_waiting in (3, 7, 5):
        keep({WAITING: most_waiting, UNSEALED: 0})
    shown = {plot.name: plot for plot in plots(7)}
    assert list(shown["waiting"].lines[0].values) == [None] * 6 + [7]
    assert shown["waiting"].summary == "Most at once: 7."
    assert shown["chain"].summary == "Longest without a seal: 0 s."


def test_what_waits_now_is_looked_at(alice: User) -> None:
    before = look()[WAITING]
    Outbox().mail(MailName.ERASURE_CANCELLED, alice.email)
    assert look()[WAITING] == before + 1
