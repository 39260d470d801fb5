"""The parts of the report, one a group of tokens, and the palette, contrast and exports around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from designsystem.engine.exporters.css_values import css, number
from designsystem.engine.report.cards import card
from designsystem.engine.report.contrast import Grade, Pair
from designsystem.engine.report.markup import Html, element
from designsystem.engine.tokens.token_set import GROUPS, Alias, Token, TokenSet
from designsystem.engine.values import Colour

TITLES = {
    "color": "Colour",
    "typography": "Typography",
    "spacing": "Spacing",
    "radius": "Radius",
    "border": "Border",
    "shadow": "Shadow",
    "gradient": "Gradient",
}
_GRADES = {
    Grade.AAA: "AAA: any text",
    Grade.AA: "AA: any text",
    Grade.AA_LARGE: "AA: large text only",
    Grade.FAIL: "Below AA",
}


def palette_bar(token_set: TokenSet) -> Html | None:
    """The palette at a glance; a picture of what the cards say in words, so screen readers pass it by."""
    strips = [
        element("i", data_token=index, title=".".join(token.path))
        for index, token in enumerate(token_set)
        if isinstance(token.value, Colour)
    ]
    return element("div", *strips, class_="palette", aria_hidden="true") if strips else None


def palette_rules(token_set: TokenSet) -> str:
    """Widths of the strips: the square root of the share, so that an accent of 0.1 % is still seen."""
    return "\n".join(
        f'.palette [data-token="{index}"]{{--colour:{css(token.value)};flex-grow:{number(share**0.5 * 100)}}}'
        for index, token in enumerate(token_set)
        if isinstance(token.value, Colour) and (share := token.evidence.share if token.evidence else 0) >= 0
    )


def group_sections(token_set: TokenSet, pairs: Sequence[Pair]) -> list[tuple[str, str, int, Html]]:
    """(id, title, number of tokens, section) for each group that has tokens; contrast follows the colours."""
    sections = []
    for group in GROUPS:
        tokens = [(index, token) for index, token in enumerate(token_set) if token.path[0] == group]
        if not tokens:
            continue
        sections.append((group, TITLES[group], len(tokens), _group_section(group, tokens, token_set)))
        if group == "color" and pairs:
            sections.append(("contrast", "Contrast", len(pairs), _contrast_section(pairs, token_set)))
    return sections


def contrast_rules(token_set: TokenSet, pairs: Sequence[Pair]) -> str:
    return "\n".join(
        f"#c{index}{{--colour:{css(token_set.resolve(pair.text))};--ground:{css(token_set.resolve(pair.ground))}}}"
        for index, pair in enumerate(pairs)
    )


def export_section(exports: Mapping[str, tuple[str, str]]) -> Html:
    """Tabs with each format's whole text; `exports` maps the format to (file name, text)."""
    tabs = [
        element(
            "button",
            name,
            type="button",
            role="tab",
            id=f"tab-{position}",
            aria_controls=f"panel-{position}",
            aria_selected="true" if position == 0 else "false",
            tabindex=0 if position == 0 else -1,
        )
        for position, name in enumerate(exports)
    ]
    panels = [
        element(
            "div",
            element(
                "div",
                element("bdi", file_name, class_="file"),
                element("button", "Copy", type="button", class_="plain copy-panel", data_panel=position),
                element("button", "Download", type="button", class_="plain download", data_panel=position),
                class_="panel-head",
            ),
            element("pre", element("code", text), tabindex=0, role="group", aria_label=f"{name} export"),
            role="tabpanel",
            id=f"panel-{position}",
            aria_labelledby=f"tab-{position}",
            data_file=file_name,
        )
        for position, (name, (file_name, text)) in enumerate(exports.items())
    ]
    return element(
        "section",
        element("h2", "Exports"),
        element("div", *tabs, role="tablist", aria_label="Export format", class_="tabs"),
        *panels,
        id="exports",
    )


def _group_section(group: str, tokens: Iterable[tuple[int, Token]], token_set: TokenSet) -> Html:
    found = list(tokens)
    lists: list[Html | None] = []
    if group == "color":
        for title, chosen in (
            ("Roles", [(i, t) for i, t in found if isinstance(t.value, Alias)]),
            ("Palette", [(i, t) for i, t in found if not isinstance(t.value, Alias)]),
        ):
            if chosen:
                lists += [element("h3", title), _cards(group + "-" + title.lower(), chosen, token_set)]
    else:
        lists = [_intro(group, token_set), _cards(group, found, token_set)]
    return element("section", element("h2", TITLES[group]), *lists, id=group)


def _cards(name: str, tokens: Iterable[tuple[int, Token]], token_set: TokenSet) -> Html:
    return element("ul", *(card(i, token, token_set) for i, token in tokens), class_=f"cards cards-{name}", role="list")


def _intro(group: str, token_set: TokenSet) -> Html | None:
    if group == "spacing" and token_set.spacing_base is not None:
        return element("p", f"Counts in steps of {number(token_set.spacing_base)} px.", class_="intro")
    return None


def _contrast_section(pairs: Sequence[Pair], token_set: TokenSet) -> Html:
    weak = sum(pair.ratio < 4.5 for pair in pairs)
    summary = f"{weak} of {len(pairs)} pairs stay below 4.5 : 1." if weak else "Every pair reaches AA for any text."
    return element(
        "section",
        element("h2", "Contrast"),
        element("p", summary, class_="intro"),
        element("ul", *(_pair(i, pair, token_set) for i, pair in enumerate(pairs)), class_="pairs", role="list"),
        id="contrast",
    )


def _pair(index: int, pair: Pair, token_set: TokenSet) -> Html:
    text, ground = (css(token_set.resolve(token)) for token in (pair.text, pair.ground))
    return element(
        "li",
        element("span", class_="aa", aria_hidden="true"),
        element(
            "span",
            element("bdi", pair.text.path[-1]),
            element("span", " on ", class_="quiet"),
            element("bdi", pair.ground.path[-1]),
            element("code", text, " / ", ground),
            element("span", "seen in the picture" if pair.seen else "by role", class_="quiet small"),
            class_="pair-names",
        ),
        element(
            "span",
            element("strong", f"{pair.ratio:.2f}"),
            element("span", _GRADES[pair.grade], class_=f"grade grade-{pair.grade.name.lower()}"),
            class_="ratio",
        ),
        id=f"c{index}",
    )
