"""The tokens as a plain-text table, for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from designsystem.engine.exporters.css_values import css, number
from designsystem.engine.tokens.token_set import GROUPS, Alias, Token, TokenSet
from designsystem.engine.values import Colour, Typography, Value

Row = tuple[str, str, str, str, str]
_HEADINGS: Row = ("token", "value", "sure", "places", "measured by")


def render_table(token_set: TokenSet, *, swatches: bool = False) -> str:
    """One line a token, a blank line between groups; `swatches` paints colours with 24-bit ANSI codes.

    Control characters of names never reach the terminal.
    """
    groups = [
        [(_row(token, token_set), token_set.resolve(token)) for token in token_set.group(group)] for group in GROUPS
    ]
    rows = [row for group in groups for row, _ in group]
    notes = [f"note: {_printable(note)}" for note in token_set.notes]
    if not rows:
        return "\n".join([*_about(token_set), *notes]) + "\n"
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    lines = [
        _line(_HEADINGS, widths, swatches, None),
        _line(tuple("-" * width for width in widths), widths, swatches, None),
    ]
    for group in filter(None, groups):
        lines += [_line(row, widths, swatches, value) for row, value in group]
        lines.append("")
    return "\n".join([*_about(token_set), "", *lines, *notes]).rstrip() + "\n"


def _about(token_set: TokenSet) -> list[str]:
    source = token_set.source
    how = "given" if source.pixel_ratio_given else f"found, {round(source.pixel_ratio_confidence * 100)} % sure"
    base = "" if token_set.spacing_base is None else f", spacing base {number(token_set.spacing_base)} px"
    size = f"{source.width} x {source.height} px at pixel ratio {number(source.pixel_ratio)} ({how})"
    return [f"{size}, {len(token_set.tokens)} tokens{base}"]


def _row(token: Token, token_set: TokenSet) -> Row:
    path = _printable(".".join(token.path))
    if isinstance(token.value, Alias):
        target = _printable(".".join(token.value.target[1:]))
        return path, f"{_short(token_set.resolve(token))} = {target}", "", "", ""
    seen = token.evidence
    if seen is None:
        return path, _short(token.value), "", "", ""
    return path, _short(token.value), f"{round(seen.confidence * 100)} %", str(seen.count), _printable(seen.method)


def _short(value: Value) -> str:
    if isinstance(value, Typography):
        height = "" if value.line_height is None else f"/{number(value.line_height)}"
        return f"{number(value.size)}px{height} {value.weight} {value.font_class} {css(value.colour)}"
    return css(value)


def _line(row: Iterable[str], widths: list[int], swatches: bool, value: Value | None) -> str:
    name, shown, sure, places, method = row
    chip = ""
    if swatches:
        chip = f"\x1b[48;2;{value.red};{value.green};{value.blue}m  \x1b[0m " if isinstance(value, Colour) else "   "
    cells = (name.ljust(widths[0]), shown.ljust(widths[1]), sure.rjust(widths[2]), places.rjust(widths[3]), method)
    return (chip + "  ".join(cells)).rstrip()


def _printable(text: str) -> str:
    """Without control and format characters, which could move the cursor or turn the line around."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in text)
