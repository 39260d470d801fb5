"""The HTML report: one file that needs nothing else, and is allowed nothing else by its own Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from designsystem.engine.exporters.css_values import number
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.geometry import Box
from designsystem.engine.report.contrast import contrast_pairs
from designsystem.engine.report.drawing import drawing_rules
from designsystem.engine.report.markup import Html, element, join, json_text, raw_element
from designsystem.engine.report.sections import (
    contrast_rules,
    export_section,
    group_sections,
    palette_bar,
    palette_rules,
)
from designsystem.engine.tokens.token_set import Alias, Source, Token, TokenSet

_HERE = Path(__file__).parent


def render_html(
    token_set: TokenSet,
    picture_png: bytes,
    title: str,
    exporters: Mapping[str, Exporter] = EXPORTERS,
) -> str:
    """A complete document. `picture_png` is the picture as it was measured: upright, `token_set.source` wide and high.

    The same input gives the same text. Serve it as it is: its meta policy names the hash of its one style and script.
    """
    pairs = contrast_pairs(token_set)
    rules = (drawing_rules(token_set), palette_rules(token_set), contrast_rules(token_set, pairs))
    style = "\n".join((asset("report.css"), *rules))
    script = asset("report.js")
    head = join(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title} · design tokens"),
        raw_element("style", style),
    )
    sections = group_sections(token_set, pairs)
    body = join(
        element("a", "Skip to the tokens", href="#tokens", class_="skip"),
        _header(token_set, title),
        element(
            "main",
            _picture(token_set.source, picture_png, title),
            element(
                "div",
                _navigation(sections),
                *(section for _, _, _, section in sections),
                None if sections else element("p", "Nothing in this picture could be measured.", class_="intro"),
                export_section(_exports(token_set, title, exporters)),
                _provenance(token_set),
                id="tokens",
                class_="tokens",
                tabindex=-1,
            ),
        ),
        raw_element("script", json_text(_places(token_set)), type="application/json", id="places"),
        raw_element("script", script),
    )
    return "<!doctype html>\n" + element("html", element("head", head), element("body", body), lang="en") + "\n"


def policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _header(token_set: TokenSet, title: str) -> Html:
    source = token_set.source
    count = len(token_set.tokens)
    facts = (
        ("Picture", f"{source.width} × {source.height} px"),
        ("Pixel ratio", _ratio(source)),
        ("Tokens", str(count)),
        ("Spacing base", f"{number(token_set.spacing_base)} px" if token_set.spacing_base else "none found"),
    )
    return element(
        "header",
        element(
            "div",
            element("p", "Design tokens, measured from a picture", class_="kicker"),
            element("h1", element("bdi", title)),
            class_="titles",
        ),
        element("button", "Dark", type="button", id="theme", class_="plain", aria_pressed="false"),
        element(
            "dl",
            *(element("div", element("dt", name), element("dd", value)) for name, value in facts),
            class_="facts",
        ),
        palette_bar(token_set),
        class_="top",
    )


def _ratio(source: Source) -> str:
    how = "given" if source.pixel_ratio_given else f"found, {round(source.pixel_ratio_confidence * 100)} % sure"
    return f"{number(source.pixel_ratio)} ({how})"


def _picture(source: Source, picture_png: bytes, title: str) -> Html:
    data = base64.b64encode(picture_png).decode()
    return element(
        "section",
        element(
            "div",
            element(
                "p",
                "Choose a token to see where it was measured, or a place to see its tokens.",
                id="status",
                role="status",
            ),
            element(
                "button", "‹", type="button", id="previous", class_="plain", aria_label="Previous place", hidden=True
            ),
            element("button", "›", type="button", id="next", class_="plain", aria_label="Next place", hidden=True),
            element("button", "Clear", type="button", id="clear", class_="plain", hidden=True),
            element("button", "100 %", type="button", id="zoom", class_="plain", aria_pressed="false"),
            class_="toolbar",
        ),
        element(
            "div",
            element(
                "div",
                element(
                    "img",
                    src=f"data:image/png;base64,{data}",
                    alt=f"The measured picture: {title}",
                    width=source.width,
                    height=source.height,
                    id="shot",
                ),
                element(
                    "svg",
                    id="boxes",
                    viewBox=f"0 0 {source.width} {source.height}",
                    aria_hidden="true",
                    focusable="false",
                ),
                class_="sheet",
            ),
            class_="view",
            tabindex=0,
            role="group",
            aria_label="Picture with the places of the chosen token",
        ),
        element("div", id="here", class_="here", hidden=True),
        element("canvas", id="lens", width=11, height=11, aria_hidden="true", hidden=True),
        element("output", id="lens-colour", aria_hidden="true", hidden=True),
        class_="picture",
        aria_label="Picture",
    )


def _navigation(sections: list[tuple[str, str, int, Html]]) -> Html:
    links = [
        element("a", title, element("span", count, class_="count"), href=f"#{name}")
        for name, title, count, _ in sections
    ]
    return element(
        "nav", *links, element("a", "Exports", href="#exports"), aria_label="Groups of tokens", class_="groups"
    )


def _exports(token_set: TokenSet, title: str, exporters: Mapping[str, Exporter]) -> dict[str, tuple[str, str]]:
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", title.rsplit(".", 1)[0]).strip("-")[:60] or "design"
    return {each.title: (stem + each.suffix, each.export(token_set)) for each in exporters.values()}


def _provenance(token_set: TokenSet) -> Html:
    notes = element("ul", *(element("li", note) for note in token_set.notes)) if token_set.notes else None
    source = token_set.source
    return element(
        "section",
        element("h2", "About the measurement"),
        notes,
        element(
            "p",
            "Every value was measured in the picture; lengths are CSS pixels, places are device pixels. ",
            "“Sure” is the confidence of the measurement, not a judgement of the design.",
        ),
        element("p", f"{source.media_type}, SHA-256 ", element("code", source.sha256, class_="hash")),
        id="about",
    )


def _places(token_set: TokenSet) -> list[list[list[int]]]:
    """For each token, in the order of the set, [x, y, width, height] of its places; an alias has its target's."""
    by_path = {token.path: token for token in token_set}
    return [[_corners(box) for box in _boxes(token, by_path)] for token in token_set]


def _boxes(token: Token, by_path: Mapping[tuple[str, ...], Token]) -> tuple[Box, ...]:
    while isinstance(token.value, Alias):
        token = by_path[token.value.target]
    return token.evidence.boxes if token.evidence is not None else ()


def _corners(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]
