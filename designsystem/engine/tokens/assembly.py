"""From observations to a TokenSet: merges what is one value, names and orders it, points roles at the palette."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from designsystem.engine.observation import Observation, summed_names
from designsystem.engine.tokens.naming import (
    border_names,
    gradient_names,
    radius_names,
    shadow_names,
    spacing_names,
    typography_names,
)
from designsystem.engine.tokens.palette import colour_names, palette_order
from designsystem.engine.tokens.scale import base_unit, ladder, snapped, whole
from designsystem.engine.tokens.token_set import Alias, Source, Token, TokenSet
from designsystem.engine.values import (
    FULL_RADIUS,
    Border,
    Colour,
    Gradient,
    Radius,
    Role,
    Shadow,
    Spacing,
    Typography,
    Value,
)

PALETTE = ("color", "palette")
ROLES = ("color", "role")

V = TypeVar("V", Colour, Typography, Spacing, Radius, Border, Shadow, Gradient)
Found = list[tuple[V, Observation]]

_AREAS = frozenset({Role.BACKGROUND, Role.SURFACE, Role.PRIMARY})
_SAME_LENGTH = 0.5  # px


def assemble(observations: Iterable[Observation], source: Source, notes: Iterable[str] = ()) -> TokenSet:
    """Name and order `observations`; the order in which they arrive changes nothing."""
    found = sorted(observations, key=_arrival)
    colours = _colours(found)
    palette = {value: name for value, name, _ in colours}
    spacing = _lengths(_of(found, Spacing), lambda value: value.px, lambda px: Spacing(whole(px)))
    tokens = [
        *(Token((*PALETTE, name), value, evidence) for value, name, evidence in colours),
        *_role_tokens(colours),
        *_typography_tokens(_of(found, Typography)),
        *_tokens("spacing", spacing, spacing_names(*_split(spacing))),
        *_radius_tokens(_of(found, Radius)),
        *_border_tokens(_of(found, Border), palette),
        *_shadow_tokens(_of(found, Shadow)),
        *_gradient_tokens(_of(found, Gradient), palette),
    ]
    base = base_unit([value.px for value, _ in spacing], [evidence.count for _, evidence in spacing])
    return TokenSet(tuple(tokens), source, base, tuple(notes))


def _arrival(observation: Observation) -> tuple[str, float, int, str]:
    """A total order of observations: kind, heaviest first, then the value's own text."""
    return (
        type(observation.value).__name__,
        -observation.share,
        -observation.count,
        repr((observation.value, observation.method, observation.boxes)),
    )


def _of(observations: Sequence[Observation], kind: type[V]) -> Found[V]:
    return [(each.value, each) for each in observations if isinstance(each.value, kind)]


def _split(found: Found[V]) -> tuple[list[V], list[int]]:
    return [value for value, _ in found], [evidence.count for _, evidence in found]


def _tokens(group: str, found: Found[V], names: Sequence[str]) -> list[Token]:
    return [Token((group, name), value, evidence) for (value, evidence), name in zip(found, names, strict=True)]


def _merged(found: Found[V], key: Callable[[V], Hashable]) -> Found[V]:
    """One entry for all values that share a key: the first speaks for them, the evidence is everybody's."""
    groups: dict[Hashable, Found[V]] = {}
    for value, evidence in found:
        groups.setdefault(key(value), []).append((value, evidence))
    return [(group[0][0], combined(group[0][0], [each for _, each in group])) for group in groups.values()]


def combined(value: Value, evidence: Sequence[Observation]) -> Observation:
    """The evidence for `value` from several observations of it; the first is the most telling."""
    first = evidence[0].pictures[:1]
    boxes = dict.fromkeys(box for each in evidence if each.pictures[:1] == first for box in each.boxes)
    return replace(
        evidence[0],
        value=value,
        boxes=tuple(boxes),
        confidence=max(each.confidence for each in evidence),
        count=sum(each.count for each in evidence),
        share=min(1.0, sum(each.share for each in evidence)),
        roles=tuple(dict.fromkeys(role for each in evidence for role in each.roles)),
        pictures=tuple(dict.fromkeys(picture for each in evidence for picture in each.pictures)),
        picture_count=max(each.picture_count for each in evidence),
        rulers=tuple(dict.fromkeys(ruler for each in evidence for ruler in each.rulers)),
        components=tuple(dict.fromkeys(kind for each in evidence for kind in each.components)),
        names=summed_names(name for each in evidence for name in each.names),
    )


def _colours(observations: Sequence[Observation]) -> list[tuple[Colour, str, Observation]]:
    found = sorted(_merged(_of(observations, Colour), lambda value: value), key=lambda each: palette_order(each[0]))
    names = colour_names([value for value, _ in found], [evidence.share for _, evidence in found])
    return [(value, name, evidence) for (value, evidence), name in zip(found, names, strict=True)]


def _role_tokens(colours: Sequence[tuple[Colour, str, Observation]]) -> list[Token]:
    """An alias for each role that is played, at the colour with the strongest claim to it."""
    tokens = []
    for role in Role:
        claims = [(_claim(evidence, role), value, name) for value, name, evidence in colours if role in evidence.roles]
        if claims:
            _, _, name = min(claims)
            tokens.append(Token((*ROLES, role.value), Alias((*PALETTE, name))))
    return tokens


def _claim(evidence: Observation, role: Role) -> tuple[int, float]:
    """Smaller is stronger: the place of the role among the colour's, then how much was seen: of areas their share of
    the picture, of ink and lines, which cover little, their number."""
    extent = evidence.share if role in _AREAS else evidence.count
    return (evidence.roles.index(role), -extent * evidence.confidence)


def _typography_tokens(found: Found[Typography]) -> list[Token]:
    """Styles differ by size and weight; a colour is a token of its own, so the commonest speaks for the style."""
    common_first = sorted(found, key=lambda each: -each[1].count)
    styles = _merged(common_first, lambda value: (round(value.size, 2), value.weight))
    styles.sort(key=lambda each: (-each[0].size, -each[0].weight))
    return _tokens("typography", styles, typography_names(*_split(styles)))


def _lengths(found: Found[V], px: Callable[[V], float], build: Callable[[float], V]) -> Found[V]:
    """One entry for each step of the ladder that the lengths form, ascending."""
    steps = ladder([px(value) for value, _ in found], [each.count for _, each in found], _SAME_LENGTH)
    values = [(build(step.value), found[member][1]) for step in steps for member in step.members]
    return _merged([(value, evidence) for value, evidence in values if px(value) > 0], lambda value: value)


def _radius_tokens(found: Found[Radius]) -> list[Token]:
    corners = _lengths(
        [each for each in found if not each[0].full], lambda value: value.px, lambda px: Radius(snapped(px))
    )
    full = _merged([(Radius(FULL_RADIUS, full=True), each) for value, each in found if value.full], lambda value: value)
    return _tokens("radius", [*corners, *full], radius_names(*_split([*corners, *full])))


def _border_tokens(found: Found[Border], palette: dict[Colour, str]) -> list[Token]:
    lines = _merged(
        [(replace(value, width=snapped(value.width)), evidence) for value, evidence in found if value.width > 0],
        lambda value: value,
    )
    lines.sort(key=lambda each: (each[0].width, palette_order(each[0].colour), each[0].style))
    values, counts = _split(lines)
    return _tokens("border", lines, border_names(values, counts, palette))


def _shadow_tokens(found: Found[Shadow]) -> list[Token]:
    shadows = _merged([each for each in found if each[0].layers], lambda value: value)
    shadows.sort(key=lambda each: (max(layer.blur for layer in each[0].layers), repr(each[0])))
    return _tokens("shadow", shadows, shadow_names(*_split(shadows)))


def _gradient_tokens(found: Found[Gradient], palette: dict[Colour, str]) -> list[Token]:
    gradients = _merged([each for each in found if each[0].stops], lambda value: value)
    gradients.sort(key=lambda each: (palette_order(each[0].stops[0].colour), repr(each[0])))
    values, counts = _split(gradients)
    return _tokens("gradient", gradients, gradient_names(values, counts, palette))
