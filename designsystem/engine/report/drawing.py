"""Values as CSS: the text that a person copies, and the rules that draw each token in the report."""

from __future__ import annotations

from designsystem.engine.report.contrast import largest_ground, readable_ground
from designsystem.engine.report.markup import css_string
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import (
    Border,
    Colour,
    Gradient,
    GradientKind,
    Radius,
    Shadow,
    Spacing,
    Typography,
    Value,
)

FULLY_ROUND = "9999px"


def css_text(value: Value) -> str:
    """The value of the CSS property that it belongs to (`color`, `font`, `padding`, `border-radius`, ...)."""
    match value:
        case Colour():
            return value.hex if value.alpha == 1 else _translucent(value)
        case Typography():
            height = "" if value.line_height is None else f"/{number(value.line_height)}"
            return f"{value.weight} {number(value.size)}px{height} {font_families(value)}"
        case Spacing():
            return f"{number(value.px)}px"
        case Radius():
            return FULLY_ROUND if value.full else f"{number(value.px)}px"
        case Border():
            return f"{number(value.width)}px {value.style} {css_text(value.colour)}"
        case Shadow():
            return ", ".join(
                " ".join(
                    [
                        *(["inset"] if layer.inset else []),
                        *(_length(each) for each in (layer.offset_x, layer.offset_y, layer.blur, layer.spread)),
                        css_text(layer.colour),
                    ]
                )
                for layer in value.layers
            )
        case Gradient():
            return _gradient(value)


def font_families(value: Typography) -> str:
    """A `font-family` list, ranked guesses first, that always ends in the generic family."""
    return ", ".join([*(css_string(family) for family in value.families), value.font_class.value])


def number(value: float) -> str:
    """At most three decimals, none that say nothing."""
    return f"{round(value, 3) + 0:.3f}".rstrip("0").rstrip(".")


def drawing_rules(token_set: TokenSet) -> str:
    """One rule for each token, `#t0` and on in the order of the set, that its drawing takes its looks from.

    Only numbers, 8-bit colours and quoted families reach the style sheet: no name of a token does.
    """
    return "\n".join(
        f"#t{index}{{{_declarations(token_set.resolve(t), token_set)}}}" for index, t in enumerate(token_set)
    )


def _declarations(value: Value, token_set: TokenSet) -> str:
    match value:
        case Colour():
            return f"--colour:{css_text(value)}"
        case Typography():
            ground = css_text(readable_ground(value.colour, token_set))
            height = number(value.line_height or 1.3)
            return (
                f"--font:{value.weight} {number(value.size)}px/{height} {font_families(value)};"
                f"--tracking:{number(value.letter_spacing or 0)}px;--colour:{css_text(value.colour)};--ground:{ground}"
            )
        case Spacing():
            return f"--length:{number(value.px)}px"
        case Radius():
            return f"--radius:{css_text(value)}"
        case Border():
            return f"--border:{css_text(value)};--ground:{css_text(largest_ground(token_set))}"
        case Shadow():
            return f"--shadow:{css_text(value)}"
        case Gradient():
            return f"--gradient:{css_text(value)}"


def _length(px: float) -> str:
    return "0" if px == 0 else f"{number(px)}px"


def _translucent(value: Colour) -> str:
    return f"rgb({value.red} {value.green} {value.blue} / {number(value.alpha)})"


def _gradient(value: Gradient) -> str:
    stops = ", ".join(f"{css_text(stop.colour)} {number(stop.position * 100)}%" for stop in value.stops)
    if value.kind is GradientKind.RADIAL:
        return f"radial-gradient({stops})"
    return f"linear-gradient({number(value.angle or 0)}deg, {stops})"
