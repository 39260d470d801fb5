"""How right judgements are on pictures whose truth is known: a page against its own tokens, against tokens of which one
was moved, and its contrast against the colours of its style sheet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from designsystem.engine.colour_space import as_rgb, ciede2000, contrast_ratio
from designsystem.engine.comparison.conformance import conformance
from designsystem.engine.comparison.contrast import contrast
from designsystem.engine.comparison.expected_type import with_expected_type
from designsystem.engine.comparison.finding import Level, Rule
from designsystem.engine.extract import Extraction, extract
from designsystem.engine.tokens.token_set import Alias, TokenSet
from designsystem.engine.values import Colour, Radius, Typography, Value

DELTA_E, FONT_STEP, RADIUS_STEP = 3.0, 1.0, 2.0  # how far one token is moved: ΔE 2000, CSS px, CSS px
CLOSE = 0.05  # of a contrast ratio
SAME = 1.0  # CIEDE2000 within which two colours are one
Move = Callable[[Value | Alias], Value | Alias]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one page: findings against its own tokens, for each rule whether one moved token gave one error by it and
    nothing else (left out where the page has no value to move), and places of text whose contrast is CLOSE to the
    truth's, None without a truth; `left_out` are those of the others that show a colour the truth leaves out."""

    name: str
    own_findings: int
    moved: dict[Rule, bool]
    places: int | None
    close: int | None
    left_out: int | None


def judge_page(picture: Path) -> Judgement:
    """`NAME.png`, with `NAME.truth.json` beside it where there is one."""
    measured = extract(picture)
    truth = picture.with_name(f"{picture.stem}.truth.json")
    places = contrast_places(measured, truth) if truth.exists() else (None, None, None)
    own = conformance(with_expected_type(measured, measured.token_set), measured.token_set).findings
    return Judgement(
        picture.stem,
        len(own),
        {rule: _found_alone(measured, rule, move) for rule, move in moves(measured.token_set).items()},
        *places,
    )


def contrast_places(measured: Extraction, truth: Path) -> tuple[int, int, int]:
    """Places of text, those whose contrast is CLOSE to that of the truth's colours nearest to ink and ground, and those
    that are not but whose ink or ground is nearer to a colour that the truth leaves out (`ignored`: of faded elements,
    gradients, native controls)."""
    found = json.loads(truth.read_text(encoding="utf-8"))
    texts = as_rgb(Colour.from_hex(each["hex"]) for each in found["color"] if "text" in each["roles"])
    grounds = as_rgb(Colour.from_hex(each["hex"]) for each in found["color"])
    ignored = as_rgb(Colour.from_hex(each) for each in found.get("ignored", ()))
    places = close = left_out = 0
    for pair in contrast(measured.scene).pairs:
        ink, ink_off = _nearest(pair.ink, texts)
        ground, ground_off = _nearest(pair.ground, grounds)
        places += len(pair.boxes)
        if abs(float(contrast_ratio(ink, ground)) - pair.ratio) <= CLOSE:
            close += len(pair.boxes)
        elif len(ignored) and (
            _nearest(pair.ink, ignored)[1] < min(ink_off, SAME)
            or _nearest(pair.ground, ignored)[1] < min(ground_off, SAME)
        ):
            left_out += len(pair.boxes)
    return places, close, left_out


def moves(tokens: TokenSet) -> dict[Rule, Move]:
    """One move for each kind of value of which the page has one that stands apart from the others."""
    found: dict[Rule, Move] = {}
    colours = sorted({token.value for token in tokens.group("color") if isinstance(token.value, Colour)})
    if len(colours) > 1:
        colour, moved = colour_apart(colours)
        found[Rule.COLOUR_OFF] = lambda value: moved if value == colour else value
    sizes = [each.value.size for each in tokens.group("typography") if isinstance(each.value, Typography)]
    size = apart(sizes, FONT_STEP)
    if size is not None:
        found[Rule.FONT_SIZE] = lambda value: (
            replace(value, size=size + FONT_STEP) if isinstance(value, Typography) and value.size == size else value
        )
    values = [each.value for each in tokens.group("radius")]
    radius = apart([each.px for each in values if isinstance(each, Radius) and not each.full], RADIUS_STEP)
    if radius is not None:
        found[Rule.RADIUS] = lambda value: (
            Radius(radius + RADIUS_STEP) if isinstance(value, Radius) and value.px == radius else value
        )
    return found


def colour_apart(colours: list[Colour]) -> tuple[Colour, Colour]:
    """The colour that is farthest from every other, and the same one moved by DELTA_E."""
    distances = ciede2000(as_rgb(colours)[:, None], as_rgb(colours)[None])
    np.fill_diagonal(distances, np.inf)
    colour = colours[int(distances.min(axis=1).argmax())]
    shades = [replace(colour, green=green) for green in range(256)]
    delta = ciede2000(as_rgb([colour]), as_rgb(shades))
    return colour, shades[int(np.abs(delta - DELTA_E).argmin())]


def apart(values: list[float], by: float) -> float | None:
    """One of `values` that, moved, is none of the others, nor are they where it was."""
    distinct = sorted(set(values))
    return next(
        (
            value
            for value in distinct
            if all(abs(value - other) > by and abs(value + by - other) > by for other in distinct if other != value)
        ),
        None,
    )


def with_moved(tokens: TokenSet, move: Move) -> TokenSet:
    return replace(tokens, tokens=tuple(replace(token, value=move(token.value)) for token in tokens))


def _nearest(colour: Colour, others: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
    """That of `others`, (n, 3) bytes, which is nearest to `colour`, and how far it is, CIEDE2000."""
    distances = ciede2000(as_rgb([colour]), others)
    nearest = int(distances.argmin())
    return others[nearest], float(distances[nearest])


def _found_alone(measured: Extraction, rule: Rule, move: Move) -> bool:
    tokens = with_moved(measured.token_set, move)
    findings = conformance(with_expected_type(measured, tokens), tokens).findings
    return [(each.rule, each.level) for each in findings] == [(rule, Level.ERROR)]
