"""A verdict with a finding of every level, an accepted one and a hostile name, for the tests of its reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np

from designsystem.engine.comparison.difference import DifferenceSettings
from designsystem.engine.comparison.finding import AcceptedException, Rule
from designsystem.engine.comparison.token_matching import ConformanceSettings
from designsystem.engine.comparison.verdict import Check, Settings, Undecided, Verdict, judge
from designsystem.engine.extract import Extraction, extract
from designsystem.engine.geometry import Box
from designsystem.engine.report.validation_json import Subject
from designsystem.engine.rgba import PicturePair, Rgba, decode_rgba
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Colour
from designsystem.tests import pictures

TODAY = date(2026, 6, 1)
ATTACK = '../screens/<img src=x onerror=alert(1)>"&\x00\x08/page.png'
SINGLE = Box(300, 20, 1, 1)


@cache
def measured() -> Extraction:
    return extract(pictures.page(), pixel_ratio=1.0)


@cache
def pair() -> PicturePair:
    """The baseline, and the page with a changed label and one single pixel that differs."""
    picture = decode_rgba(pictures.page())
    baseline = picture.copy()
    baseline[64:76, 64:110] = (255, 255, 255, 255)
    baseline[SINGLE.y, SINGLE.x] = (0, 0, 0, 255)
    return PicturePair(baseline, picture)


def tokens() -> TokenSet:
    """The page's own, with its accent moved far and its line colour a little."""
    moved = {Colour.from_hex("#3b5bdb"): Colour.from_hex("#1b8a3a"), Colour.from_hex("#dee2e6"): Colour(216, 220, 224)}
    found = measured().token_set
    return replace(
        found,
        tokens=tuple(
            replace(each, value=moved.get(each.value, each.value)) if isinstance(each.value, Colour) else each
            for each in found
        ),
    )


def verdict() -> Verdict:
    accepted = AcceptedException(Rule.CHANGED, "The label <b>was</b> meant", TODAY, box=Box(60, 60, 80, 20))
    settings = Settings(
        tokens=ConformanceSettings(same_colour=0.5),
        difference=DifferenceSettings(ignore_antialiasing=False),
        exceptions=(accepted, AcceptedException(Rule.RADIUS, "An old one", date(2026, 1, 1))),
    )
    return judge(measured(), tokens(), pair(), settings, TODAY)


def undecided() -> Verdict:
    return judge(None, None, None, Settings(), TODAY, [Undecided(Check.BASELINE, "corrupt", "It is damaged.")])


def subject(name: str = "screens/page.png") -> Subject:
    return Subject(name, "0" * 64, 400, 300, 1.0, True, "tokens.json", "before.png", ("A note.",))


def blank() -> Rgba:
    return np.full((300, 400, 4), 255, np.uint8)
