"""What each rule of a validation is about, in words for reports."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.comparison.finding import Rule
from designsystem.engine.comparison.verdict import Check


@dataclass(frozen=True, slots=True)
class RuleText:
    check: Check
    title: str
    help: str


_SCALE = "Use the nearest token that the finding names, or add the value to the token set on purpose."

RULES: dict[Rule, RuleText] = {
    Rule.COLOUR_OFF: RuleText(Check.TOKENS, "A color is not in the palette", _SCALE),
    Rule.COLOUR_DRIFT: RuleText(Check.TOKENS, "A color has drifted from its token", _SCALE),
    Rule.FONT_SIZE: RuleText(Check.TOKENS, "A font size is off the scale", _SCALE),
    Rule.FONT_WEIGHT: RuleText(Check.TOKENS, "A font weight is not used at this size", _SCALE),
    Rule.LINE_HEIGHT: RuleText(Check.TOKENS, "A line height is not used at this size", _SCALE),
    Rule.SPACING: RuleText(Check.TOKENS, "A spacing is off the scale", _SCALE),
    Rule.RADIUS: RuleText(Check.TOKENS, "A corner radius is off the scale", _SCALE),
    Rule.BORDER: RuleText(Check.TOKENS, "A border has a width or style of no token", _SCALE),
    Rule.SHADOW: RuleText(Check.TOKENS, "A shadow is that of no token", _SCALE),
    Rule.CONTRAST_MINIMUM: RuleText(
        Check.CONTRAST,
        "Text has too little contrast (WCAG 2.2, 1.4.3)",
        "Text needs 4.5:1, large text (24 CSS px, or 18.66 in bold) 3:1. Inactive controls, decoration and logotypes "
        "are exempt, which a picture does not show: accept them with a reason.",
    ),
    Rule.CONTRAST_ENHANCED: RuleText(
        Check.CONTRAST,
        "Text has less than the enhanced contrast (WCAG 2.2, 1.4.6)",
        "Level AAA asks for 7:1, for large text 4.5:1.",
    ),
    Rule.CONTRAST_NON_TEXT: RuleText(
        Check.CONTRAST,
        "A control hardly stands out (WCAG 2.2, 1.4.11)",
        "An edge that alone shows a control needs 3:1 to what is around it.",
    ),
    Rule.CHANGED: RuleText(
        Check.BASELINE, "A region has changed", "Approve the picture as the new baseline when the change is meant."
    ),
    Rule.TOO_MANY_CHANGED: RuleText(
        Check.BASELINE,
        "More pixels changed than may",
        "allowed_share is how much of the picture may change; pixel_tolerance when one pixel counts as changed.",
    ),
    Rule.TOO_DENSE: RuleText(
        Check.BASELINE,
        "One place changed more than any may",
        "allowed_density is how much of the worst window may change.",
    ),
}
