"""The rules that draw each token in the report."""

from __future__ import annotations

from designsystem.engine.exporters.css_values import css, font_stack, number, px
from designsystem.engine.report.contrast import largest_ground, readable_ground
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Border, Colour, Gradient, Radius, Shadow, Spacing, Typography, Value

SAMPLE_LINE_HEIGHT = 1.3  # of one line set as a sample, where the picture shows none


def drawing_rules(token_set: TokenSet) -> str:
    """One rule for each token, `#t0` and on in the order of the set, that its drawing takes its looks from.

    Only numbers, 8-bit colours and quoted families reach the style sheet: no name of a token does.
    """
    return "\n".join(
        f"#t{index}{{{_declarations(token_set.resolve(token), token_set)}}}" for index, token in enumerate(token_set)
    )


def _declarations(value: Value, token_set: TokenSet) -> str:
    match value:
        case Colour():
            return f"--colour:{css(value)}"
        case Typography():
            ground = css(readable_ground(value.colour, token_set))
            height = number(value.line_height or SAMPLE_LINE_HEIGHT)
            return (
                f"--font:{value.weight} {px(value.size)}/{height} {font_stack(value)};"
                f"--tracking:{px(value.letter_spacing or 0)};--colour:{css(value.colour)};--ground:{ground}"
            )
        case Spacing():
            return f"--length:{css(value)}"
        case Radius():
            return f"--radius:{css(value)}"
        case Border():
            return f"--border:{css(value)};--ground:{css(largest_ground(token_set))}"
        case Shadow():
            return f"--shadow:{css(value)}"
        case Gradient():
            return f"--gradient:{css(value)}"
