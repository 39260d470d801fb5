"""Many pictures as one set: agreement strengthens, themes part, disagreement is named."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from designsystem.engine.exporters import dtcg, resolver
from designsystem.engine.observation import Observation, Ruler
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.conflicts import Choice, Conflict, ConflictKind
from designsystem.engine.tokens.merge import ThemeName, merge
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.token_set import Alias, Source, TokenSet
from designsystem.engine.values import Border, Colour, Role, Spacing, Typography
from designsystem.tests.engine.dtcg_validator import problems
from designsystem.tests.engine.sample_tokens import BLUE, GREY, INK, WHITE, observations, seen

RED = Colour.from_hex("#dc3545")


def _picture(name: str, *found: Observation, media_type: str = "image/png") -> TokenSet:
    return assemble(found, Source(name * 8, media_type, 1280, 900, 1.0, True, 1.0))


LIGHT = [seen(WHITE, 1, 0.8, (Role.BACKGROUND,)), seen(INK, 9, 0.1, (Role.TEXT,)), seen(BLUE, 2, 0.05, (Role.PRIMARY,))]
DARK = [seen(INK, 1, 0.8, (Role.BACKGROUND,)), seen(WHITE, 9, 0.1, (Role.TEXT,)), seen(BLUE, 2, 0.05, (Role.PRIMARY,))]


def _roles(tokens: tuple[Any, ...]) -> dict[str, str]:
    return {token.path[-1]: token.value.target[-1] for token in tokens}


def test_one_picture_merged_is_that_picture() -> None:
    alone = _picture("a", *observations())
    merged = merge([alone])
    assert [(token.path, token.value) for token in merged.token_set] == [(token.path, token.value) for token in alone]
    assert merged.token_set.source == alone.source
    assert merged.conflicts == ()


def test_what_more_pictures_show_is_surer_and_says_where_it_was_seen() -> None:
    merged = merge(_picture(name, *LIGHT, seen(Spacing(16), count)) for name, count in (("a", 3), ("b", 5)))
    (spacing,) = merged.token_set.group("spacing")
    assert spacing.evidence is not None
    assert spacing.evidence.confidence > 0.9
    assert spacing.evidence.count == 8
    assert spacing.evidence.picture_count == 2
    assert [(each.sha256[0], each.count) for each in spacing.evidence.pictures] == [("b", 5), ("a", 3)]


def test_the_words_of_every_picture_measure_the_next_one() -> None:
    heading = Typography(24, 700, INK)
    rulers = [Ruler(tuple(float(mark) for mark in range(start, start + 16)), 0.5) for start in (0, 1)]
    pictures = [
        _picture(name, replace(seen(heading, 2), rulers=(ruler,))) for name, ruler in zip("ab", rulers, strict=True)
    ]
    (token,) = merge(pictures).token_set.group("typography")
    assert token.evidence is not None
    assert set(token.evidence.rulers) == set(rulers)


def test_the_same_picture_twice_counts_once() -> None:
    once, twice = merge([_picture("a", *LIGHT)]), merge([_picture("a", *LIGHT)] * 2)
    assert once == twice


def test_the_order_of_pictures_changes_nothing() -> None:
    pictures = [
        _picture("a", *LIGHT, seen(Spacing(16))),
        _picture("b", *DARK, seen(Spacing(15))),
        _picture("c", *LIGHT, seen(RED, 1, 0.2, (Role.PRIMARY,))),
        _picture("d", seen(Colour(220, 53, 70), 1, 0.9), media_type="image/jpeg"),
    ]
    expected = merge(pictures)
    for seed in range(5):
        random.Random(seed).shuffle(pictures)
        assert merge(pictures) == expected


def test_light_and_dark_screens_become_themes_over_one_palette() -> None:
    merged = merge([_picture("a", *LIGHT), _picture("b", *DARK), _picture("c", *LIGHT, seen(Spacing(8)))])
    light, dark = merged.themes
    assert (light.name, light.pictures, dark.name, dark.pictures) == (ThemeName.LIGHT, 2, ThemeName.DARK, 1)
    assert _roles(light.tokens) == {"background": "white", "text": "gray-900", "primary": "blue-500"}
    assert _roles(dark.tokens) == {"background": "gray-900", "text": "white", "primary": "blue-500"}
    assert tuple(token for token in merged.token_set if isinstance(token.value, Alias)) == light.tokens


def test_a_picture_without_a_background_is_as_light_as_its_largest_colour() -> None:
    assert merge([_picture("a", seen(INK, 1, 0.7), seen(WHITE, 1, 0.1))]).themes[0].name is ThemeName.DARK
    assert merge([_picture("a", seen(Spacing(8)))]).themes[0].name is ThemeName.LIGHT


def test_pictures_that_give_a_role_to_different_colours_are_named_and_the_majority_wins() -> None:
    other = [*LIGHT[:2], seen(RED, 2, 0.05, (Role.PRIMARY,))]
    merged = merge([_picture("a", *LIGHT), _picture("b", *other), _picture("c", *LIGHT)])
    assert merged.conflicts == (
        Conflict(
            ConflictKind.SPLIT_VOTE,
            ("color", "role", "primary"),
            (Choice("color.palette.blue-500", 2), Choice("color.palette.red-500", 1)),
            "light",
        ),
    )
    assert _roles(merged.themes[0].tokens)["primary"] == "blue-500"


def test_pictures_whose_body_text_differs_are_named() -> None:
    merged = merge(
        _picture(name, *LIGHT, seen(Typography(size, 400, INK))) for name, size in (("a", 16), ("b", 14), ("c", 14))
    )
    (conflict,) = merged.conflicts
    assert conflict.path == ("typography", "body")
    assert conflict.choices == (Choice("14px", 2), Choice("16px", 1))


def test_values_that_are_alike_and_never_stand_together_are_named() -> None:
    near = Colour(GREY.red, GREY.green, GREY.blue - 2)
    apart = merge(
        [_picture("a", *LIGHT, seen(GREY), seen(Spacing(15))), _picture("b", *LIGHT, seen(near), seen(Spacing(16)))]
    )
    assert [(each.kind, each.path[0]) for each in apart.conflicts] == [
        (ConflictKind.NEAR_DUPLICATE, "color"),
        (ConflictKind.NEAR_DUPLICATE, "spacing"),
    ]
    together = merge([_picture("a", *LIGHT, seen(GREY), seen(near)), _picture("b", *LIGHT, seen(near))])
    assert together.conflicts == ()


def test_the_noise_of_a_jpeg_is_settled_by_a_picture_that_has_none() -> None:
    noisy = replace(BLUE, blue=BLUE.blue - 2)
    merged = merge(
        [
            _picture("a", seen(noisy, 1, 0.5, (Role.PRIMARY,)), seen(Border(1, noisy)), media_type="image/jpeg"),
            _picture("b", seen(BLUE, 1, 0.1, (Role.PRIMARY,))),
        ]
    )
    assert [token.value for token in merged.token_set.group("color")] == [BLUE, Alias(("color", "palette", "blue-500"))]
    assert [token.value for token in merged.token_set.group("border")] == [Border(1, BLUE)]
    assert merged.conflicts == ()


def test_two_lossless_pictures_keep_their_neighbouring_greys_apart() -> None:
    near = replace(GREY, blue=GREY.blue - 1)
    merged = merge([_picture("a", seen(GREY, 1, 0.5)), _picture("b", seen(near, 1, 0.5))])
    assert {token.value for token in merged.token_set.group("color")} == {GREY, near}


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="nothing"):
        merge([])


def test_a_merged_set_is_written_and_read_like_any_other() -> None:
    merged = merge([_picture("a", *observations()), _picture("b", *observations())])
    document = dtcg.export(merged.token_set)
    assert problems(json.loads(document)) == []
    assert dtcg.export(from_dtcg(document)) == document


def test_the_resolver_holds_the_values_once_and_the_roles_by_theme() -> None:
    merged = merge([_picture("a", *LIGHT), _picture("b", *DARK), _picture("c", *LIGHT)])
    document = json.loads(resolver.export(merged))
    assert document["version"] == "2025.10"
    assert document["resolutionOrder"] == [{"$ref": "#/sets/measured"}, {"$ref": "#/modifiers/theme"}]
    assert document["modifiers"]["theme"]["default"] == "light"
    (values,) = document["sets"]["measured"]["sources"]
    assert "role" not in values["color"]
    for name, background in (("light", "white"), ("dark", "gray-900")):
        (roles,) = document["modifiers"]["theme"]["contexts"][name]
        assert roles["color"]["role"]["background"]["$value"] == f"{{color.palette.{background}}}"
        resolved = {**values, "color": {**values["color"], **roles["color"]}}
        assert problems(resolved) == []


def test_one_theme_needs_no_modifier() -> None:
    document = json.loads(resolver.export(merge([_picture("a", *LIGHT)])))
    assert set(document) == {"$schema", "version", "sets", "resolutionOrder"}
    assert "role" in document["sets"]["measured"]["sources"][0]["color"]
