"""Small painted boxes with a label: buttons, badges, tabs. What an interface asks people to press shows its accent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designsystem.engine.scene import PaintedBox, Scene, TextLine

HEIGHT = (16.0, 72.0)  # CSS px
WIDTH = (24.0, 480.0)  # CSS px
MOST_LINES = 2
WIDEST_SHARE = 0.6  # of the page; a wider bar is a banner


@dataclass(frozen=True, slots=True)
class Button:
    """A small box and the lines of its label, one at least."""

    box: PaintedBox
    label: tuple[TextLine, ...]


def lines_by_box(scene: Scene) -> dict[int, list[TextLine]]:
    """The lines that stand directly in each box, by its index in the scene; boxes without any are left out."""
    if not scene.boxes:
        return {}
    edges = np.array([(b.box.x, b.box.y, b.box.right, b.box.bottom) for b in scene.boxes])
    areas = np.array([b.box.area for b in scene.boxes])
    found: dict[int, list[TextLine]] = {}
    for line in scene.text:
        x, y = line.box.x + line.box.width / 2, line.box.y + line.box.height / 2
        around = (edges[:, 0] <= x) & (x < edges[:, 2]) & (edges[:, 1] <= y) & (y < edges[:, 3])
        if around.any():
            smallest = int(np.argmin(np.where(around, areas, areas.max() + 1)))
            found.setdefault(smallest, []).append(line)
    return found


def find_buttons(scene: Scene, lines: dict[int, list[TextLine]]) -> list[Button]:
    """In reading order; `lines` as `lines_by_box` gives them."""
    ratio = scene.pixel_ratio
    page = scene.raster.width
    parents = {box.parent for box in scene.boxes}
    buttons = [
        Button(scene.boxes[index], tuple(label))
        for index, label in lines.items()
        if index not in parents
        and len(label) <= MOST_LINES
        and HEIGHT[0] <= scene.boxes[index].box.height / ratio <= HEIGHT[1]
        and WIDTH[0] <= scene.boxes[index].box.width / ratio <= WIDTH[1]
        and scene.boxes[index].box.width <= WIDEST_SHARE * page
    ]
    return sorted(buttons, key=lambda button: (button.box.box.y, button.box.box.x))
