"""Which pixels differ: pixelmatch's own counts, and the public bugs of other tools as rules for ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from designsystem.engine.comparison.difference import (
    ComparisonError,
    Difference,
    DifferenceSettings,
    Metric,
    SizePolicy,
)
from designsystem.engine.comparison.difference import (
    compare as compare_pair,
)
from designsystem.engine.geometry import Box
from designsystem.engine.rgba import PicturePair, Rgba
from designsystem.tests.engine.conftest import Run


def compare(one: Rgba, other: Rgba, settings: DifferenceSettings | None = None) -> Difference:
    return compare_pair(PicturePair(one, other), settings)


def blank(width: int = 40, height: int = 30, colour: tuple[int, ...] = (255, 255, 255, 255)) -> Rgba:
    return np.full((height, width, 4), colour, np.uint8)


def page(seed: int, shift: float = 0.0, translucent: bool = False) -> Rgba:
    """Text, circles and lines, anti-aliased; `shift` moves some of them by parts of a pixel."""
    random = np.random.default_rng(seed)
    image = Image.new("RGBA", (160, 120), (250, 250, 252, 255))
    large = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    draw = ImageDraw.Draw(large)
    for _ in range(6):
        x, y, size = (int(value) for value in random.integers(20, 400, 3))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        moved = round(shift * 4)
        draw.ellipse((x + moved, y, x + moved + size // 3, y + size // 3), fill=(*colour, 255))
        draw.line((y, x, y + size, x + moved + size // 2), fill=(*colour, 255), width=5)
    image.alpha_composite(large.resize((160, 120), Image.Resampling.LANCZOS))
    ImageDraw.Draw(image).text((10 + shift, 50), f"Seed {seed}", fill=(20, 30, 40), font=ImageFont.load_default(17))
    found = np.array(image)
    if translucent:
        found[..., 3] = random.integers(0, 256, found.shape[:2])
    return found


def pairs() -> Iterator[tuple[Rgba, Rgba]]:
    for seed in range(8):
        yield page(seed), page(seed, shift=0.25)
        yield page(seed), page(seed, shift=1.0)
        yield page(seed), page(seed + 100)
        yield page(seed, translucent=True), page(seed, 0.5, translucent=True)
    for seed in range(4):
        random = np.random.default_rng(seed)
        noise = random.integers(0, 256, (50, 60, 4), np.uint8)
        yield noise, np.clip(noise.astype(int) + random.integers(-40, 40, noise.shape), 0, 255).astype(np.uint8)
    yield blank(), blank(colour=(0, 0, 0, 0))


@pytest.mark.parametrize(("tolerance", "ignore"), [(0.1, True), (0.1, False), (0.0, True), (0.3, True)])
def test_counts_are_those_of_pixelmatch(tolerance: float, ignore: bool, run_node: Run, tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = []
    ours = []
    for number, (one, other) in enumerate(pairs()):
        settings = DifferenceSettings(pixel_tolerance=tolerance, ignore_antialiasing=ignore)
        ours.append(compare(one, other, settings).count)
        paths = [tmp_path / f"{number}-{name}.rgba" for name in ("one", "other")]
        for path, pixels in zip(paths, (one, other), strict=True):
            path.write_bytes(pixels.tobytes())
        jobs.append(
            {
                "one": str(paths[0]),
                "other": str(paths[1]),
                "width": one.shape[1],
                "height": one.shape[0],
                "options": {"threshold": tolerance, "includeAA": not ignore},
            }
        )
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    assert ours == json.loads(run_node("pixelmatch.js", tmp_path / "jobs.json"))
    assert len(ours) > 30


@pytest.mark.parametrize("metric", list(Metric))
def test_the_comparison_is_symmetric(metric: Metric) -> None:
    one, other = page(1), page(2)
    settings = DifferenceSettings(metric=metric)
    forth, back = compare(one, other, settings), compare(other, one, settings)
    assert (forth.count, forth.excused, forth.below) == (back.count, back.excused, back.below)
    assert forth.largest_delta == pytest.approx(back.largest_delta)


def test_a_change_beside_a_mask_on_the_same_rows_is_reported() -> None:
    changed = blank()
    changed[10, 5] = changed[10, 35] = (0, 0, 0, 255)
    changed[10, 20] = (9, 9, 9, 255)
    settings = DifferenceSettings(metric=Metric.EXACT, masks=(Box(15, 5, 10, 10),))
    found = compare(blank(), changed, settings)
    assert found.count == 2
    assert found.masked_pixels == 100
    assert found.compared == 40 * 30 - 100


def test_masks_are_clipped_reported_and_must_hit_something() -> None:
    found = compare(blank(), blank(), DifferenceSettings(masks=(Box(-5, -5, 10, 10), Box(0, 0, 3, 3))))
    assert found.masked == (Box(0, 0, 5, 5), Box(0, 0, 3, 3))
    assert found.masked_pixels == 25
    with pytest.raises(ComparisonError, match="misses") as outside:
        compare(blank(), blank(), DifferenceSettings(masks=(Box(100, 0, 5, 5),)))
    assert outside.value.reason == "mask_outside"
    with pytest.raises(ComparisonError) as everything:
        compare(blank(), blank(), DifferenceSettings(masks=(Box(0, 0, 99, 99),)))
    assert everything.value.reason == "everything_masked"


def test_a_change_of_alpha_is_a_change_and_hidden_colours_are_none() -> None:
    transparent = blank(colour=(255, 255, 255, 0))
    for opaque in (blank(), blank(colour=(0, 0, 0, 255))):
        assert compare(opaque, transparent, DifferenceSettings(metric=Metric.EXACT)).count == 1200
    hidden = blank(colour=(200, 0, 90, 0))
    assert compare(hidden, transparent, DifferenceSettings(metric=Metric.EXACT)).count == 0


def test_zero_means_zero_on_the_longest_page() -> None:
    one = blank(1024, 23046)
    other = one.copy()
    other[20000, 3] = (254, 255, 255, 255)
    found = compare(one, other, DifferenceSettings(pixel_tolerance=0.0))
    assert found.count == 1
    assert 0 < found.share < 1e-6


@pytest.mark.parametrize(
    "wrong",
    [{"allowed_share": 5.5}, {"allowed_share": -0.1}, {"pixel_tolerance": 1.5}, {"allowed_density": 2}, {"window": 0}],
)
def test_what_is_out_of_range_is_refused_and_not_clamped(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|share"):
        DifferenceSettings(**wrong)


def test_another_size_is_its_own_reason_or_counts_as_changed() -> None:
    with pytest.raises(ComparisonError, match="40 × 30 px and the picture 40 × 31") as refused:
        compare(blank(), blank(height=31))
    assert refused.value.reason == "sizes_differ"
    found = compare(blank(), blank(height=31), DifferenceSettings(sizes=SizePolicy.OVERLAP))
    assert (found.count, found.outside, found.share) == (0, 40, 40 / 1240)


def test_changes_below_the_tolerance_are_counted_too() -> None:
    found = compare(blank(), blank(colour=(235, 235, 235, 255)), DifferenceSettings())
    assert (found.count, found.below) == (0, 1200)
    assert 0.05 < found.largest_delta < 0.1


def test_a_small_dense_change_on_a_long_page_is_seen_by_its_density() -> None:
    one = blank(1000, 2000)
    other = one.copy()
    other[1500:1516, 300:316] = (0, 0, 0, 255)
    found = compare(one, other)
    assert found.share < 0.001
    assert found.densest == pytest.approx(256 / 1024)
    assert found.densest_at is not None
    assert found.densest_at.intersection(Box(300, 1500, 16, 16)) is not None


def test_ciede2000_tells_near_colours_by_their_delta() -> None:
    near = compare(
        blank(), blank(colour=(248, 249, 250, 255)), DifferenceSettings(metric=Metric.CIEDE2000, pixel_tolerance=2.3)
    )
    assert (near.count, near.below) == (0, 1200)
    assert near.largest_delta == pytest.approx(1.38, abs=0.02)
