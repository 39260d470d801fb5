"""Connected ink: what stands out of a flat ground, without knowing yet whether it is text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from designsystem.engine.geometry import Box, union
from designsystem.engine.raster import Pixels
from designsystem.engine.regions.flat_areas import pack

Boxes = npt.NDArray[np.int32]

_BAND = 2048  # rows of the picture looked at together, so that memory does not grow with the picture
_FLAT = 5  # a ground shows at least one square of this side in exactly one colour
_TILE = 16  # grounds are searched for ink in the tiles they reach, not in the whole picture
_TALLEST = 160  # CSS px: no letter of an interface is taller
_FAINTEST = 16  # levels of contrast: weaker than any text, stronger than a shadow's or a gradient's next step
_FRINGE = 0.4  # of the contrast near by: what is fainter is the edge of a stroke, and would glue letters together
_ALIKE = 7  # levels: grounds so near each other show the same ink
_MANY = 64  # areas of one colour
_MOST = 512  # colours of one band that are looked at: only a photograph has more
_WORK = 24  # times the picture that is searched at most, largest grounds first: only noise asks for more


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Connected pieces of ink on one ground.

    `boxes` is (n, 4): left, top, right, bottom in device pixels, right and bottom exclusive; `ground` the packed
    colour 0xRRGGBB around them.
    """

    ground: int
    boxes: Boxes


def find_ink(rgb: Pixels, pixel_ratio: float, *, lossless: bool) -> Iterator[Ink]:
    """The pieces of ink, no taller than letters, on every flat ground; band after band.

    A piece belongs to the band that holds its middle, so bands that overlap report it once.
    """
    height = rgb.shape[0]
    margin = round(_TALLEST * pixel_ratio)
    for start in range(0, height, _BAND):
        top, bottom = max(0, start - margin), min(height, start + _BAND + margin)
        for ink in _ink_of_band(rgb[top:bottom], pixel_ratio, lossless):
            ink.boxes[:, 1::2] += top
            middle = ink.boxes[:, 1] + ink.boxes[:, 3]
            own = (middle >= 2 * start) & (middle < 2 * (start + _BAND))
            if own.any():
                yield Ink(ink.ground, ink.boxes[own])


def _ink_of_band(rgb: Pixels, pixel_ratio: float, lossless: bool) -> Iterator[Ink]:
    budget = _WORK * rgb.shape[0] * rgb.shape[1]
    for ground, area in _grounds(rgb, lossless):
        budget -= area.area
        if budget < 0:
            return
        contrast = _contrast(rgb[area.y : area.bottom, area.x : area.right], ground)
        boxes = _pieces(contrast, pixel_ratio)
        at_edge = (area.x == 0, area.y == 0, area.right == rgb.shape[1], area.bottom == rgb.shape[0])
        whole = (boxes > 0) | np.array([at_edge[0], at_edge[1], True, True])
        whole &= (boxes < (0, 0, area.width, area.height)) | np.array([True, True, at_edge[2], at_edge[3]])
        boxes = boxes[whole.all(axis=1)]
        if boxes.size:
            yield Ink(ground, boxes + np.array([area.x, area.y, area.x, area.y], dtype=np.int32))


def _contrast(rgb: Pixels, ground: int) -> npt.NDArray[np.uint8]:
    """(h, w): the largest difference from the ground over the channels."""
    shade = np.array([ground >> 16, (ground >> 8) & 255, ground & 255, 0], dtype=np.float64)
    red, green, blue = cv2.split(cv2.absdiff(rgb, shade))
    return np.asarray(cv2.max(cv2.max(red, green), blue))


def _pieces(contrast: npt.NDArray[np.uint8], pixel_ratio: float) -> Boxes:
    """Boxes of the connected ink that is small enough for letters."""
    near = cv2.dilate(contrast, np.ones((3, 3), dtype=np.uint8))
    mask = (contrast > _FAINTEST) & (contrast > cv2.convertScaleAbs(near, alpha=_FRINGE))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    stats = stats[1:]
    boxes = stats[stats[:, 3] <= _TALLEST * pixel_ratio, :4].astype(np.int32)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _grounds(rgb: Pixels, lossless: bool) -> list[tuple[int, Box]]:
    """Colours that fill flat squares, each with an area (a tile wider than it) that it reaches, the commonest first.

    A colour within _ALIKE of a commoner one that reaches the same area is left out: its ink is found with the other.
    """
    codes, flat = _flat(rgb, lossless)
    flat[:, 1:] &= (codes[:, 1:] != codes[:, :-1]) | ~flat[:, :-1] | (np.arange(1, flat.shape[1]) % (_TILE // 2) == 0)
    rows, columns = np.nonzero(flat)  # one pixel of each stretch and tile says enough
    if not rows.size:
        return []
    across = rgb.shape[1] // _TILE + 1
    tiles = (rows // (_TILE // 2)) * across + columns // (_TILE // 2)
    keys, counts = np.unique((codes[rows, columns].astype(np.int64) << 32) | tiles, return_counts=True)
    colours, starts = np.unique(keys >> 32, return_index=True)
    shape = (rgb.shape[0] // _TILE + 1, across)
    parts = np.split(np.stack([keys & 0xFFFFFFFF, counts]), starts[1:], axis=1)
    ranked = sorted(zip(colours.tolist(), parts, strict=True), key=lambda each: (-int(each[1][1].sum()), each[0]))
    found: list[tuple[int, Box]] = []
    for colour, (places, _) in ranked[:_MOST]:
        near = [area for other, area in found if _alike(colour, other)]
        found += [
            (colour, area)
            for area in _areas(places, shape, rgb.shape)
            if not any(other.contains(area) for other in near)
        ]
    return found


def _alike(one: int, other: int) -> bool:
    return all(abs(((one >> shift) & 255) - ((other >> shift) & 255)) <= _ALIKE for shift in (0, 8, 16))


def _flat(rgb: Pixels, lossless: bool) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Packed colours of every second pixel, and whether it is the middle of a flat square."""
    kernel = np.ones((_FLAT, _FLAT), dtype=np.uint8)
    if not lossless:  # compression leaves no square exactly flat: look at the picture in coarser steps
        rgb = np.asarray((rgb & 0xF8) | 0x04, dtype=np.uint8)
    codes = pack(rgb)
    same = np.zeros(codes.shape, dtype=np.uint8)
    same[1:, 1:] = (codes[1:, 1:] == codes[1:, :-1]) & (codes[1:, 1:] == codes[:-1, 1:])
    flat = cv2.erode(same, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return codes[::2, ::2], flat[::2, ::2].astype(bool)


def _areas(places: npt.NDArray[np.int64], shape: tuple[int, int], extent: tuple[int, ...]) -> list[Box]:
    """Boxes around the connected groups of `places` (tile numbers), grown by a tile and cut to `extent`."""
    reached = np.zeros(shape, dtype=np.uint8)
    reached.flat[places] = 1
    wider = cv2.dilate(reached, np.ones((3, 3), dtype=np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(wider, connectivity=8)
    edges = np.asarray(stats[1:, :4], dtype=np.int64) * _TILE
    edges[:, 2:] += edges[:, :2]
    edges = np.minimum(edges, (extent[1], extent[0], extent[1], extent[0]))
    return _disjoint([Box.from_edges(*edge) for edge in edges.tolist()])


def _disjoint(areas: list[Box]) -> list[Box]:
    """Areas that overlap become one, so that no ink is found twice; so do very many, which would take long."""
    if len(areas) > _MANY:
        return [union(areas)]
    apart: list[Box] = []
    for area in areas:
        while touching := [other for other in apart if other.intersection(area)]:
            apart = [other for other in apart if other not in touching]
            area = union([area, *touching])
        apart.append(area)
    return apart
