"""The door of the admin site: password and code together, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import TotpDevice, User
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.testing.authenticator_app import AuthenticatorApp
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client()


def app_of(user: User) -> AuthenticatorApp:
    device = TotpDevice.objects.create(user=user, name="app", seed="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    return AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")


def enter(browser: Client, user: User, code: str, password: str = PASSWORD) -> Any:
    given = {"username": user.email, "password": password, "otp_token": code}
    return browser.post("/admin/login/?next=/admin/", given)


def inside(browser: Client) -> bool:
    return bool(browser.get("/admin/").status_code == 200)


def test_staff_come_in_with_password_and_code_for_an_hour(browser: Client, staff: User) -> None:
    app = app_of(staff)
    assert enter(browser, staff, app.code()).status_code == 302
    assert inside(browser)
    assert browser.session.get_expiry_age() <= 3600


def test_the_form_has_a_field_for_the_code(browser: Client) -> None:
    assert b'name="otp_token"' in browser.get("/admin/login/").content


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


def test_a_session_ends_with_the_app_it_was_opened_with(browser: Client, staff: User) -> None:
    enter(browser, staff, app_of(staff).code())
    assert inside(browser)
    TotpDevice.objects.all().delete()
    assert not inside(browser)


def test_a_code_opens_the_site_once_and_wrong_ones_are_counted(browser: Client, staff: User) -> None:
    app = app_of(staff)
    enter(browser, staff, app.code())
    again = Client()
    enter(again, staff, app.code())
    assert not inside(again)
    assert AccountLockoutService().failures(staff, Factor.TOTP) == 1
