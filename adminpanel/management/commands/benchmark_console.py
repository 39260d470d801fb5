"""How long the lists of the console take over many rows. It fills the database: give it one of its own."""

from __future__ import annotations

import base64
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, reset_queries
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models import TotpDevice, User
from accounts.models.mfa import DIGITS, STEP_SECONDS
from adminpanel.services.analytics import roll_up

# what a page shows is real; the rows below are only there to be passed over, so nothing in them is encrypted
_USERS = """
    INSERT INTO accounts_user (id, password, is_superuser, email, is_active, is_staff, epoch, password_changed_at,
                               created_at, email_verified_at)
    SELECT gen_random_uuid(), '!', false, ''::bytea, true, false, 0, now(),
           now() - interval '1 day' - number * interval '1 second', now()
    FROM generate_series(1, %s) AS number"""
_ENTRIES = """
    INSERT INTO audit_auditlog (id, schema_version, occurred_at, action, outcome, actor, on_behalf_of, target, session,
                                request_id, method, subject, details)
    SELECT gen_random_uuid(), 1, now() - interval '1 hour' - number * interval '1 second',
           (ARRAY['authentication.login', 'authentication.token_refreshed', 'factor.used', 'session.ended'])
           [1 + number %% 4], CASE WHEN number %% 20 = 0 THEN 'refused' ELSE 'success' END, 'user:' || number %% 100000,
           '', 'authsession:' || number, '', 'request-' || number, 'pwd', '', '{}'
    FROM generate_series(1, %s) AS number"""
_SEALS = """
    INSERT INTO audit_seal (position, entry_id, link, chain_key)
    SELECT row_number() OVER (ORDER BY occurred_at), id, repeat('0', 64), 'none' FROM audit_auditlog"""
_SHOWN = 60  # real accounts of each state
_PASSWORD = "the console of a benchmark"  # noqa: S105 - of an account in a database that is thrown away
_LISTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("accounts", "accounts/user/", {}),
    ("accounts, suspended", "accounts/user/", {"state": "suspended"}),
    ("accounts, staff", "accounts/user/", {"state": "staff"}),
    ("accounts, unverified", "accounts/user/", {"state": "unverified"}),
    ("accounts, restricted", "accounts/user/", {"state": "restricted"}),
    ("accounts, owners", "accounts/user/", {"role": "owner"}),
    ("trail", "audit/auditlog/", {}),
    ("trail, last page", "audit/auditlog/", {"p": "200"}),
    ("trail, log-ins", "audit/auditlog/", {"action": "authentication.login"}),
    ("trail, an action that never was", "audit/auditlog/", {"action": "account.erased"}),
    ("trail, refusals", "audit/auditlog/", {"outcome": "refused"}),
    ("trail, failures", "audit/auditlog/", {"outcome": "failed"}),
    ("trail, by one account", "audit/auditlog/", {"actor": "user:77"}),
    ("trail, about one session", "audit/auditlog/", {"target": "authsession:5"}),
    ("trail, of one request", "audit/auditlog/", {"request_id": "request-99"}),
    ("trail, one account's refusals", "audit/auditlog/", {"actor": "user:80", "outcome": "refused"}),
    ("start page", "", {}),
)


class Command(BaseCommand):
    help = "Fills an empty PostgreSQL database and measures the lists and filters of the console over it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=1_000_000)
        parser.add_argument("--entries", type=int, default=10_000_000, help="of the trail")
        parser.add_argument("--runs", type=int, default=15, help="of each page (15)")
        parser.add_argument("--plans", action="store_true", help="print the plan of each page's slowest query")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql" or User.objects.exists():
            raise CommandError("Needs an empty database on PostgreSQL: scripts/with-servers gives one.")
        _fill(options["users"], options["entries"])
        browser = _signed_in()
        self.stdout.write(f"{options['users']:,} accounts, {options['entries']:,} entries; times in ms")
        self.stdout.write("| page | median | p95 | queries | slowest query |\n|---|---|---|---|---|")
        plans = []
        for name, path, query in _LISTS:
            address = f"/admin/{path}?{urlencode(query)}"
            took = sorted(_times(browser, address, options["runs"]))
            statements = _statements(browser, address)
            read = [each for each in statements if each["sql"].lstrip().upper().startswith("SELECT")]
            slowest = max(read, key=lambda each: float(each["time"]))
            p95 = took[round(0.95 * (len(took) - 1))]
            self.stdout.write(
                f"| {name} | {statistics.median(took):.0f} | {p95:.0f} | {len(statements)} |"
                f" {float(slowest['time']) * 1000:.0f} |"
            )
            plans.append((name, slowest["sql"]))
        if options["plans"]:
            for name, sql in plans:
                self.stdout.write(f"\n{name}\n{_plan(sql)}")


def _fill(users: int, entries: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_USERS, [users])
        cursor.execute("ALTER TABLE audit_auditlog DISABLE TRIGGER audit_queue")  # the seals come all at once
        cursor.execute(_ENTRIES, [entries])
        cursor.execute(_SEALS)
        cursor.execute("ALTER TABLE audit_auditlog ENABLE TRIGGER audit_queue")
    now = timezone.now()
    states: tuple[dict[str, Any], ...] = ({"is_active": False}, {"email_verified_at": None}, {"restricted_at": now}, {})
    for number in range(_SHOWN):
        for index, state in enumerate(states):
            fields = {"email_verified_at": now, **state}
            User.objects.create_user(f"{number}-{index}@benchmark.invalid", None, **fields)
    while roll_up():
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")


def _signed_in() -> Client:
    owner = User.objects.create_user(
        "owner@benchmark.invalid", _PASSWORD, is_staff=True, email_verified_at=timezone.now()
    )
    owner.groups.add(Group.objects.get(name="owner"))
    device = TotpDevice.objects.create(user=owner, name="benchmark", seed="A" * 32)
    code = TOTP(base64.b32decode(device.seed), step=STEP_SECONDS, digits=DIGITS).token()
    browser = Client(SERVER_NAME="localhost")
    given = {"username": owner.email, "password": _PASSWORD, "otp_token": f"{code:0{DIGITS}}"}
    browser.post("/admin/login/?next=/admin/", given)
    return browser


def _times(browser: Client, address: str, runs: int) -> Iterator[float]:
    for _ in range(runs):
        started = time.perf_counter()
        status = browser.get(address).status_code
        if status != 200:
            raise CommandError(f"{address} answered {status}")
        yield (time.perf_counter() - started) * 1000


def _statements(browser: Client, address: str) -> list[dict[str, Any]]:
    reset_queries()
    connection.force_debug_cursor = True
    try:
        browser.get(address)
        return list(connection.queries)
    finally:
        connection.force_debug_cursor = False


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql.replace("%", "%%"))
        return "\n".join(str(row[0]) for row in cursor.fetchall())
