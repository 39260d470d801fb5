"""Token sets that tests share: one of every kind of value, and one whose every text is hostile."""

from __future__ import annotations

from dataclasses import replace

from designsystem.engine.geometry import Box
from designsystem.engine.observation import Observation
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.token_set import Alias, Path, Source, Token, TokenSet
from designsystem.engine.values import (
    Border,
    Colour,
    FontClass,
    Gradient,
    GradientKind,
    GradientStop,
    LineStyle,
    Radius,
    Role,
    Shadow,
    ShadowLayer,
    Spacing,
    Typography,
    Value,
)

SOURCE = Source("ab" * 32, "image/png", 1280, 900, 1.0, True, 1.0)

WHITE, INK, BLUE, GREY = (Colour.from_hex(text) for text in ("#ffffff", "#212529", "#0d6efd", "#dee2e6"))

HOSTILE = (
    "*/ } body{display:none} /*",
    '"; alert(1); "',
    "</style><script>alert(1)</script>",
    "`${process.exit()}`",
    "line\nbreak\r\u2028tab\t",
    "#{$evil} @import url(//x)",
    "--]]><!--",
    "@string/app 'quoted' ?attr",
    "\\",
    "名前 💡",
    "",
)


def seen(value: Value, count: int = 1, share: float = 0.0, roles: tuple[Role, ...] = ()) -> Observation:
    """An observation of `value` as a measure would report it."""
    return Observation(value, (Box(10, 20, 30, 40),), 0.9, "test", count, share, roles)


def observations() -> list[Observation]:
    """A page with every kind of value; sizes and roles as on a page of a usual kit."""
    return [
        seen(WHITE, 1, 0.8, (Role.BACKGROUND, Role.ON_PRIMARY)),
        seen(INK, 40, 0.04, (Role.TEXT,)),
        seen(BLUE, 6, 0.03, (Role.PRIMARY, Role.LINK)),
        seen(GREY, 9, 0.01, (Role.BORDER,)),
        seen(Colour.from_hex("#f8f9fa"), 2, 0.05, (Role.SURFACE,)),
        seen(Colour(0, 0, 0, 0.5), 1, 0.02),
        seen(Typography(16, 400, INK, 1.5, 0.0, FontClass.SANS, ("Inter", "Roboto")), 30),
        seen(Typography(16, 700, INK), 4),
        seen(Typography(32, 700, INK, 1.25), 2),
        seen(Typography(12.5, 400, Colour.from_hex("#6c757d"), None, 0.4, FontClass.MONO), 5),
        *(seen(Spacing(px), count) for px, count in ((4, 3), (8, 12), (10, 1), (16, 20), (33.5, 2))),
        *(seen(Radius(px), count) for px, count in ((4, 3), (6.5, 9), (12, 1))),
        seen(Radius(9999, full=True), 2),
        seen(Border(1, GREY), 9),
        seen(Border(1.5, BLUE, LineStyle.DASHED), 1),
        seen(Shadow((ShadowLayer(0, 1, 3, 0, Colour(0, 0, 0, 0.1)),)), 3),
        seen(Shadow((ShadowLayer(0, 8, 16, -2, Colour(0, 0, 0, 0.15)), ShadowLayer(0, 1, 2, 0, INK, inset=True))), 1),
        seen(Gradient(GradientKind.LINEAR, 135.0, (GradientStop(BLUE, 0), GradientStop(INK, 1)))),
        seen(Gradient(GradientKind.RADIAL, None, (GradientStop(WHITE, 0), GradientStop(Colour(1, 2, 3), 0.25)))),
    ]


def sample() -> TokenSet:
    return assemble(observations(), SOURCE, ["Line height was seen in one style only."])


def hostile(names: bool = True) -> TokenSet:
    """The sample with every description, family and (if `names`) name replaced by text that tries to break out."""
    paths = {
        token.path: _hostile_path(place, token.path) if names else token.path for place, token in enumerate(sample())
    }
    tokens = []
    for place, token in enumerate(sample()):
        text = HOSTILE[place % len(HOSTILE)]
        value = token.value
        if isinstance(value, Typography):
            value = replace(value, families=(text or "x",))
        elif isinstance(value, Alias):
            value = Alias(paths[value.target])
        tokens.append(Token(paths[token.path], value, token.evidence, text))
    return replace(sample(), tokens=tuple(tokens), notes=HOSTILE)


def _hostile_path(place: int, path: Path) -> Path:
    """Names that differ in punctuation alone, so that spelling them anew makes them collide."""
    legal = "".join(c for c in HOSTILE[place % len(HOSTILE)] if c not in "{}.$" and c.isprintable())
    last = (legal + "!" * place,) if place % 5 else ("__proto__" + "-" * place, "default", "A/b")
    return (*path[:-1], *last)
