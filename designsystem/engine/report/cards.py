"""One card a token: its drawing, name, value, and what it was measured from."""

from __future__ import annotations

from designsystem.engine.exporters.css_values import css, number
from designsystem.engine.observation import Observation
from designsystem.engine.report.markup import Html, element, join
from designsystem.engine.tokens.token_set import Alias, Token, TokenSet
from designsystem.engine.values import Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value


def card(index: int, token: Token, token_set: TokenSet) -> Html:
    """`<li id="t{index}">`; its button shows the places of the token in the picture."""
    value = token_set.resolve(token)
    return element(
        "li",
        element("div", element("i"), class_=f"draw draw-{_kind(value)}", aria_hidden="true"),
        element(
            "div",
            element("button", _name(token), type="button", class_="pick", aria_pressed="false", data_token=index),
            element("span", *_facts(token, value), class_="value"),
            _evidence(token.evidence) if token.evidence is not None else None,
            element("p", element("bdi", token.description), class_="note") if token.description else None,
            _copy_button(css(value)),
            class_="says",
        ),
        id=f"t{index}",
        class_=f"token token-{_kind(value)}" + (" alias" if isinstance(token.value, Alias) else ""),
    )


def _copy_button(text: str) -> Html:
    icon = element(
        "svg",
        element("path", d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z"),
        viewBox="0 0 16 16",
        aria_hidden="true",
    )
    return element("button", icon, type="button", class_="copy", data_copy=text, aria_label=f"Copy {text}")


def _name(token: Token) -> Html:
    """The path without its group; what stands before the last part is quieter."""
    *parents, last = token.path[1:] or token.path
    return element(
        "bdi", element("span", ".".join(parents) + ".", class_="parents") if parents else None, last, class_="name"
    )


def _facts(token: Token, value: Value) -> list[Html]:
    """The value in the words of its kind."""
    code = element("code", css(value))
    match value:
        case Colour() if isinstance(token.value, Alias):
            return [code, element("bdi", "→ " + ".".join(token.value.target[1:]), class_="target")]
        case Typography():
            height = (
                "line height not measured" if value.line_height is None else f"line height {number(value.line_height)}"
            )
            spacing = [] if value.letter_spacing is None else [f"tracking {number(value.letter_spacing)} px"]
            families = [", ".join(value.families)] if value.families else []
            facts = [f"{number(value.size)} px", str(value.weight), height, *spacing, value.font_class.value, *families]
            return [element("bdi", " · ".join(facts)), element("code", css(value.colour))]
        case Radius(full=True):
            return [code, element("span", "fully round")]
        case Spacing() | Colour() | Radius() | Border() | Shadow() | Gradient():
            return [code]


def _evidence(evidence: Observation) -> Html:
    """How it was measured, how sure, how often, how much of the picture."""
    percent = round(evidence.confidence * 100)
    meter = element(
        "svg",
        element("rect", width="40", height="4", rx="2", class_="track"),
        element("rect", width=number(evidence.confidence * 40), height="4", rx="2", class_="fill"),
        viewBox="0 0 40 4",
        aria_hidden="true",
        class_="meter",
    )
    facts = [
        "1 place" if evidence.count == 1 else f"{evidence.count} places",
        *([f"{_share(evidence.share)} of area"] if evidence.share > 0 else []),
        evidence.method,
    ]
    sure = element("span", meter, f"{percent} % sure")
    others = [join(" · ", element("span", fact)) for fact in facts]
    return element("p", sure, *others, class_="evidence")


def _share(share: float) -> str:
    return "under 0.1 %" if share < 0.001 else f"{number(round(share * 100, 1))} %"


def _kind(value: Value) -> str:
    return type(value).__name__.lower()
