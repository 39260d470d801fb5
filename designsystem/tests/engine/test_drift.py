"""Changes between two token sets, told as a design system's keeper would tell them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designsystem.engine.observation import Observation
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.difference import Tolerances, Unit, difference
from designsystem.engine.tokens.drift import Change, ChangeKind, drift
from designsystem.engine.tokens.token_set import TokenSet
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
from designsystem.tests.engine.sample_tokens import BLUE, GREY, INK, SOURCE, WHITE, observations, sample, seen

RED = Colour.from_hex("#dc3545")


def _set(*found: Observation) -> TokenSet:
    return assemble(found, SOURCE)


def _told(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [
        (
            change.kind.value,
            ".".join(change.before.path) if change.before else "",
            ".".join(change.after.path) if change.after else "",
        )
        for change in changes
    ]


def test_a_set_has_no_drift_from_itself() -> None:
    assert drift(sample(), sample()) == ()


def test_noise_within_the_tolerances_is_no_change_and_exact_comparison_sees_it() -> None:
    noisy = [
        replace(each, value=replace(each.value, red=each.value.red ^ 1)) if isinstance(each.value, Colour) else each
        for each in observations()
    ]
    after = assemble(noisy, SOURCE)
    assert {change.kind for change in drift(sample(), after)} <= {ChangeKind.RENAMED}
    exact = drift(sample(), after, Tolerances(0, 0, 0, 0, 0, 0))
    assert any(change.kind is ChangeKind.CHANGED for change in exact)


def test_what_came_and_what_went_is_named() -> None:
    before = _set(seen(WHITE, 1, 0.9), seen(BLUE), seen(Spacing(8)))
    after = _set(seen(WHITE, 1, 0.9), seen(RED), seen(Spacing(8)), seen(Spacing(24)))
    assert _told(drift(before, after)) == [
        ("added", "", "color.palette.red-500"),
        ("removed", "color.palette.blue-500", ""),
        ("added", "", "spacing.6"),
    ]


def test_a_value_that_moved_says_how_far() -> None:
    before = _set(seen(BLUE), seen(Typography(16, 400, INK, 1.5)), seen(Radius(4)))
    after = _set(seen(Colour.from_hex("#0b5ed7")), seen(Typography(18, 400, INK, 1.5)), seen(Radius(6)))
    colour, style, radius = drift(before, after)
    assert [each.kind for each in (colour, style, radius)] == [ChangeKind.CHANGED] * 3
    assert [(part.name, part.before, part.after, part.unit) for part in colour.parts] == [
        ("color", "#0d6efd", "#0b5ed7", Unit.DELTA_E)
    ]
    assert 3 < colour.parts[0].distance < 10
    assert [(part.name, part.distance, part.unit) for part in style.parts] == [("size", 2, Unit.PX)]
    assert [(part.before, part.after) for part in radius.parts] == [("4px", "6px")]


def test_the_same_value_under_another_name_was_renamed() -> None:
    before = sample()
    tokens = tuple(
        replace(token, path=("spacing", "card-padding")) if token.path == ("spacing", "4") else token
        for token in before
    )
    assert _told(drift(before, replace(before, tokens=tokens))) == [("renamed", "spacing.4", "spacing.card-padding")]


def test_two_colours_that_swap_their_roles_are_seen_though_the_palette_is_the_same() -> None:
    """What a comparison of palettes as sets cannot see."""
    before = _set(seen(BLUE, 5, 0.1, (Role.PRIMARY,)), seen(RED, 5, 0.1, (Role.DANGER,)))
    after = _set(seen(BLUE, 5, 0.1, (Role.DANGER,)), seen(RED, 5, 0.1, (Role.PRIMARY,)))
    changes = drift(before, after)
    assert _told(changes) == [
        ("role-moved", "color.role.primary", "color.role.primary"),
        ("role-moved", "color.role.danger", "color.role.danger"),
    ]
    assert changes[0].parts[0].before == BLUE.hex
    assert changes[0].parts[0].after == RED.hex


def test_a_role_whose_colour_only_darkened_has_not_moved() -> None:
    before = _set(seen(BLUE, 5, 0.1, (Role.PRIMARY,)))
    after = _set(seen(Colour.from_hex("#0b5ed7"), 5, 0.1, (Role.PRIMARY,)))
    assert [change.kind for change in drift(before, after)] == [ChangeKind.CHANGED]


def test_a_role_that_is_new_or_gone_is_said() -> None:
    before = _set(seen(BLUE, 5, 0.1, (Role.PRIMARY, Role.LINK)))
    after = _set(seen(BLUE, 5, 0.1, (Role.PRIMARY, Role.BORDER)))
    assert _told(drift(before, after)) == [
        ("added", "", "color.role.border"),
        ("removed", "color.role.link", ""),
    ]


def test_greys_that_swap_names_are_told_apart_by_value() -> None:
    first, second = Colour.from_hex("#fafafa"), Colour.from_hex("#f5f5f5")
    before = _set(seen(first, 1, 0.5), seen(second, 1, 0.1))
    after = _set(seen(first, 1, 0.1), seen(second, 1, 0.5))
    assert _told(drift(before, after)) == [
        ("renamed", "color.palette.gray-50", "color.palette.gray-40"),
        ("renamed", "color.palette.gray-60", "color.palette.gray-50"),
    ]


_LAYER = ShadowLayer(0, 4, 8, 0, Colour(0, 0, 0, 0.2))
_STOPS = (GradientStop(BLUE, 0), GradientStop(INK, 1))


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (Border(1, GREY), Border(2, GREY, LineStyle.DASHED), ["width", "style"]),
        (Radius(4), Radius(9999, full=True), ["radius"]),
        (Radius(30, full=True), Radius(9999, full=True), []),
        (Colour(0, 0, 0, 0.5), Colour(0, 0, 0, 0.8), ["color alpha"]),
        (Typography(16, 400, INK), Typography(16, 700, BLUE, 1.5, 0.0), ["weight"]),
        (Typography(16, 400, INK, 1.5), Typography(16, 400, INK, 1.2), ["line height"]),
        (Typography(16, 400, INK), Typography(16, 400, INK, font_class=FontClass.MONO), ["class"]),
        (Typography(16, 400, INK, families=("Inter",)), Typography(16, 400, INK, families=("Lato",)), ["family"]),
        (Typography(16, 400, INK, None, 0.0), Typography(16, 400, INK, None, 2.0), ["letter spacing"]),
        (Shadow((_LAYER,)), Shadow((_LAYER, _LAYER)), ["layers"]),
        (Shadow((_LAYER,)), Shadow((replace(_LAYER, blur=12, inset=True),)), ["blur", "inset"]),
        (Shadow((_LAYER, _LAYER)), Shadow((_LAYER, replace(_LAYER, offset_y=9))), ["layer 2 y"]),
        (Gradient(GradientKind.LINEAR, 350, _STOPS), Gradient(GradientKind.LINEAR, 10, _STOPS), ["angle"]),
        (Gradient(GradientKind.LINEAR, 0, _STOPS), Gradient(GradientKind.RADIAL, None, _STOPS), ["kind"]),
        (Gradient(GradientKind.LINEAR, 0, _STOPS), Gradient(GradientKind.LINEAR, 0, _STOPS[:1]), ["stops"]),
        (
            Gradient(GradientKind.LINEAR, 0, _STOPS),
            Gradient(GradientKind.LINEAR, 0, (GradientStop(RED, 0.3), _STOPS[1])),
            ["stop 1", "stop 1 position"],
        ),
    ],
)
def test_the_parts_that_differ_are_named(before: Value, after: Value, names: list[str]) -> None:
    assert [part.name for part in difference(before, after, Tolerances())] == names


def test_angles_are_compared_round_the_circle() -> None:
    (part,) = difference(
        Gradient(GradientKind.LINEAR, 350, _STOPS), Gradient(GradientKind.LINEAR, 10, _STOPS), Tolerances()
    )
    assert part.distance == 20
