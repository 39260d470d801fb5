"""How exactly a size that moved is told: pages painted by Chromium with the heading 1 CSS px larger and smaller, judged
by the tokens of the page as it was designed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from designsystem.engine.comparison.conformance import conformance
from designsystem.engine.comparison.expected_type import with_expected_type
from designsystem.engine.comparison.finding import Rule
from designsystem.engine.extract import Extraction, extract
from designsystem.engine.tokens.token_set import TokenSet

FAMILIES = ("Liberation Sans", "Liberation Serif", "DejaVu Sans")
SIZES = ((24, 18, 14, 12), (32, 24, 16, 14), (28, 20, 16, 13), (40, 24, 16, 14), (20, 16, 14, 12), (36, 22, 15, 13))
RATIOS = (1, 2)
WORDS = (
    ("Monthly overview", "What was ordered", "Settings of the team"),
    ("Account and billing", "Payment methods", "Recent invoices"),
    ("Create a new workspace", "General details", "Invite people"),
    ("Pricing", "Compare the plans", "Questions and answers"),
)
BODY = "Everything that was ordered, paid and returned this month, and what is still on its way."
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #f4f6f8; font: {body}px/1.5 "{family}"; color: #1f2933 }}
main {{ margin: 32px; padding: 24px; background: #fff; border: 1px solid #cbd2d9; width: 760px }}
h1 {{ font-size: {heading}px; line-height: 1.25; margin: 0 0 16px }}
h2 {{ font-size: {second}px; line-height: 1.3; margin: 0 0 8px }}
p {{ margin: 0 0 16px; width: 700px }}
small {{ font-size: {small}px; color: #52606d; display: block; margin: 0 0 16px }}
a {{ display: inline-block; padding: 8px 16px; margin: 0 12px 0 0; color: #fff; background: #1d6fd8;
    border-radius: 6px }}
</style><main><h1>{words[0]}</h1><p>{text}</p><h2>{words[1]}</h2><p>{text}</p><small>Updated by the system</small>
<h2>{words[2]}</h2><p>{text}</p><a>Download</a><a>Archive</a><a>Compare</a></main>"""


class ChromiumMissing(Exception):
    """No browser to paint with."""


@dataclass(frozen=True, slots=True)
class Told:
    """Of one design: findings against its own tokens, and of `moved` pages with another heading those whose size was
    `named` to the pixel, and those where it was the `only` finding."""

    name: str
    ratio: int
    own_findings: int
    moved: int
    named: int
    only: int


def judge_painted_pages(folder: Path) -> Iterator[Told]:
    """Paints into `folder`, one design after the other. ChromiumMissing where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise ChromiumMissing("chromium is missing: no page can be painted")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for ratio, (number, (family, sizes)) in product(RATIOS, enumerate(product(FAMILIES, SIZES))):
            yield _judged(browser, folder, family, sizes, ratio, WORDS[number % len(WORDS)])
        browser.close()


def _judged(
    browser: Browser, folder: Path, family: str, sizes: Sequence[int], ratio: int, words: Sequence[str]
) -> Told:
    heading = sizes[0]
    design, *moved = (
        _painted(browser, folder, family, (size, *sizes[1:]), ratio, words)
        for size in (heading, heading - 1, heading + 1)
    )
    tokens = design.token_set
    expected = [(Rule.FONT_SIZE, f"{size}px") for size in (heading - 1, heading + 1)]
    found = [_findings(page, tokens) for page in moved]
    return Told(
        name=f"{family} {heading}px",
        ratio=ratio,
        own_findings=len(_findings(design, tokens)),
        moved=len(moved),
        named=sum(each in told for each, told in zip(expected, found, strict=True)),
        only=sum([each] == told for each, told in zip(expected, found, strict=True)),
    )


def _findings(page: Extraction, tokens: TokenSet) -> list[tuple[Rule, str]]:
    return [(each.rule, each.found) for each in conformance(with_expected_type(page, tokens), tokens).findings]


def _painted(
    browser: Browser, folder: Path, family: str, sizes: Sequence[int], ratio: int, words: Sequence[str]
) -> Extraction:
    heading, second, body, small = sizes
    picture = folder / "page.png"
    page = browser.new_page(viewport={"width": 880, "height": 700}, device_scale_factor=ratio)
    page.set_content(
        PAGE.format(family=family, heading=heading, second=second, body=body, small=small, words=words, text=BODY)
    )
    page.screenshot(path=picture, full_page=True)
    page.close()
    return extract(picture, pixel_ratio=float(ratio))
