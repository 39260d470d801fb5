"""Tokens as the pages show them: a swatch, a name, a value, and the places in the picture that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from designsystem.engine.exporters.css_values import css, number
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import Border, Colour, Gradient, Radius, Spacing, Value

_MOST_PLACES = 200  # of one token, drawn at once


@dataclass(frozen=True, slots=True)
class TokenRow:
    """`places` are [x, y, width, height] in device pixels."""

    group: str
    name: str
    value: str
    swatch: SafeString
    places: list[list[int]]
    sure: str


@dataclass(frozen=True, slots=True)
class TokenRows:
    """`width` and `height` of the picture in device pixels; 0 where the document tells of none."""

    rows: list[TokenRow]
    width: int
    height: int
    notes: tuple[str, ...]


def token_rows(document: str) -> TokenRows | None:
    """None where there is no document, or none that can be read."""
    try:
        found = from_dtcg(document) if document else None
    except DocumentError:
        found = None
    if found is None:
        return None
    by_path = {token.path: token for token in found}
    rows = [_row(token, found, by_path) for token in found]
    return TokenRows(rows, found.source.width, found.source.height, found.notes)


def _row(token: Token, token_set: TokenSet, by_path: Mapping[Path, Token]) -> TokenRow:
    value = token_set.resolve(token)
    target = token
    while isinstance(target.value, Alias):
        target = by_path[target.value.target]
    evidence = target.evidence
    boxes = evidence.boxes[:_MOST_PLACES] if evidence else ()
    return TokenRow(
        token.path[0],
        ".".join(token.path[1:]),
        css(value),
        swatch(value),
        [[box.x, box.y, box.width, box.height] for box in boxes],
        f"{round(evidence.confidence * 100)} %" if evidence else "–",
    )


def swatch(value: Value) -> SafeString:
    """A drawing by attributes alone: the policy of the site allows no style in a page."""
    match value:
        case Colour():
            return _svg(
                '<rect width="40" height="24" rx="3" fill="{}" fill-opacity="{}"/>', value.hex, number(value.alpha)
            )
        case Spacing():
            width = max(1, min(40, round(value.px)))
            return _svg('<rect y="6" width="{}" height="12" fill="currentColor"/>', width)
        case Radius():
            corner = min(12, round(value.px))
            return _svg('<rect x="1" y="1" width="38" height="22" rx="{}" fill="none" stroke="currentColor"/>', corner)
        case Border():
            line = '<line x1="0" y1="12" x2="40" y2="12" stroke="{}" stroke-width="{}"/>'
            return _svg(line, value.colour.hex, min(12, max(1, round(value.width))))
        case Gradient() if value.stops:
            return _stripes([stop.colour for stop in value.stops])
        case _:
            return mark_safe("")


def _stripes(colours: list[Colour]) -> SafeString:
    width = 40 / len(colours)
    parts = [
        format_html('<rect x="{}" width="{}" height="24" fill="{}"/>', number(index * width), number(width), each.hex)
        for index, each in enumerate(colours)
    ]
    return _svg("{}", mark_safe("".join(parts)))  # noqa: S308 - each part is escaped


def _svg(inside: str, *values: Any) -> SafeString:
    frame = (
        '<svg class="console-swatch" width="40" height="24" viewBox="0 0 40 24" aria-hidden="true">' + inside + "</svg>"
    )
    return format_html(frame, *values)
