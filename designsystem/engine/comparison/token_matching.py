"""Which token each part of a measured value is, and how far off: the distances and tolerances of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from designsystem.engine.comparison.finding import Rule
from designsystem.engine.comparison.scales import Palette, Ranked, Step, ranked, steps
from designsystem.engine.exporters.css_values import css, number, px
from designsystem.engine.tokens.difference import Tolerances, closeness, difference
from designsystem.engine.tokens.token_set import Path, TokenSet
from designsystem.engine.values import Border, Colour, LineStyle, Radius, Shadow, Spacing, Typography, Value

_ROUNDING = 1e-6  # a distance that is the tolerance to the last bit is inside
_ALPHA = 0.05  # of a shadow's colour


@dataclass(frozen=True, slots=True)
class ConformanceSettings:
    """What still is the token. Colours by CIEDE2000: up to `same_colour` it is, up to `drift` it has drifted, above it
    is off the palette. Lengths in CSS px, `weight` in font-weight units, `line_height` in multiples of the size;
    `shadow` holds for its offsets, blur and spread. A deviation measured with less than `least_confidence` is a note.
    ValueError for a value below 0, a drift below `same_colour` or a confidence above 1.
    """

    same_colour: float = 1.0
    drift: float = 2.3
    font_size: float = 0.5
    weight: float = 100.0
    line_height: float = 0.06
    spacing: float = 0.5
    radius: float = 0.75
    border: float = 0.35
    shadow: float = 1.0
    least_confidence: float = 0.5

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a number from 0")
        if self.drift < self.same_colour:
            raise ValueError("drift must not be less than same_colour")
        if self.least_confidence > 1:
            raise ValueError("least_confidence must be from 0 to 1")


@dataclass(frozen=True, slots=True)
class Match:
    """One part of a measured value beside its scale; `ranks` nearest first, never empty."""

    rule: Rule
    found: str
    unit: str
    tolerance: float
    ranks: tuple[Ranked, ...]

    @property
    def distance(self) -> float:
        return self.ranks[0].answer.distance

    @property
    def fits(self) -> bool:
        return self.distance <= self.tolerance + _ROUNDING

    @property
    def paths(self) -> tuple[Path, ...]:
        return self.ranks[0].paths


@dataclass(frozen=True)
class TokenMatching:
    """Finds the tokens of measured values in one token set."""

    token_set: TokenSet
    settings: ConformanceSettings

    def matches(self, value: Value) -> list[Match]:
        """The parts of `value` beside their scales; none where the token set has nothing of the kind."""
        match value:
            case Colour():
                found = [self._colour(value)]
            case Typography():
                found = self._typography(value)
            case Spacing():
                found = [_length(Rule.SPACING, value.px, self._spacings, self.settings.spacing)]
            case Radius():
                found = [self._radius(value)]
            case Border():
                found = [self._border(value)]
            case Shadow():
                found = [self._shadow(value)]
            case _:
                found = []
        return [each for each in found if each.ranks]

    @cached_property
    def palette(self) -> Palette:
        return Palette.of(self.token_set)

    @cached_property
    def _styles(self) -> tuple[Step[Typography], ...]:
        return steps(self.token_set, "typography", lambda value: value if isinstance(value, Typography) else None)

    @cached_property
    def _spacings(self) -> tuple[Step[float], ...]:
        return steps(self.token_set, "spacing", lambda value: value.px if isinstance(value, Spacing) else None)

    @cached_property
    def _radii(self) -> tuple[Step[Radius], ...]:
        return steps(self.token_set, "radius", lambda value: value if isinstance(value, Radius) else None)

    @cached_property
    def _borders(self) -> tuple[Step[Border], ...]:
        return steps(self.token_set, "border", lambda value: value if isinstance(value, Border) else None)

    @cached_property
    def _shadows(self) -> tuple[Step[Shadow], ...]:
        return steps(self.token_set, "shadow", lambda value: value if isinstance(value, Shadow) else None)

    def _colour(self, value: Colour) -> Match:
        ranks = self.palette.ranked(value)
        off = bool(ranks) and ranks[0].answer.distance > self.settings.drift + _ROUNDING
        rule = Rule.COLOUR_OFF if off else Rule.COLOUR_DRIFT
        return Match(rule, value.hex, "ΔE00", self.settings.same_colour, ranks)

    def _typography(self, value: Typography) -> list[Match]:
        """The size; and where that fits, weight and line height beside the tokens of that size alone."""
        size = _length(Rule.FONT_SIZE, value.size, _parts(self._styles, lambda v: v.size), self.settings.font_size)
        if not size.ranks or not size.fits:
            return [size]
        alike = [step for step in self._styles if set(step.paths) & set(size.paths)]
        weights = ranked(_parts(alike, lambda v: v.weight), lambda w: abs(w - value.weight), str)
        weight = Match(Rule.FONT_WEIGHT, str(value.weight), "", self.settings.weight, weights)
        if value.line_height is None:
            return [size, weight]
        measured = value.line_height
        heights = ranked(_parts(alike, lambda v: v.line_height), lambda h: abs(h - measured), number)
        return [size, weight, Match(Rule.LINE_HEIGHT, number(measured), "", self.settings.line_height, heights)]

    def _radius(self, value: Radius) -> Match:
        """A pill is right beside a token that rounds its side as far; a corner only beside its own length."""

        def distance(token: Radius) -> float:
            return max(0.0, value.px - token.px) if value.full and not token.full else abs(value.px - token.px)

        found = _radius_text(value)
        ranks = ranked(self._radii, lambda token: 0.0 if token.full and value.full else distance(token), _radius_text)
        return Match(Rule.RADIUS, found, "px", self.settings.radius, ranks)

    def _border(self, value: Border) -> Match:
        """Width and style. The colour is judged among the colours; here it only says which of several tokens it is."""

        def distance(token: Border) -> float:
            return abs(token.width - value.width) + (1.0 if token.style is not value.style else 0.0)

        nearest_first = sorted(self._borders, key=lambda step: closeness(value, step.value))
        ranks = ranked(nearest_first, distance, lambda token: _line(token.width, token.style))
        return Match(Rule.BORDER, _line(value.width, value.style), "px", self.settings.border, ranks)

    def _shadow(self, value: Shadow) -> Match:
        tolerances = Tolerances(delta_e=self.settings.drift, px=self.settings.shadow, alpha=_ALPHA)

        def distance(token: Shadow) -> float:
            return max((part.distance for part in difference(value, token, tolerances)), default=0.0)

        nearest_first = sorted(self._shadows, key=lambda step: closeness(value, step.value))
        return Match(Rule.SHADOW, css(value), "", 0.0, ranked(nearest_first, distance, css))


def _length(rule: Rule, value: float, scale: Sequence[Step[float]], tolerance: float) -> Match:
    return Match(rule, px(value), "px", tolerance, ranked(scale, lambda token: abs(token - value), px))


def _parts(scale: Sequence[Step[Typography]], part: Callable[[Typography], float | None]) -> tuple[Step[float], ...]:
    found: dict[float, list[Path]] = {}
    for step in scale:
        wanted = part(step.value)
        if wanted is not None:
            found.setdefault(wanted, []).extend(step.paths)
    return tuple(Step(value, tuple(paths)) for value, paths in found.items())


def _radius_text(value: Radius) -> str:
    return "full" if value.full else px(value.px)


def _line(width: float, style: LineStyle) -> str:
    return f"{px(width)} {style.value}"
