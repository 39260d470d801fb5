"""Who gets which page of the admin site: every address for every built-in role, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import User
from accounts.tests.api.test_access import NOBODYS
from adminpanel.console.pages import ConsoleAdmin
from adminpanel.tests.conftest import BrowserAs, browser_of
from audit.models import AuditLog

pytestmark = pytest.mark.django_db

PERSONAS = ("stranger", "user", "support", "security", "auditor", "operator", "owner")
# Ids are nobody's, forms are empty: 400, 404 and 302 to a page say that the persona was let in. Whoever is not let in
# at all is led to the log-in (302).
_ALL = (302, 302, 200, 200, 200, 200, 200)


def _row(support: int, security: int, auditor: int, operator: int, owner: int) -> tuple[int, ...]:
    return (302, 302, support, security, auditor, operator, owner)


_USERS = _row(200, 200, 403, 403, 200)
_USER = _row(404, 404, 403, 403, 404)
_SECURITYS = _row(403, 200, 403, 403, 200)
_SECURITYS_ONE = _row(403, 404, 403, 403, 404)
_OWNERS = _row(403, 403, 403, 403, 200)
_OWNERS_ONE = _row(403, 403, 403, 403, 404)
_WORK_ONE = _row(404, 404, 403, 404, 404)


def _work(model: str, *, picture: bool) -> dict[tuple[str, str], tuple[int, ...]]:
    """What people work on: the operator sees how it goes, and neither names nor pictures."""
    one = f"designsystem/{model}/<str:object_id>/"
    pages = {
        ("get", f"designsystem/{model}/"): _row(200, 200, 403, 200, 200),
        ("get", one): _WORK_ONE,
        ("get", f"{one}reveal/"): _row(404, 404, 403, 403, 404),
    }
    return {**pages, ("get", f"{one}picture/"): _WORK_ONE} if picture else pages


_TRAIL = _row(403, 200, 200, 403, 200)
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("get", ""): _ALL,
    ("get", "system/"): _row(403, 403, 403, 200, 200),
    ("get", "accounts/user/"): _USERS,
    ("post", "accounts/user/find/"): _row(302, 302, 403, 403, 302),
    ("get", "accounts/user/<str:object_id>/"): _USER,
    ("get", "accounts/user/<str:object_id>/reveal/"): _USER,
    ("get", "accounts/user/<str:object_id>/suspend/"): _SECURITYS_ONE,
    ("get", "accounts/user/<str:object_id>/reinstate/"): _SECURITYS_ONE,
    ("get", "accounts/user/<str:object_id>/unlock/"): _USER,
    ("get", "accounts/user/<str:object_id>/end-sessions/"): _SECURITYS_ONE,
    ("get", "accounts/user/<str:object_id>/force-password-reset/"): _USER,
    ("get", "accounts/user/<str:object_id>/reset-mfa/"): _SECURITYS_ONE,
    ("get", "accounts/user/<str:object_id>/roles/"): _OWNERS_ONE,
    ("get", "accounts/user/<str:object_id>/erase/"): _OWNERS_ONE,
    ("get", "accounts/user/<str:object_id>/cancel-erasure/"): _OWNERS_ONE,
    ("get", "accounts/authsession/"): _USERS,
    ("get", "accounts/authsession/<str:object_id>/"): _USER,
    ("get", "accounts/authsession/<str:object_id>/end/"): _SECURITYS_ONE,
    ("get", "accounts/apikey/"): _SECURITYS,
    ("get", "accounts/apikey/<str:object_id>/"): _SECURITYS_ONE,
    ("get", "accounts/apikey/<str:object_id>/revoke/"): _SECURITYS_ONE,
    ("get", "accounts/lockoutcounter/"): _USERS,
    ("post", "accounts/lockoutcounter/find/"): _row(302, 302, 403, 403, 302),
    ("get", "accounts/lockoutcounter/<str:object_id>/"): _USER,
    ("get", "accounts/lockoutcounter/<str:object_id>/lift/"): _USER,
    ("get", "accounts/consent/"): _USERS,
    ("get", "accounts/consent/<str:object_id>/"): _USER,
    ("get", "accounts/privacyrequest/"): _USERS,
    ("get", "accounts/privacyrequest/<str:object_id>/"): _USER,
    ("get", "accounts/outboxmessage/"): _row(403, 403, 403, 200, 200),
    ("get", "accounts/outboxmessage/<str:object_id>/"): _row(403, 403, 403, 404, 404),
    ("get", "accounts/role/"): _row(200, 200, 200, 403, 200),
    ("get", "accounts/role/new/"): _OWNERS,
    ("get", "accounts/role/<str:object_id>/"): _row(404, 404, 404, 403, 404),
    ("get", "accounts/role/<str:object_id>/change/"): _OWNERS_ONE,
    ("get", "accounts/role/<str:object_id>/delete/"): _OWNERS_ONE,
    ("get", "accounts/approval/"): _OWNERS,
    ("get", "accounts/approval/<str:object_id>/"): _OWNERS_ONE,
    ("get", "accounts/approval/<str:object_id>/approve/"): _OWNERS_ONE,
    ("get", "accounts/approval/<str:object_id>/reject/"): _OWNERS_ONE,
    ("get", "adminpanel/bulkjob/"): _OWNERS,
    ("get", "adminpanel/bulkjob/invite/"): _OWNERS,
    ("get", "adminpanel/bulkjob/<str:object_id>/"): _OWNERS_ONE,
    ("get", "adminpanel/bulkjob/<str:object_id>/progress/"): _OWNERS_ONE,
    ("post", "adminpanel/bulkjob/<str:object_id>/start/"): _OWNERS_ONE,
    ("post", "adminpanel/bulkjob/<str:object_id>/cancel/"): _OWNERS_ONE,
    ("post", "adminpanel/bulkjob/<str:object_id>/undo/"): _OWNERS_ONE,
    **_work("designsystem", picture=False),
    **_work("tokensetversion", picture=False),
    **_work("extraction", picture=True),
    **_work("batch", picture=False),
    ("get", "designsystem/batch/<str:object_id>/progress/"): _WORK_ONE,
    **_work("validation", picture=True),
    **_work("baseline", picture=True),
    **_work("webhookendpoint", picture=False),
    ("get", "designsystem/webhookdelivery/"): _row(200, 200, 403, 200, 200),
    ("get", "designsystem/webhookdelivery/<str:object_id>/"): _WORK_ONE,
    ("get", "audit/auditlog/"): _TRAIL,
    ("get", "audit/auditlog/<str:object_id>/"): _row(403, 404, 404, 403, 404),
    ("get", "audit/auditlog/chain/"): _TRAIL,
    ("post", "audit/auditlog/chain/verify/"): _row(403, 302, 302, 403, 302),
    ("post", "audit/auditlog/export/"): _row(403, 302, 302, 403, 302),
}
PREFIX = "admin/"
# of Django's own site: the door, scripts, and what leads to the pages above
_DJANGOS = {
    "login/",
    "logout/",
    "reauthenticate/passkey/options/",
    "password_change/",
    "password_change/done/",
    "autocomplete/",
    "jsi18n/",
    "r/<path:content_type_id>/<path:object_id>/",
    "(?P<url>.*)$",
}


@pytest.fixture
def browser_for(alice: User, browser_as: BrowserAs) -> Callable[[str], Client]:
    def made(persona: str) -> Client:
        if persona == "stranger":
            return Client()
        return browser_of(alice) if persona == "user" else browser_as(persona)

    return made


def test_permission_matrix_has_every_admin_page() -> None:
    expected = {route for _, route in TABLE}
    assert set(_addresses()) == expected


@pytest.mark.parametrize("persona", PERSONAS)
def test_permission_matrix_of_admin_pages(persona: str, browser_for: Callable[[str], Client]) -> None:
    browser = browser_for(persona)
    found = {(method, route): _status(browser, method, route) for method, route in TABLE}
    assert found == {each: TABLE[each][PERSONAS.index(persona)] for each in TABLE}


def test_who_lacks_a_permission_stands_in_the_trail_with_the_page(browser_as: BrowserAs) -> None:
    answer = browser_as("auditor").get("/admin/accounts/user/")
    assert (answer.status_code, b"You may not see this page" in answer.content) == (403, True)
    assert "admin/accounts/user/" in AuditLog.objects.get(action="access.denied").details


@pytest.mark.parametrize("path", ["accounts/user/add/", "auth/group/", "password_change/", "accounts/user/x/history/"])
def test_djangos_forms_have_no_address(browser_as: BrowserAs, path: str) -> None:
    assert browser_as("owner").get(f"/admin/{path}").status_code == 404


def _addresses() -> Iterator[str]:
    """Every pattern of the site; acts by their names."""
    pages = [cast(ConsoleAdmin, page) for page in admin.site._registry.values()]
    acts = {f"{page.opts.app_label}/{page.opts.model_name}/": page.acts for page in pages}
    for route in _routes(admin.site.urls[0], ""):
        prefix = route.partition("<")[0]
        if route.endswith("<slug:act>/"):
            yield from (route.replace("<slug:act>", act.name) for act in acts[prefix])
        elif route not in _DJANGOS and not route.startswith("^(?P<app_label>"):
            yield route


def _routes(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        else:
            yield route


def _status(browser: Client, method: str, route: str) -> int:
    path = f"/{PREFIX}{route}".replace("<str:object_id>", NOBODYS)
    status: int = getattr(browser, method)(path).status_code
    return status
