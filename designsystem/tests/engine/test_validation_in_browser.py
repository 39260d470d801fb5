"""The report of a validation as people meet it: opened in Chromium from a file, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from designsystem.engine.png_encoding import encode_png
from designsystem.engine.report.validation_html import render_validation_html
from designsystem.engine.rgba import on_white
from designsystem.tests.engine import sample_verdict as sample
from designsystem.tests.engine.browsers import chromium

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from chromium()


def written(path: Path, name: str) -> Path:
    pair = sample.pair()
    baseline, picture = (encode_png(on_white(each)) for each in (pair.baseline, pair.picture))
    path.write_text(render_validation_html(sample.verdict(), sample.subject(name), picture, baseline), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("validation") / "report.html", "screens/page.png")


@pytest.fixture
def page(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The report, open; afterwards it has logged no error and asked for nothing."""
    context = browser.new_context(viewport={"width": getattr(request, "param", 1280), "height": 844})
    opened = context.new_page()
    problems: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda each: problems.append(each.text) if each.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda each: requests.append(each.url))
    opened.goto(report.as_uri())
    yield opened
    context.close()
    assert problems == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def mode(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def test_every_finding_is_listed_and_every_place_drawn(page: Page) -> None:
    findings = sample.verdict().findings
    expect(page.locator(".findings button")).to_have_count(len(findings))
    expect(page.locator("#boxes .place:not(.back)")).to_have_count(sum(len(each.boxes) for each in findings))
    expect(page.locator(".outcome")).to_have_text("failed")


def test_a_chosen_finding_shows_its_places_alone(page: Page) -> None:
    findings = sample.verdict().findings
    index = next(place for place, each in enumerate(findings) if sample.SINGLE in each.boxes)
    button = page.locator(".findings button").nth(index)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#boxes .chosen:not(.back)")).to_have_count(1)
    width = page.eval_on_selector("#boxes .chosen.error", "each => Number(each.getAttribute('width'))")
    assert width >= 10  # the place is one pixel
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_the_arrow_keys_walk_through_the_findings(page: Page) -> None:
    buttons = page.locator(".findings button")
    buttons.first.focus()
    page.keyboard.press("ArrowDown")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    buttons.first.press("ArrowUp")
    expect(buttons.last).to_be_focused()


def test_swipe_onion_skin_and_blink_compare_with_the_baseline(page: Page) -> None:
    def style(name: str) -> str:
        return str(page.eval_on_selector("#shot", f"each => getComputedStyle(each).{name}"))

    expect(page.locator("#amount")).to_be_hidden()
    mode(page, "Swipe").check()
    page.locator("#share").fill("25")
    assert style("clipPath") == "inset(0px 0px 0px 25%)"
    mode(page, "Onion skin").check()
    assert style("opacity") == "0.25"
    assert style("clipPath") == "none"
    mode(page, "Baseline").check()
    assert style("visibility") == "hidden"
    mode(page, "Blink").check()
    expect(page.locator("#shot")).to_have_css("visibility", "hidden")
    expect(page.locator("#shot")).to_have_css("visibility", "visible")
    mode(page, "Picture").check()
    expect(page.locator("#before")).to_have_css("visibility", "hidden")


def test_modes_change_by_the_arrow_keys(page: Page) -> None:
    mode(page, "Picture").focus()
    page.keyboard.press("ArrowRight")
    expect(mode(page, "Baseline")).to_be_checked()
    expect(page.locator("#sheet")).to_have_attribute("data-mode", "baseline")


def test_the_skip_link_leads_to_the_findings(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#findings")).to_be_focused()


@pytest.mark.parametrize("page", [390, 1280], indirect=True)
def test_nothing_overflows_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag(
    browser: Browser, report: Path, node_tools: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe = (node_tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(report.as_uri())
    mode(opened, "Swipe").check()
    opened.locator(".findings button").first.click()
    opened.evaluate(axe)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = opened.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    context.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 25


def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    opened = browser.new_page()
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    opened.on("dialog", dismiss)
    opened.goto(written(tmp_path / "hostile.html", sample.ATTACK).as_uri())
    assert "<img src=x onerror=alert(1)>" in (opened.locator("h1").text_content() or "")
    assert opened.locator("img").count() == 2
    opened.close()
    assert dialogs == []
