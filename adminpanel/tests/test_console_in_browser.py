"""The console as staff meet it: in Chromium, by mouse and by keyboard, light and dark, and judged by axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from django.contrib import admin
from django.db.models import Model
from playwright.sync_api import Browser, Page, expect

from accounts.models import TotpDevice, User
from accounts.testing.authenticator_app import AuthenticatorApp
from accounts.tests.conftest import PASSWORD
from adminpanel.models import BulkJob
from adminpanel.services.bulk_worker import BulkWorker
from adminpanel.tests.browsers import chromium_beside_django
from adminpanel.tests.conftest import browser_of, with_role
from adminpanel.tests.test_pages_privacy import _paths, rows  # noqa: F401 - a fixture
from designsystem.models import Extraction
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.tests.engine import sample_interface as sample
from designsystem.tests.engine.conftest import node_tools  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
# the page's ground, and what the first plot is painted with
LOOK = "() => [getComputedStyle(document.body).backgroundColor, document.querySelector('.plot canvas').toDataURL()]"
PAINTED = """() => {
  const plot = document.querySelector(".plot canvas");
  const blank = Object.assign(document.createElement("canvas"), { width: plot.width, height: plot.height });
  return plot.toDataURL() !== blank.toDataURL();
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from chromium_beside_django()


@pytest.fixture
def owner(bob: User) -> User:
    return with_role(bob, "owner")


def opened(browser: Browser, live_server: Any, user: User | None, scheme: Scheme = "light", **more: Any) -> Page:
    """A page of a browser in which `user` is signed in; it keeps what the console complained of in `complaints`."""
    context = browser.new_context(
        base_url=live_server.url,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 900},
        **more,
    )
    if user is not None:
        cookies = browser_of(user).cookies.items()
        context.add_cookies([{"name": name, "value": each.value, "url": live_server.url} for name, each in cookies])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def complaints_of(page: Page) -> list[str]:
    found: list[str] = page.complaints  # type: ignore[attr-defined]
    return found


def test_staff_sign_in_find_somebody_suspend_them_and_see_it_in_the_trail(
    browser: Browser, live_server: Any, owner: User, alice: User
) -> None:
    device = TotpDevice.objects.create(user=owner, name="app", seed="A" * 32)
    app = AuthenticatorApp.scan(f"otpauth://totp/x?secret={device.seed}&period=30&digits=6")
    page = opened(browser, live_server, None)
    page.goto("/admin/")
    page.locator("[name=username]").fill(owner.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=otp_token]").fill(app.code())
    page.locator("[name=otp_token]").press("Enter")
    page.locator("#nav-sidebar").get_by_role("link", name="Accounts", exact=True).last.click()
    page.get_by_label("E-mail address, phone number or account id").fill("alice@example.org")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Account {alice.pk}")
    page.get_by_role("link", name="Suspend").click()
    page.get_by_label("Reason").fill("ticket 4711")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("The account is suspended.")).to_be_visible()
    activity = page.get_by_role("region", name="Recent activity, table")
    expect(activity.get_by_role("row").filter(has_text="account.suspended")).to_contain_text("ticket 4711")
    page.locator("#nav-sidebar").get_by_role("link", name="Trail", exact=True).click()
    page.get_by_label("Action").select_option("account.suspended")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("ticket 4711")
    assert complaints_of(page) == []


def test_a_bulk_job_is_prepared_started_and_watched_to_its_end(
    browser: Browser, live_server: Any, owner: User, alice: User, charlie: User
) -> None:
    page = opened(browser, live_server, owner)
    page.goto("/admin/accounts/user/")
    for user in (alice, charlie):
        page.locator(f"input[value='{user.pk}']").check()
    page.locator("select[name=action]").select_option(label="Suspend the chosen accounts")
    page.get_by_label("Reason:").fill("ticket 4711")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Start: do this to 2 accounts").click()
    expect(page.get_by_text("running: 0 of 2")).to_be_visible()
    BulkWorker().run(BulkJob.objects.get().pk)
    expect(page.get_by_text("done: 2 of 2")).to_be_visible()
    expect(page.get_by_role("button", name="Undo: prepare the opposite")).to_be_visible()
    assert not User.objects.get(pk=alice.pk).is_active
    assert complaints_of(page) == []


def test_people_are_invited_by_a_file_whose_every_line_is_shown_first(
    browser: Browser, live_server: Any, owner: User, alice: User
) -> None:
    page = opened(browser, live_server, owner)
    page.goto("/admin/accounts/user/")
    page.get_by_role("link", name="Invite people").click()
    wrong = b"email,name\nnew@example.org,Nina Neu\nnobody,\nalice@example.org,\n"
    page.get_by_label("File:").set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": wrong})
    page.get_by_label("Reason:").fill("ticket 4711")
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("region", name="Lines with an error, table")).to_contain_text("no valid e-mail address")
    page.get_by_label("List:").fill(wrong.decode().replace("nobody,\n", ""))
    page.get_by_role("button", name="Check the list").click()
    lines = page.get_by_role("region", name="What would come of the list, table")
    expect(lines).to_contain_text("has an account and is left alone")
    page.get_by_role("button", name="Yes: prepare the invitations").click()
    page.get_by_role("button", name="Start: do this to 1 account").click()
    expect(page.get_by_text("running: 0 of 2")).to_be_visible()
    BulkWorker().run(BulkJob.objects.get().pk)
    expect(page.get_by_text("done: 2 of 2")).to_be_visible()
    assert User.objects.by_email("new@example.org") is not None
    assert complaints_of(page) == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]


@pytest.fixture
def measured(alice: User) -> Extraction:
    picture = Upload("/pictures/0", "accounts.png", sample.picture_png)
    (outcome,) = ExtractionService().extract(alice, [picture], Options(pixel_ratio=1.0))
    assert isinstance(outcome, tuple)
    return outcome[1]


def test_a_chosen_token_shows_where_it_was_measured(
    browser: Browser, live_server: Any, owner: User, measured: Extraction
) -> None:
    page = opened(browser, live_server, owner)
    page.goto(f"/admin/designsystem/extraction/{measured.pk}/")
    expect(page.locator("img")).to_have_count(0)
    page.get_by_role("link", name="Reveal").click()
    page.get_by_label("Reason").fill("ticket 4711")
    page.get_by_role("button", name="Reveal").click()
    token = page.locator(".console-pick").first
    token.click()
    expect(token).to_have_attribute("aria-pressed", "true")
    places = page.locator("#evidence .edge")
    expect(places).not_to_have_count(0)
    width = page.locator(".console-canvas img").evaluate("async image => (await image.decode(), image.naturalWidth)")
    assert width == sample.WIDTH
    expect(page.locator("#evidence-status")).to_contain_text(str(token.text_content()))
    token.click()
    expect(places).to_have_count(0)
    assert complaints_of(page) == []


def test_somebody_is_suspended_by_keyboard_alone(browser: Browser, live_server: Any, owner: User, alice: User) -> None:
    page = opened(browser, live_server, owner)
    page.goto(f"/admin/accounts/user/{alice.pk}/")
    _tab_to(page, "Suspend")
    page.keyboard.press("Enter")
    page.wait_for_url("**/suspend/")
    _tab_to(page, "reason")
    page.keyboard.type("ticket 4711")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The account is suspended.")).to_be_visible()
    _tab_to(page, "Undo")
    assert not User.objects.get(pk=alice.pk).is_active


def test_the_theme_switch_darkens_the_page_and_its_plots(browser: Browser, live_server: Any, owner: User) -> None:
    page = opened(browser, live_server, owner)
    page.goto("/admin/")
    expect(page.locator(".plot canvas")).to_have_count(9)
    page.wait_for_function(PAINTED)
    light = page.evaluate(LOOK)
    page.locator(".theme-toggle").click()  # where the system is light, dark comes after automatic
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_function(f"light => ({LOOK})().every((each, place) => each !== light[place])", arg=light)
    assert complaints_of(page) == []


def test_axe_finds_nothing_serious_on_any_page_in_light_or_in_dark(
    browser: Browser,
    live_server: Any,
    owner: User,
    rows: dict[str, Model],  # noqa: F811
    node_tools: Path,  # noqa: F811
) -> None:
    axe = (node_tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page = opened(browser, live_server, owner, bypass_csp=True)
    paths = [
        *_paths(rows),
        "/admin/system/",
        "/admin/audit/auditlog/chain/",
        "/admin/accounts/role/new/",
        "/admin/none/",
    ]
    found = _serious(opened(browser, live_server, None, bypass_csp=True), "/admin/login/", axe)
    for path in paths:
        found += _serious(page, path, axe)
    assert found == []
    assert len(paths) > len(admin.site._registry) * 2


def _serious(page: Page, path: str, axe: str) -> list[tuple[str, Scheme, str, str]]:
    """What axe-core calls serious or worse: path, scheme, rule, element. The page is loaded once for both schemes."""
    page.goto(path)
    page.evaluate(axe)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(
            "() => Promise.all(document.getAnimations().map(each => each.finished))"
        )  # Django fades its links
        told = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        serious = [each for each in told["violations"] if each["impact"] in ("serious", "critical")]
        found += [(path, scheme, str(each["id"]), str(each["nodes"][0]["html"])[:160]) for each in serious]
    return found


def _tab_to(page: Page, name: str) -> None:
    """Go on with the tab key until the element with this text or name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate("() => document.activeElement.name || document.activeElement.textContent.trim()")
        if here == name:
            return
    raise AssertionError(f"the tab key does not come to {name}")
