"""Which colours of a TokenSet meet as text and ground, and how well they read (WCAG 2.2, 1.4.3 and 1.4.6)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from designsystem.engine.colour_space import as_rgb, contrast_ratio
from designsystem.engine.geometry import Box
from designsystem.engine.tokens.token_set import Alias, Token, TokenSet
from designsystem.engine.values import Colour, Role

_TEXT_ROLES = (Role.TEXT, Role.TEXT_MUTED, Role.LINK)
_GROUND_ROLES = (Role.BACKGROUND, Role.SURFACE)
_PLACES = 50  # of a text colour, the most telling first: a long page has thousands, and few grounds


class Grade(StrEnum):
    """What a pair is good for; large text is 24 px, or 18.66 px in bold."""

    AAA = "AAA"
    AA = "AA"
    AA_LARGE = "AA large"
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class Pair:
    """A text colour on a ground; `seen` when the picture shows the one inside the other."""

    text: Token
    ground: Token
    ratio: float
    seen: bool

    @property
    def grade(self) -> Grade:
        return grade(self.ratio)


def grade(ratio: float) -> Grade:
    if ratio >= 7:
        return Grade.AAA
    if ratio >= 4.5:
        return Grade.AA
    return Grade.AA_LARGE if ratio >= 3 else Grade.FAIL


def ratio(text: Colour, ground: Colour) -> float:
    """1 to 21, cut after two decimals: WCAG does not round 4.497 up. A translucent text lies on the ground first."""
    painted = _over(text, ground)
    return math.floor(float(contrast_ratio(as_rgb([painted]), as_rgb([ground]))[0]) * 100 + 1e-9) / 100


def contrast_pairs(token_set: TokenSet) -> tuple[Pair, ...]:
    """Pairs that the picture shows, then those that the roles promise, each once, in the order of the token set."""
    colours = [token for token in token_set.group("color") if isinstance(token.value, Colour)]
    seen = list(_seen_pairs(token_set, colours))
    promised = [pair for pair in _promised_pairs(token_set, colours) if pair not in seen]
    return tuple(
        Pair(text, ground, ratio(_colour(text), _colour(ground)), seen=index < len(seen))
        for index, (text, ground) in enumerate(seen + promised)
    )


def largest_ground(token_set: TokenSet) -> Colour:
    """The colour that covers most of the picture; white when none does."""
    return next(_grounds(token_set), Colour(255, 255, 255))


def readable_ground(text: Colour, token_set: TokenSet) -> Colour:
    """The largest ground of the picture on which `text` has 3:1, else white or black."""
    for ground in _grounds(token_set):
        if ratio(text, ground) >= 3:
            return ground
    return max((Colour(255, 255, 255), Colour(0, 0, 0)), key=lambda plain: ratio(text, plain))


def _grounds(token_set: TokenSet) -> Iterator[Colour]:
    found = [
        (token.evidence.share, token.value)
        for token in token_set.group("color")
        if token.evidence is not None and isinstance(token.value, Colour) and token.value.alpha == 1
    ]
    yield from (ground for _, ground in sorted(found, key=lambda each: -each[0]))


def _seen_pairs(token_set: TokenSet, colours: list[Token]) -> Iterator[tuple[Token, Token]]:
    """For each colour seen where text is, the token of the smallest painted box around one of those places."""
    texts = {box for style in token_set.group("typography") if style.evidence for box in style.evidence.boxes}
    grounds = [(box, token) for token in colours if _may_be_ground(token) for box in _boxes(token)]
    for text in colours:
        found: list[Token] = []
        for place in [box for box in _boxes(text) if box in texts][:_PLACES]:
            around = [(box.area, token) for box, token in grounds if token is not text and _inside(place, box)]
            ground = min(around, key=lambda each: each[0])[1] if around else None
            if ground is not None and ground not in found:
                found.append(ground)
                yield text, ground


def _boxes(token: Token) -> tuple[Box, ...]:
    return token.evidence.boxes if token.evidence is not None else ()


def _may_be_ground(token: Token) -> bool:
    return token.evidence is not None and token.evidence.roles[:1] != (Role.BORDER,)


def _inside(place: Box, box: Box) -> bool:
    return box != place and box.contains(place)


def _promised_pairs(token_set: TokenSet, colours: list[Token]) -> Iterator[tuple[Token, Token]]:
    by_path = {token.path: token for token in colours}
    playing = {
        token.path[-1]: by_path[token.value.target]
        for token in token_set.group("color")
        if isinstance(token.value, Alias) and token.value.target in by_path
    }
    for texts, grounds in ((_TEXT_ROLES, _GROUND_ROLES), ((Role.ON_PRIMARY,), (Role.PRIMARY,))):
        for text in (playing[role] for role in texts if role in playing):
            for ground in (playing[role] for role in grounds if role in playing):
                if text is not ground:
                    yield text, ground


def _colour(token: Token) -> Colour:
    assert isinstance(token.value, Colour)
    return token.value


def _over(top: Colour, ground: Colour) -> Colour:
    if top.alpha == 1:
        return top
    mixed = [
        round(a * top.alpha + b * (1 - top.alpha))
        for a, b in zip((top.red, top.green, top.blue), (ground.red, ground.green, ground.blue), strict=True)
    ]
    return Colour(*mixed)
