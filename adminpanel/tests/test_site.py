"""The door of the admin site: two factors together, or nothing; and again before something changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthSession, EndReason, Passkey, Role, TotpDevice, User
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.recovery_codes import RecoveryCodes
from accounts.services.session import SessionManager
from accounts.testing.authenticator_app import SEED, AuthenticatorApp
from accounts.testing.software_passkey import SoftwarePasskey
from accounts.tests.api.test_passkeys import register
from accounts.tests.conftest import PASSWORD, passkey  # noqa: F401 - a fixture
from adminpanel.services.user_administration import UserAdministration
from adminpanel.tests.conftest import with_role
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FORM_PAGE = pytest.mark.urls("adminpanel.tests.pages_with_a_form")
OPTIONS = "/api/auth/login/passkey/options"

SignedIn = Callable[[User], APIClient]


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def registered(staff: User, signed_in: SignedIn, passkey: SoftwarePasskey) -> SoftwarePasskey:  # noqa: F811
    """A passkey of staff's."""
    assert register(signed_in(staff), passkey).status_code == 201
    staff.refresh_from_db()
    return passkey


def app_of(user: User) -> AuthenticatorApp:
    device = TotpDevice.objects.create(user=user, name="app", seed=SEED)
    return AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")


def enter(browser: Client, user: User, code: str, password: str = PASSWORD) -> Any:
    given = {"username": user.email, "password": password, "otp_token": code}
    return browser.post("/admin/login/?next=/admin/", given)


def answered(browser: Client, passkey: SoftwarePasskey, asked_at: str = OPTIONS) -> str:  # noqa: F811
    """What the script puts into the hidden field."""
    options = browser.post(asked_at, b"", content_type="application/json").json()
    return json.dumps({"ceremony": options["ceremony"], "credential": passkey.get(options["public_key"])})


def inside(browser: Client) -> bool:
    return bool(browser.get("/admin/").status_code == 200)


def later(**time: int) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**time))


def test_staff_come_in_with_password_and_code(browser: Client, staff: User) -> None:
    assert enter(browser, staff, app_of(staff).code()).status_code == 302
    assert inside(browser)
    session = AuthSession.objects.get(user=staff)
    assert (session.aal, session.methods) == (2, ["pwd", "otp"])


def test_a_recovery_code_stands_in_once_for_the_app(browser: Client, staff: User) -> None:
    app_of(staff)
    code = RecoveryCodes().renew(staff)[0]
    enter(browser, staff, code)
    assert inside(browser)
    again = Client()
    enter(again, staff, code)
    assert not inside(again)


def test_staff_come_in_with_a_passkey_alone(browser: Client, staff: User, registered: SoftwarePasskey) -> None:
    given = answered(browser, registered)
    assert browser.post("/admin/login/?next=/admin/", {"passkey": given}).status_code == 302
    assert inside(browser)
    session = AuthSession.objects.live().get(user=staff, amr="hwk user")
    assert session.aal == 2
    assert Passkey.objects.get().last_used_at is not None
    again = Client()
    assert again.post("/admin/login/", {"passkey": given}).status_code == 200, "a ceremony takes one answer"
    assert not inside(again)


@pytest.mark.parametrize("given", ["{", "[]", '{"ceremony": "x"}', '{"ceremony": 1, "credential": []}', "[" * 20_000])
def test_what_is_no_passkey_gets_the_answer_of_a_wrong_password(browser: Client, staff: User, given: str) -> None:
    answer = browser.post("/admin/login/", {"passkey": given})
    assert answer.status_code == 200
    assert b"That did not open the site" in answer.content
    assert not inside(browser)


def test_a_passkey_of_somebody_who_is_no_staff_opens_nothing(
    browser: Client,
    alice: User,
    signed_in: SignedIn,
    passkey: SoftwarePasskey,  # noqa: F811
) -> None:
    register(signed_in(alice), passkey)
    browser.post("/admin/login/", {"passkey": answered(browser, passkey)})
    assert not inside(browser)


def test_the_form_has_what_each_way_in_needs_and_nothing_written_into_the_page(browser: Client) -> None:
    answer = browser.get("/admin/login/")
    page = answer.content.decode()
    assert 'name="otp_token"' in page
    assert f'data-options="{OPTIONS}"' in page
    assert "<script>" not in page
    assert " style=" not in page
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("code", ["", "000000", "abcdef"])
def test_the_password_alone_opens_nothing(browser: Client, staff: User, code: str) -> None:
    app_of(staff)
    assert enter(browser, staff, code).status_code == 200
    assert not inside(browser)


def test_staff_without_an_app_and_people_who_are_no_staff_stay_outside(
    browser: Client, staff: User, alice: User
) -> None:
    enter(browser, staff, "123456")
    assert not inside(browser)
    enter(browser, alice, app_of(alice).code())
    assert not inside(browser)


def test_a_session_that_came_about_elsewhere_is_not_enough(browser: Client, staff: User) -> None:
    app_of(staff)
    browser.force_login(staff, backend="accounts.backends.EmailBackend")
    assert not inside(browser)


def test_a_session_of_one_factor_in_the_cookie_is_not_enough(browser: Client, staff: User) -> None:
    enter(browser, staff, app_of(staff).code())
    assert inside(browser)
    kept = browser.session
    kept["auth_session"] = str(SessionManager().start(staff, ["pwd"]).session)
    kept.save()
    assert not inside(browser)


def test_who_signed_in_before_becoming_staff_signs_in_again(browser: Client, alice: User) -> None:
    enter(browser, alice, app_of(alice).code())
    browser.force_login(alice, backend="accounts.backends.EmailBackend")
    with_role(alice, "owner")
    assert not inside(browser)


def test_an_account_whose_address_was_never_confirmed_stays_outside(
    browser: Client, staff: User, registered: SoftwarePasskey
) -> None:
    User.objects.filter(pk=staff.pk).update(email_verified_at=None)
    answer = browser.post("/admin/login/", {"passkey": answered(browser, registered)})
    assert b"That did not open the site" in answer.content
    assert not inside(browser)


def test_a_code_opens_the_site_once_and_wrong_ones_are_counted(browser: Client, staff: User) -> None:
    app = app_of(staff)
    enter(browser, staff, app.code())
    again = Client()
    enter(again, staff, app.code())
    assert not inside(again)
    assert AccountLockoutService().failures(staff, Factor.TOTP) == 1


def _suspended(staff: User, owner: User) -> None:
    UserAdministration().suspend(owner, staff.pk, "ticket 1")


def _sessions_ended(staff: User, owner: User) -> None:
    UserAdministration().end_sessions(owner, staff.pk, "ticket 1")


def _factors_reset(staff: User, owner: User) -> None:
    UserAdministration().reset_mfa(owner, staff.pk, "ticket 1")


def _no_staff_any_more(staff: User, owner: User) -> None:
    User.objects.filter(pk=staff.pk).update(is_staff=False)


@pytest.mark.parametrize("event", [_suspended, _sessions_ended, _factors_reset, _no_staff_any_more])
def test_what_ends_every_session_ends_this_one(
    browser: Client, staff: User, alice: User, event: Callable[[User, User], None]
) -> None:
    enter(browser, staff, app_of(staff).code())
    assert inside(browser)
    event(staff, with_role(alice, "owner"))
    assert not inside(browser)


def test_the_session_stands_among_those_of_the_account_and_ends_there(
    browser: Client, staff: User, signed_in: SignedIn
) -> None:
    enter(browser, staff, app_of(staff).code())
    session = AuthSession.objects.get(user=staff)
    assert signed_in(staff).delete(f"/api/auth/sessions/{session.pk}").status_code == 204
    assert not inside(browser)


def test_signing_out_ends_the_session_and_a_new_log_in_the_one_before(browser: Client, staff: User) -> None:
    app = app_of(staff)
    enter(browser, staff, app.code())
    with later(seconds=30):
        enter(browser, staff, app.code())
        assert AuthSession.objects.live().filter(user=staff).count() == 1
    browser.post("/admin/logout/")
    assert not inside(browser)
    assert set(AuthSession.objects.filter(user=staff).values_list("end_reason", flat=True)) == {EndReason.LOGOUT}


def test_every_page_needs_a_log_in_of_the_last_hour(browser: Client, staff: User) -> None:
    enter(browser, staff, app_of(staff).code())
    with later(minutes=59):
        assert inside(browser)
    with later(minutes=61):
        answer = browser.get("/admin/jsi18n/")
        assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/jsi18n/")


@FORM_PAGE
def test_a_change_needs_a_log_in_of_the_last_minutes_and_keeps_what_was_entered(browser: Client, staff: User) -> None:
    app = app_of(with_role(staff, "support"))
    enter(browser, staff, app.code())
    entered = {"reason": 'a "quoted" <reason>', "ids": ["1", "2"]}
    with later(minutes=4):
        assert browser.post("/admin/change/", entered).json()["entered"]["ids"] == ["1", "2"]
    with later(minutes=6):
        asked = browser.post("/admin/change/", entered)
        assert asked.status_code == 403
        assert "Prove again who you are" in asked.content.decode()
        assert browser.get("/admin/change/").status_code == 200, "looking needs none"
        cookie = browser.cookies["sessionid"].value
        proof = {**_carried(asked), "proof_password": PASSWORD, "proof_code": app.code()}
        done = browser.post("/admin/change/", proof)
        assert done.json()["entered"] == {"reason": [entered["reason"]], "ids": ["1", "2"]}
        assert browser.cookies["sessionid"].value != cookie
    with later(minutes=10):
        assert browser.post("/admin/change/", entered).status_code == 200
    assert AuditLog.objects.filter(action="authentication.reauthenticated", outcome="success").count() == 1


@FORM_PAGE
def test_a_passkey_proves_it_too_but_only_one_s_own_and_one_asked_for_here(
    browser: Client, staff: User, alice: User, signed_in: SignedIn, registered: SoftwarePasskey
) -> None:
    alices = SoftwarePasskey(registered.origin)
    register(signed_in(alice), alices)
    browser.post("/admin/login/", {"passkey": answered(browser, registered)})
    with later(minutes=6):
        here = "/admin/reauthenticate/passkey/options/"
        for options, used in ((OPTIONS, registered), (here, alices)):
            given = answered(browser, used, options)
            assert browser.post("/admin/change/", {"proof_passkey": given}).status_code == 403
        given = answered(browser, registered, here)
        assert browser.post("/admin/change/", {"proof_passkey": given, "a": "1"}).json()["entered"] == {"a": ["1"]}


@FORM_PAGE
@pytest.mark.parametrize(
    "proof",
    [
        {"proof_password": "", "proof_code": ""},
        {"proof_password": PASSWORD, "proof_code": ""},
        {"proof_password": PASSWORD, "proof_code": "000000"},
        {"proof_password": "wrong", "proof_code": "000000"},
        {"proof_passkey": "{}"},
    ],
)
def test_a_wrong_proof_changes_nothing_and_asks_again(browser: Client, staff: User, proof: dict[str, str]) -> None:
    enter(browser, staff, app_of(staff).code())
    with later(minutes=6):
        answer = browser.post("/admin/change/", {**proof, "a": "1"})
        assert answer.status_code == 403
        assert _carried(answer) == {"a": ["1"]}
        assert PASSWORD not in answer.content.decode()


@FORM_PAGE
def test_a_file_is_chosen_again_after_the_proof(browser: Client, staff: User) -> None:
    app = app_of(staff)
    enter(browser, staff, app.code())
    with later(minutes=6):
        asked = browser.post("/admin/change/", {"file": SimpleUploadedFile("people.csv", b"a")})
        assert "choose the file again" in asked.content.decode()
        proof = {**_carried(asked), "proof_password": PASSWORD, "proof_code": app.code()}
        answer = browser.post("/admin/change/", proof)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/change/")


@FORM_PAGE
def test_roles_that_need_no_step_up_and_searches_go_on_within_the_hour(browser: Client, staff: User) -> None:
    role = Role.objects.create(group=Group.objects.create(name="wall"), needs_step_up=False)
    enter(browser, with_role(staff, "wall"), app_of(staff).code())
    with later(minutes=30):
        assert browser.post("/admin/change/").status_code == 200
        Role.objects.filter(pk=role.pk).update(needs_step_up=True)
        assert browser.post("/admin/change/").status_code == 403
        assert browser.post("/admin/search/", {"email": "a"}).json()["entered"] == {"email": ["a"]}


def test_the_trail_names_the_session_and_how_it_was_proved(browser: Client, staff: User) -> None:
    enter(browser, staff, app_of(staff).code())
    browser.post("/admin/logout/")
    entry = AuditLog.objects.get(action="authentication.logout")
    session = AuthSession.objects.get(user=staff)
    assert (entry.actor, entry.session, entry.method) == (f"user:{staff.pk}", str(session.pk), "pwd otp")


def _carried(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.content.decode()):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(unescape(value))
    return found
