"""The scene: what is painted where, found once and read by every measure. Geometry in device pixels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box
from designsystem.engine.raster import Raster
from designsystem.engine.regions.flat_areas import FlatAreas
from designsystem.engine.values import Colour, LineStyle

_X_OF_CAPITALS = 0.74


class Shape(StrEnum):
    """How a painted box ends: square corners, rounded ones, or round all over."""

    RECTANGLE = "rectangle"
    ROUNDED = "rounded"
    PILL = "pill"


@dataclass(frozen=True, slots=True)
class Frame:
    """A line around (or along sides of) a painted box; `width` in device pixels, `sides` top, right, bottom, left."""

    colour: Colour
    width: float
    style: LineStyle = LineStyle.SOLID
    sides: tuple[bool, bool, bool, bool] = (True, True, True, True)


@dataclass(frozen=True, slots=True)
class PaintedBox:
    """A filled or framed area of the interface: page, card, button, field, badge, table row.

    `box` is the outer edge, frame included; `fill` the exact colour inside; `parent` the index of the smallest painted
    box around it in `Scene.boxes`, None for the page itself (always index 0).
    """

    box: Box
    fill: Colour
    parent: int | None
    shape: Shape = Shape.RECTANGLE
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A free straight line: a divider, a table rule, an underline of a tab."""

    box: Box
    colour: Colour
    horizontal: bool
    style: LineStyle = LineStyle.SOLID


@dataclass(frozen=True, slots=True)
class TextLine:
    """A run of text on one baseline, from its ink.

    `box` bounds the ink; `baseline` is the y of the lower edge of letters without descender; heights and `stroke`
    (vertical stem width) are sub-pixel device pixels, None where the letters do not show them; `ink` is the exact
    colour of the stroke core where one pixel reaches it, with `ink_exact` saying so. `letter_width` is the median ink
    width of the x-high letters (of capitals or digits in a run without), from `letters_measured` of them; `advance` the
    mean distance between neighbouring letters, from `steps` of them, `even` where all are the same; `marks` are where
    along the run its ink lies (see text/rulers.py). `shaded` says that a gradient or a picture fills the letters, of
    which `ink` is but one shade.
    """

    box: Box
    baseline: float
    x_height: float | None
    cap_height: float | None
    stroke: float | None
    glyphs: int
    ink: Colour
    ink_exact: bool
    ground: Colour
    letter_width: float | None = None
    letters_measured: int = 0
    advance: float | None = None
    steps: int = 0
    even: bool = False
    marks: tuple[float, ...] = ()
    shaded: bool = False

    @property
    def body(self) -> float:
        """The height of the letters without ascenders, or what it would be; device pixels."""
        return self.x_height or _X_OF_CAPITALS * (self.cap_height or 1.0)

    @property
    def monospaced(self) -> bool:
        """Whether letters stand at equal distances; tabular digits do so in many proportional families."""
        return self.even and self.x_height is not None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything found in one picture.

    `pictures` are areas that hold a photograph, a chart, an icon or a gradient, whose colours are not the interface's;
    `picture_mask` is (height, width), True inside them. `boxes` is ordered parents first. `areas` are the flat areas
    that all of it was built from.
    """

    raster: Raster
    pixel_ratio: float
    boxes: tuple[PaintedBox, ...]
    rules: tuple[Rule, ...]
    text: tuple[TextLine, ...]
    pictures: tuple[Box, ...]
    picture_mask: npt.NDArray[np.bool_]
    areas: FlatAreas
