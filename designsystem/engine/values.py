"""What can be measured: the value types behind every token. Lengths are CSS pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Colour:
    """An sRGB colour, 8 bits a channel, exactly as painted; `alpha` below 1 only where two backdrops prove it."""

    red: int
    green: int
    blue: int
    alpha: float = 1.0

    @classmethod
    def from_hex(cls, text: str) -> Colour:
        """From `#rrggbb`; ValueError for anything else."""
        if len(text) != 7 or text[0] != "#":
            raise ValueError(f"not #rrggbb: {text!r}")
        return cls(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))

    @property
    def hex(self) -> str:
        """`#rrggbb`, without the alpha."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


class Role(StrEnum):
    """What a colour is for, strongest evidence first."""

    BACKGROUND = "background"
    SURFACE = "surface"
    TEXT = "text"
    TEXT_MUTED = "text-muted"
    PRIMARY = "primary"
    ON_PRIMARY = "on-primary"
    BORDER = "border"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    LINK = "link"


class FontClass(StrEnum):
    """The generic family, in the words of CSS."""

    SANS = "sans-serif"
    SERIF = "serif"
    MONO = "monospace"


@dataclass(frozen=True, slots=True)
class Typography:
    """A text style in use.

    `size` px; `weight` 1 to 1000; `line_height` a multiple of the size and `letter_spacing` px, None where the
    picture does not show them; `families` is ranked best first and empty unless measured.
    """

    size: float
    weight: int
    colour: Colour
    line_height: float | None = None
    letter_spacing: float | None = None
    font_class: FontClass = FontClass.SANS
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Spacing:
    """A padding or gap, px."""

    px: float


FULL_RADIUS = 9999.0  # px; what `full` is in formats that know lengths only, every renderer caps it at half the side


@dataclass(frozen=True, slots=True, order=True)
class Radius:
    """A corner radius, px; `full` for pills and circles, whose radius is at least half the shorter side."""

    px: float
    full: bool = False


class LineStyle(StrEnum):
    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"


@dataclass(frozen=True, slots=True)
class Border:
    width: float
    colour: Colour
    style: LineStyle = LineStyle.SOLID


@dataclass(frozen=True, slots=True)
class ShadowLayer:
    """One layer of a CSS box-shadow, px; `blur` is CSS blur, twice the Gaussian's sigma (CSS Backgrounds 3)."""

    offset_x: float
    offset_y: float
    blur: float
    spread: float
    colour: Colour
    inset: bool = False


@dataclass(frozen=True, slots=True)
class Shadow:
    layers: tuple[ShadowLayer, ...]


@dataclass(frozen=True, slots=True)
class GradientStop:
    colour: Colour
    position: float  # 0 to 1 along the gradient line


class GradientKind(StrEnum):
    LINEAR = "linear"
    RADIAL = "radial"


@dataclass(frozen=True, slots=True)
class Gradient:
    """`angle` in CSS degrees (0 is up, 90 is right); None for a radial one."""

    kind: GradientKind
    angle: float | None
    stops: tuple[GradientStop, ...]


Value = Colour | Typography | Spacing | Radius | Border | Shadow | Gradient
