"""Second factors as people meet them: real Chromium with a virtual authenticator (W3C WebAuthn, 11) at our pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from playwright.sync_api import Browser
from rest_framework.test import APIClient

from accounts.models import AuthSession, Passkey, TotpDevice, User
from accounts.services.session import SessionManager
from accounts.tests.api.test_mfa import enrol
from accounts.tests.conftest import PASSWORD, Configure, configure, parallel  # noqa: F401 - fixtures
from adminpanel.tests.browsers import chromium_beside_django
from adminpanel.tests.conftest import with_role
from audit.models import AuditLog

pytestmark = pytest.mark.django_db(transaction=True)

SignedIn = Callable[[User], APIClient]

# what a client of the API does to register a passkey, run by the browser on a page of the site
REGISTER = """async ([access, name]) => {
  const call = async (path, body) => {
    const answer = await fetch(`/api/auth/mfa/passkeys${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    return await answer.json();
  };
  const { ceremony, public_key } = await call("/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return await call("", { ceremony, credential, name });
}"""
# what `passkey.js` puts into the hidden field
ASSERT = """async () => {
  const asked = await (await fetch("/api/auth/login/passkey/options", { method: "POST" })).json();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.public_key);
  const credential = (await navigator.credentials.get({ publicKey })).toJSON();
  return JSON.stringify({ ceremony: asked.ceremony, credential });
}"""
SUBMIT_AT = """([id, value, at]) => {
  document.getElementById(id).value = value;
  setTimeout(() => document.getElementById("login-form").submit(), at - Date.now());
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from chromium_beside_django()


@pytest.fixture
def site(live_server: Any, configure: Configure) -> str:  # noqa: F811
    """The address of the server, which is the site of the passkeys."""
    configure(LOUPE_EMAIL_LINK_BASE_URL=live_server.url)
    return str(live_server.url)


@pytest.fixture
def support(staff: User) -> User:
    return with_role(staff, "support")


def page_of(browser: Browser, site: str) -> Any:
    """A page in a browser profile of its own; what it logs as an error fails the test."""
    page = browser.new_context(base_url=site).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
    return page


def authenticator(page: Any, **options: Any) -> tuple[Any, str]:
    """A virtual authenticator in the page's profile, and the session of the protocol to speak to it."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    given = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **options,
    }
    added = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": given})
    return protocol, added["authenticatorId"]


def registered(page: Any, user: User, name: str = "Laptop") -> Any:
    page.goto("/admin/login/")
    return page.evaluate(REGISTER, [SessionManager().start(user, ["pwd", "otp"], aal=2).access, name])


def is_inside(page: Any) -> bool:
    return bool(page.context.request.get("/admin/", max_redirects=0).status == 200)


def test_a_passkey_made_in_the_browser_opens_the_site_alone(browser: Browser, site: str, support: User) -> None:
    page = page_of(browser, site)
    authenticator(page)
    made = registered(page, support)
    assert made["passkey"]["name"] == "Laptop", made
    page.goto("/admin/accounts/user/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/admin/accounts/user/")
    session = AuthSession.objects.live().get(user=support, amr="hwk user")
    assert session.aal == 2
    assert Passkey.objects.get().last_used_at is not None


def test_a_synced_passkey_is_told_apart_from_one_of_the_device(browser: Browser, site: str, support: User) -> None:
    page = page_of(browser, site)
    authenticator(page, defaultBackupEligibility=True, defaultBackupState=True)
    assert registered(page, support)["passkey"]["synced"] is True


def test_an_authenticator_that_did_not_check_its_user_opens_nothing(browser: Browser, site: str, support: User) -> None:
    page = page_of(browser, site)
    protocol, its_id = authenticator(page)
    registered(page, support)
    protocol.send("WebAuthn.setUserVerified", {"authenticatorId": its_id, "isUserVerified": False})
    page.goto("/admin/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No passkey was used.").wait_for()
    assert not is_inside(page)


def test_where_there_is_no_passkey_the_page_says_so(browser: Browser, site: str, support: User) -> None:
    page = page_of(browser, site)
    protocol, its_id = authenticator(page)
    registered(page, support)
    protocol.send("WebAuthn.clearCredentials", {"authenticatorId": its_id})
    page.goto("/admin/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("No passkey was used.").wait_for()


def test_password_and_the_code_of_an_app_open_the_site(
    browser: Browser, site: str, support: User, signed_in: SignedIn
) -> None:
    app = enrol(signed_in(support))
    TotpDevice.objects.update(last_step=-1)  # as if the period of the enrolment were over
    page = page_of(browser, site)
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(support.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Authenticator or recovery code").fill(app.code())
    page.get_by_label("Authenticator or recovery code").press("Enter")
    page.wait_for_url(f"{site}/admin/")
    assert is_inside(page)


def test_a_change_asks_again_and_a_passkey_sends_on_what_was_entered(
    browser: Browser, site: str, support: User, bob: User
) -> None:
    page = page_of(browser, site)
    authenticator(page)
    registered(page, support)
    page.goto(f"/admin/accounts/user/{bob.pk}/unlock/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_label("Reason").fill("ticket 4711")
    _long_ago(support)
    page.locator("#content form").get_by_role("button").or_(page.locator("#content form [type=submit]")).first.click()
    page.get_by_role("heading", name="Prove again who you are").wait_for()
    page.get_by_role("button", name="Go on with a passkey").click()
    page.wait_for_url(f"{site}/admin/accounts/user/{bob.pk}/")
    assert _acted_with_reason("account.unlocked", bob) == "ticket 4711"


@pytest.mark.usefixtures("parallel")
def test_of_two_browsers_with_one_answer_of_a_passkey_one_comes_in(browser: Browser, site: str, support: User) -> None:
    one, other = page_of(browser, site), page_of(browser, site)
    authenticator(one)
    registered(one, support)
    one.goto("/admin/login/")
    given = one.evaluate(ASSERT)
    assert _raced([one, other], "id_passkey", given) == [False, True]


@pytest.mark.usefixtures("parallel")
def test_of_two_browsers_with_one_code_one_comes_in(
    browser: Browser, site: str, support: User, signed_in: SignedIn
) -> None:
    app = enrol(signed_in(support))
    TotpDevice.objects.update(last_step=-1)
    pages = [page_of(browser, site), page_of(browser, site)]
    for page in pages:
        page.goto("/admin/login/")
        page.get_by_label("E-mail address").fill(support.email)
        page.get_by_label("Password").fill(PASSWORD)
    assert _raced(pages, "id_otp_token", app.code()) == [False, True]


def _raced(pages: list[Any], field: str, value: str) -> list[bool]:
    """Both send the form with this value at one moment; who is inside afterwards, sorted."""
    for page in pages:
        if "/admin/login/" not in page.url:
            page.goto("/admin/login/")
    at = pages[0].evaluate("Date.now()") + 500
    for page in pages:
        page.evaluate(SUBMIT_AT, [field, value, at])
    for page in pages:
        page.locator("#user-tools, .errornote").first.wait_for()
    return sorted(is_inside(page) for page in pages)


def _long_ago(user: User) -> None:
    AuthSession.objects.filter(user=user).update(auth_time=F("auth_time") - timedelta(minutes=10))


def _acted_with_reason(action: str, on: User) -> Any:
    return json.loads(AuditLog.objects.get(action=action, target=f"user:{on.pk}").details)["reason"]
