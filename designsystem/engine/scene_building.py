"""Builds the scene: the one place that knows in which order regions and text are found."""

from __future__ import annotations

from designsystem.engine.raster import Raster
from designsystem.engine.regions.boxes import as_tree, find_boxes
from designsystem.engine.regions.flat_areas import find_flat_areas, pack
from designsystem.engine.regions.flattening import flatten
from designsystem.engine.regions.frames import LOSSLESS, LOSSY
from designsystem.engine.regions.lettering import (
    without_icon_pieces,
    without_letters,
    without_sides,
    without_underlines,
)
from designsystem.engine.regions.pictures import find_pictures
from designsystem.engine.regions.rules import find_rules
from designsystem.engine.scene import Scene
from designsystem.engine.text.find import find_text


def build_scene(raster: Raster, pixel_ratio: float) -> Scene:
    """Everything that is painted in the picture. Never raises for a decoded picture, however odd."""
    noise = LOSSLESS if raster.lossless else LOSSY
    areas = find_flat_areas(pack(raster.rgb) if raster.lossless else flatten(raster.rgb))
    pictures, picture_mask = find_pictures(areas, pixel_ratio)
    page, *others = find_boxes(areas, picture_mask, pixel_ratio, noise)
    text = without_sides(find_text(raster, pixel_ratio), others)
    boxes = as_tree(page, without_letters(others, text))
    boxes = as_tree(page, without_icon_pieces(boxes, pixel_ratio))
    return Scene(
        raster=raster,
        pixel_ratio=pixel_ratio,
        boxes=boxes,
        rules=without_underlines(find_rules(areas.packed, boxes, pictures, pixel_ratio, noise), text),
        text=text,
        pictures=pictures,
        picture_mask=picture_mask,
        areas=areas,
    )
