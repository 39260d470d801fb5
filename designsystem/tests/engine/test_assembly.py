"""From observations to names: readable, unique, in order, and the same however the observations arrive."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.palette import colour_name, colour_names
from designsystem.engine.tokens.token_set import GROUPS, Alias, TokenSet
from designsystem.engine.values import Border, Colour, Radius, Role, Spacing, Typography
from designsystem.tests.engine.sample_tokens import BLUE, GREY, INK, SOURCE, WHITE, observations, sample, seen

_COLOURS = st.builds(Colour, *[st.integers(0, 255)] * 3, st.sampled_from([1.0, 0.5, 0.504, 0.08]))


def _paths(token_set: TokenSet) -> list[str]:
    return [".".join(token.path) for token in token_set]


def test_every_kind_of_value_gets_a_readable_name_in_a_fixed_order() -> None:
    assert _paths(sample()) == [
        "color.palette.white",
        "color.palette.gray-50",
        "color.palette.gray-200",
        "color.palette.gray-900",
        "color.palette.black-a50",
        "color.palette.blue-500",
        "color.role.background",
        "color.role.surface",
        "color.role.text",
        "color.role.primary",
        "color.role.on-primary",
        "color.role.border",
        "color.role.link",
        "typography.heading-1",
        "typography.body-bold",
        "typography.body",
        "typography.caption",
        "spacing.1",
        "spacing.2",
        "spacing.2-5",
        "spacing.4",
        "spacing.8-5",
        "radius.sm",
        "radius.md",
        "radius.xl",
        "radius.full",
        "border.gray-200",
        "border.blue-500-1-5px-dashed",
        "shadow.sm",
        "shadow.lg",
        "gradient.white-to-gray-950",
        "gradient.blue-500-to-gray-900",
    ]


def test_the_order_of_observations_changes_nothing() -> None:
    shuffled = observations()
    random.Random(3).shuffle(shuffled)
    assert assemble(shuffled, SOURCE, sample().notes) == sample()


def test_groups_stand_in_their_order() -> None:
    groups = [token.path[0] for token in sample()]
    assert groups == sorted(groups, key=GROUPS.index)


def test_one_value_more_on_the_page_renames_no_other() -> None:
    extra = [
        seen(Spacing(20)),
        seen(Radius(24)),
        seen(Colour.from_hex("#198754"), 1, 0.001),
        seen(Colour.from_hex("#dee2e7"), 1, 0.0001),
        seen(Border(1, BLUE)),
    ]
    assert set(_paths(sample())) < set(_paths(assemble([*observations(), *extra], SOURCE)))


def test_a_colour_that_moves_a_little_keeps_its_name() -> None:
    moved = replace(BLUE, red=BLUE.red + 2, green=BLUE.green - 1)
    assert colour_name(moved) == colour_name(BLUE) == "blue-500"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#ffffff", "white"),
        ("#000000", "black"),
        ("#f8f9fa", "gray-50"),
        ("#6c757d", "gray-500"),
        ("#eff6ff", "blue-50"),
        ("#dc3545", "red-500"),
        ("#fd7e14", "orange-400"),
        ("#ffc107", "yellow-300"),
        ("#198754", "green-500"),
        ("#20c997", "green-400"),
        ("#0dcaf0", "cyan-300"),
        ("#6610f2", "purple-600"),
        ("#d63384", "pink-500"),
    ],
)
def test_colours_are_named_as_people_name_them(text: str, name: str) -> None:
    assert colour_name(Colour.from_hex(text)) == name


@given(st.lists(_COLOURS, unique=True, max_size=60))
def test_colour_names_are_unique_and_legal(colours: list[Colour]) -> None:
    names = colour_names(colours, [1.0] * len(colours))
    assert len(set(names)) == len(colours)
    assert not any(character in name for name in names for character in "{}.$")


def test_neighbouring_greys_stay_apart_and_the_larger_has_the_plain_name() -> None:
    greys = [Colour.from_hex(text) for text in ("#fafafa", "#f5f5f5", "#f8f9fa")]
    assert colour_names(greys, [0.1, 0.5, 0.2]) == ("gray-40", "gray-50", "gray-46")


def test_a_role_goes_to_the_colour_with_the_strongest_claim() -> None:
    found = assemble(
        [
            seen(WHITE, 1, 0.2, (Role.SURFACE, Role.BACKGROUND)),
            seen(GREY, 1, 0.7, (Role.BACKGROUND,)),
            seen(INK, 9, 0.01, (Role.TEXT,)),
            seen(BLUE, 2, 0.01, (Role.LINK, Role.TEXT)),
        ],
        SOURCE,
    )
    roles = {token.path[-1]: found.resolve(token) for token in found if isinstance(token.value, Alias)}
    assert roles == {"background": GREY, "surface": WHITE, "text": INK, "link": BLUE}


def test_lengths_that_noise_moved_apart_are_one_step() -> None:
    found = assemble([seen(Spacing(15.8), 3), seen(Spacing(16.2), 9), seen(Spacing(17.5))], SOURCE)
    assert [token.value for token in found] == [Spacing(16), Spacing(18)]
    assert found.tokens[0].evidence is not None
    assert found.tokens[0].evidence.count == 12


def test_the_base_unit_is_the_largest_that_explains_the_scale() -> None:
    assert sample().spacing_base == 4
    eights = [seen(Spacing(px), 5) for px in (8, 16, 24, 40)]
    assert assemble(eights, SOURCE).spacing_base == 8
    assert assemble([*eights, seen(Spacing(12), 5), seen(Spacing(4), 5)], SOURCE).spacing_base == 4
    assert assemble([seen(Spacing(px)) for px in (5, 15, 20, 35)], SOURCE).spacing_base == 5
    assert assemble([seen(Spacing(px)) for px in (7, 11, 13)], SOURCE).spacing_base is None
    assert assemble([seen(Spacing(8))], SOURCE).spacing_base is None


def test_styles_that_differ_in_colour_alone_are_one_style() -> None:
    found = assemble([seen(Typography(14, 400, INK), 9), seen(Typography(14, 400, GREY), 2)], SOURCE)
    assert [token.value for token in found] == [Typography(14, 400, INK)]


def _styles(*styles: tuple[float, int, int]) -> list[str]:
    """The names of text styles of (size, weight, sightings), largest first."""
    found = assemble([seen(Typography(size, weight, INK), count) for size, weight, count in styles], SOURCE)
    return [token.path[1] for token in found]


def test_sizes_are_named_by_the_body_text() -> None:
    assert _styles((40, 700, 1), (24, 400, 3), (16, 400, 30), (14, 400, 9), (12, 400, 2)) == [
        "heading-1",
        "heading-2",
        "body",
        "caption",
        "caption-2",
    ]


def test_text_a_little_larger_than_body_is_a_heading_only_when_bold() -> None:
    assert _styles((16, 400, 9), (14, 400, 30)) == ["body-large", "body"]
    assert _styles((16, 700, 9), (14, 400, 30)) == ["heading-1", "body"]


def test_more_styles_than_names_stay_apart_and_the_body_keeps_its_name() -> None:
    assert _styles((16, 700, 90), (16, 400, 9), (16, 410, 3), (16, 420, 2)) == [
        "body-bold",
        "body-420",
        "body-regular",
        "body",
    ]


def test_sizes_that_are_nearly_one_share_a_level_and_say_their_size() -> None:
    assert _styles((16.4, 700, 5), (16.4, 400, 24), (16, 700, 1), (16, 400, 7)) == [
        "body-bold",
        "body",
        "body-16-bold",
        "body-16",
    ]


def test_no_observation_gives_no_token() -> None:
    assert assemble([], SOURCE).tokens == ()


@given(st.lists(st.floats(0.1, 400, allow_nan=False), max_size=40), st.integers(0, 9))
def test_lengths_get_unique_names_whatever_was_measured(lengths: list[float], seed: int) -> None:
    chosen = random.Random(seed)
    found = assemble([seen(kind(px), chosen.randint(1, 9)) for px in lengths for kind in (Spacing, Radius)], SOURCE)
    paths = _paths(found)
    assert len(set(paths)) == len(paths)
    for group in ("spacing", "radius"):
        sizes = [token.value.px for token in found.group(group) if isinstance(token.value, (Spacing, Radius))]
        assert sizes == sorted(set(sizes))
