"""Does a picture keep to its tokens: what it shows that the token set does not have, where, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from designsystem.engine.colour_space import as_rgb, ciede2000
from designsystem.engine.comparison.finding import Finding, Level, Rule
from designsystem.engine.comparison.scales import dotted, steps
from designsystem.engine.comparison.token_matching import ConformanceSettings, Match, TokenMatching
from designsystem.engine.observation import Observation
from designsystem.engine.tokens.token_set import Alias, Path, TokenSet
from designsystem.engine.values import Border, Colour, Radius, Shadow, Spacing, Typography, Value

_KINDS: dict[str, type[Value]] = {
    "color": Colour,
    "typography": Typography,
    "spacing": Spacing,
    "radius": Radius,
    "border": Border,
    "shadow": Shadow,
}
_NAMES = {
    Rule.COLOUR_OFF: "The color",
    Rule.COLOUR_DRIFT: "The color",
    Rule.FONT_SIZE: "The font size",
    Rule.FONT_WEIGHT: "The font weight",
    Rule.LINE_HEIGHT: "The line height",
    Rule.SPACING: "The spacing",
    Rule.RADIUS: "The radius",
    Rule.BORDER: "The border",
    Rule.SHADOW: "The shadow",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much conforms: `elements` of `all_elements` places, and of colours `area` of `all_area`, shares of the
    picture's pixels (0 for other kinds)."""

    elements: int
    all_elements: int
    area: float = 0.0
    all_area: float = 0.0


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two colour tokens closer than the drift tolerance: what was measured as one of them may be the other."""

    one: str
    other: str
    delta_e: float


@dataclass(frozen=True, slots=True)
class Conformance:
    """`coverage` is by group of tokens; `unused` are the tokens that this picture does not show; `unjudged` the groups
    of which the set has no token, so that nothing could be off."""

    findings: tuple[Finding, ...]
    coverage: Mapping[str, Coverage]
    unused: tuple[str, ...]
    near_pairs: tuple[NearPair, ...]
    unjudged: tuple[str, ...]


def conformance(
    observations: Iterable[Observation], token_set: TokenSet, settings: ConformanceSettings | None = None
) -> Conformance:
    """Hold what was measured to `token_set`, aliases resolved.

    A colour is judged as a colour alone, so that one that has moved is one finding, and not also one of every border
    and text style that has it.
    """
    settings = settings or ConformanceSettings()
    matching = TokenMatching(token_set, settings)
    present = [group for group in _KINDS if token_set.group(group)]
    findings: list[Finding] = []
    coverage: dict[str, Coverage] = {}
    used: set[Path] = set()
    measured = list(observations)
    for group in present:
        judged = [(each, matching.matches(each.value)) for each in measured if isinstance(each.value, _KINDS[group])]
        findings += [_finding(each, match, settings) for each, matches in judged for match in matches if not match.fits]
        coverage[group] = _coverage([(each, all(m.fits for m in matches)) for each, matches in judged])
        for _, matches in judged:
            used |= _used(matches)
    return Conformance(
        findings=tuple(_merged(findings)),
        coverage=coverage,
        unused=tuple(_unused(token_set, used)),
        near_pairs=tuple(_near_pairs(token_set, settings.drift)),
        unjudged=tuple(group for group in _KINDS if group not in present),
    )


def _finding(seen: Observation, match: Match, settings: ConformanceSettings) -> Finding:
    nearest, runner_up = match.ranks[0].answer, match.ranks[1].answer if len(match.ranks) > 1 else None
    level = Level.WARNING if match.rule is Rule.COLOUR_DRIFT else Level.ERROR
    if seen.confidence < settings.least_confidence:
        level = Level.NOTE
    verb = "has drifted from" if match.rule is Rule.COLOUR_DRIFT else "is no token; the nearest is"
    unit = f" {match.unit}" if match.unit else ""
    message = f"{_NAMES[match.rule]} {match.found} {verb} {nearest.tokens[0]} {nearest.value}"
    return Finding(
        rule=match.rule,
        level=level,
        message=f"{message}, {nearest.distance:g}{unit} away.",
        found=match.found,
        boxes=seen.boxes,
        count=seen.count,
        distance=nearest.distance,
        unit=match.unit,
        nearest=nearest,
        runner_up=runner_up,
        confidence=seen.confidence,
    )


def _merged(findings: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for what is said twice: a size that two weights have is off its scale once."""
    alike: dict[tuple[Rule, str], list[Finding]] = {}
    for each in findings:
        alike.setdefault((each.rule, each.message), []).append(each)
    for group in alike.values():
        surest = max(group, key=lambda each: each.confidence)
        boxes = tuple(dict.fromkeys(box for each in group for box in each.boxes))
        yield replace(surest, boxes=boxes, count=sum(each.count for each in group))


def _coverage(judged: Sequence[tuple[Observation, bool]]) -> Coverage:
    return Coverage(
        elements=sum(each.count for each, fits in judged if fits),
        all_elements=sum(each.count for each, _ in judged),
        area=sum(each.share for each, fits in judged if fits),
        all_area=sum(each.share for each, _ in judged),
    )


def _used(matches: Sequence[Match]) -> set[Path]:
    """The tokens that a value is; a drifted colour is still its token's. A text style is one where size and weight
    both are its own."""
    known = [match for match in matches if match.fits or match.rule is Rule.COLOUR_DRIFT]
    if not known or (len(known) < len(matches) and known[0].rule is not Rule.FONT_SIZE):
        return set()
    styles = [set(match.paths) for match in known if match.rule is not Rule.LINE_HEIGHT]
    return set.intersection(*styles)


def _unused(token_set: TokenSet, used: set[Path]) -> Iterator[str]:
    """An alias is used with the token behind it."""
    for token in token_set:
        if token.path[0] not in _KINDS or token.path in used:
            continue
        if not (isinstance(token.value, Alias) and token.value.target in used):
            yield dotted(token.path)


def _near_pairs(token_set: TokenSet, tolerance: float) -> Iterator[NearPair]:
    opaque = steps(token_set, "color", lambda value: value if isinstance(value, Colour) and value.alpha == 1 else None)
    for one, other in combinations(opaque, 2):
        delta = float(ciede2000(as_rgb([one.value]), as_rgb([other.value]))[0])
        if delta <= tolerance:
            yield NearPair(dotted(one.paths[0]), dotted(other.paths[0]), round(delta, 3))
