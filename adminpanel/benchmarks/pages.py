"""The lists of the console, with what narrows them."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from django.test import Client

from adminpanel.benchmarks.many_rows import actor, request_id, target
from adminpanel.benchmarks.timing import Question

LISTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("accounts", "accounts/user/", {}),
    ("accounts, suspended", "accounts/user/", {"state": "suspended"}),
    ("accounts, staff", "accounts/user/", {"state": "staff"}),
    ("accounts, unverified", "accounts/user/", {"state": "unverified"}),
    ("accounts, restricted", "accounts/user/", {"state": "restricted"}),
    ("accounts, owners", "accounts/user/", {"role": "owner"}),
    ("sessions", "accounts/authsession/", {}),
    ("sessions, signed in", "accounts/authsession/", {"state": "live"}),
    ("sessions, ended", "accounts/authsession/", {"state": "ended"}),
    ("sessions, out of time", "accounts/authsession/", {"state": "expired"}),
    ("trail", "audit/auditlog/", {}),
    ("trail, last page", "audit/auditlog/", {"p": "200"}),
    ("trail, log-ins", "audit/auditlog/", {"action": "authentication.login"}),
    ("trail, an action that never was", "audit/auditlog/", {"action": "account.erased"}),
    ("trail, an action of last year", "audit/auditlog/", {"action": "extraction.created"}),
    ("trail, refusals", "audit/auditlog/", {"outcome": "refused"}),
    ("trail, failures", "audit/auditlog/", {"outcome": "failed"}),
    ("trail, by one account", "audit/auditlog/", {"actor": actor(77)}),
    ("trail, by a busy account", "audit/auditlog/", {"actor": actor(0)}),
    ("trail, about one session", "audit/auditlog/", {"target": target(5)}),
    ("trail, of one request", "audit/auditlog/", {"request_id": request_id(99)}),
    ("trail, one account's refusals", "audit/auditlog/", {"actor": actor(80), "outcome": "refused"}),
    ("trail, a busy account's refusals", "audit/auditlog/", {"actor": actor(0), "outcome": "refused"}),
    ("start page", "", {}),
)


def questions(browser: Client) -> list[Question]:
    """One for each of `LISTS`; `browser` has signed in."""
    return [Question(name, partial(browser.get, f"/admin/{path}?{urlencode(query)}")) for name, path, query in LISTS]
