"""The report as people meet it: opened in Chromium from a file, by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.geometry import Box
from designsystem.engine.report.html import render_html
from designsystem.tests.engine import sample_interface as sample
from designsystem.tests.engine.browsers import chromium

TOKENS = sample.token_set().tokens


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from chromium()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(sample.token_set(), sample.picture_png(), "Northwind accounts"), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The report, open; afterwards it has logged no error and asked for nothing."""
    width = getattr(request, "param", 1280)
    context = browser.new_context(viewport={"width": width, "height": 844}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    problems: list[str] = []
    requests: list[str] = []
    opened.on(
        "console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None
    )
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda each: requests.append(each.url))
    opened.goto(report.as_uri())
    yield opened
    context.close()
    assert problems == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def index_of(*path: str) -> int:
    return [token.path for token in TOKENS].index(path)


def pick(page: Page, *path: str) -> None:
    page.locator(f"#t{index_of(*path)} .pick").click()


def drawn(page: Page) -> list[Box]:
    """The boxes drawn over the picture, in whole pixels of it."""
    found = page.eval_on_selector_all(
        "#boxes rect.edge", "all => all.map(r => ['x', 'y', 'width', 'height'].map(n => Math.round(r.getAttribute(n))))"
    )
    return [Box(*each) for each in found]


def test_a_chosen_token_lights_up_its_places(page: Page) -> None:
    pick(page, "typography", "body")
    boxes = drawn(page)
    assert len(boxes) == len(sample.LINES)
    for box, line in zip(boxes, sample.LINES, strict=True):
        assert box.contains(line)
        assert line.grown(10).contains(box)
    expect(page.locator("#status")).to_contain_text("typography.body: place 1 of 4")
    expect(page.locator(f"#t{index_of('typography', 'body')} .pick")).to_have_attribute("aria-pressed", "true")


def test_choosing_it_again_puts_the_lights_out(page: Page) -> None:
    pick(page, "radius", "md")
    pick(page, "radius", "md")
    page.mouse.move(5, 5)
    assert drawn(page) == []


def test_a_role_lights_up_the_places_of_its_colour(page: Page) -> None:
    pick(page, "color", "role", "primary")
    (box,) = drawn(page)
    assert box.contains(sample.BUTTON)


def test_a_click_in_the_picture_finds_the_tokens_there(page: Page) -> None:
    scale = page.locator("#shot").bounding_box()
    assert scale is not None
    factor = scale["width"] / sample.WIDTH
    page.locator("#shot").click(position={"x": (sample.BADGE.x + 8) * factor, "y": (sample.BADGE.y + 8) * factor})
    found = page.locator("#here button").all_text_contents()
    assert found[:4] == ["color.palette.white", "typography.small", "color.palette.green", "radius.full"]
    assert "color.palette.page" in found
    page.locator("#here button", has_text="radius.full").click()
    expect(page.locator(f"#t{index_of('radius', 'full')}")).to_be_in_viewport()
    expect(page.locator(f"#t{index_of('radius', 'full')} .pick")).to_have_attribute("aria-pressed", "true")
    assert len(drawn(page)) == 1


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#tokens")).to_be_focused()
    page.locator(f"#t{index_of('spacing', '3')} .pick").focus()
    page.keyboard.press("Enter")
    assert len(drawn(page)) == 2
    page.locator("#next").press("Enter")
    expect(page.locator("#status")).to_contain_text("place 2 of 2")
    page.keyboard.press("Escape")
    expect(page.locator("#clear")).to_be_hidden()


def test_keyboard_focus_previews_a_token(page: Page) -> None:
    page.locator(f"#t{index_of('radius', 'md')} .copy").focus()
    page.keyboard.press("Tab")
    assert len(drawn(page)) == len(sample.CARDS)


def test_the_tabs_hold_every_export_and_follow_the_arrow_keys(page: Page) -> None:
    tabs = page.get_by_role("tab")
    assert tabs.all_text_contents() == [each.title for each in EXPORTERS.values()]
    for position, exporter in enumerate(EXPORTERS.values()):
        tabs.nth(position).click()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
        assert page.locator("[role=tabpanel]:visible code").text_content() == exporter.export(sample.token_set())
    tabs.last.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    expect(page.locator("#panel-0")).to_be_visible()


def test_copying_and_downloading_give_the_text_that_is_shown(page: Page) -> None:
    page.locator(f"#t{index_of('border', 'hairline')} .copy").click()
    page.wait_for_function("async text => await navigator.clipboard.readText() === text", arg="1px solid #d5dae1")
    with page.expect_download() as download:
        page.locator("[role=tabpanel]:visible .download").click()
    assert download.value.suggested_filename == "Northwind-accounts.tokens.json"
    json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


def test_the_theme_follows_the_system_until_it_is_chosen(page: Page) -> None:
    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground()
    page.emulate_media(color_scheme="dark")
    dark = ground()
    assert light != dark
    expect(page.locator("#theme")).to_have_attribute("aria-pressed", "true")
    page.locator("#theme").click()
    assert ground() == light


def test_the_lens_tells_the_exact_colour_under_the_pointer(page: Page) -> None:
    box = page.locator("#shot").bounding_box()
    assert box is not None
    factor = box["width"] / sample.WIDTH
    page.mouse.move(box["x"] + (sample.BUTTON.x + 10) * factor, box["y"] + (sample.BUTTON.y + 10) * factor)
    expect(page.locator("#lens-colour")).to_have_text(sample.BLUE.hex)


@pytest.mark.parametrize("page", [390, 768, 1280, 1920], indirect=True)
def test_nothing_overflows_sideways(page: Page) -> None:
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        pick(page, "color", "palette", "white")


@pytest.mark.parametrize("page", [390], indirect=True)
def test_on_a_phone_the_picture_stays_in_sight_of_the_tokens(page: Page) -> None:
    pick(page, "shadow", "raised")
    expect(page.locator("#shot")).to_be_in_viewport()
    expect(page.locator(f"#t{index_of('shadow', 'raised')} .pick")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag(
    browser: Browser, report: Path, node_tools: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe = (node_tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    opened = context.new_page()
    opened.goto(report.as_uri())
    opened.locator("#t0 .pick").click()
    opened.evaluate(axe)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = opened.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    context.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 30


def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(render_html(sample.hostile_token_set(), sample.picture_png(), sample.ATTACK), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    assert opened.title() == f"{sample.ATTACK} · design tokens"
    assert opened.locator("img").count() == 1
    opened.locator("#t0 .pick").click()
    assert sample.ATTACK in (opened.locator("#status").text_content() or "")
    opened.close()
