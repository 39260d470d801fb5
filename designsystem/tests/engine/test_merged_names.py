"""Names that vision models gave survive the merge: the one of most pictures, with the others told and none lost."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from designsystem.engine.exporters import dtcg, resolver
from designsystem.engine.observation import GivenName, Observation
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.conflicts import Choice, Conflict, ConflictKind
from designsystem.engine.tokens.merge import Merged, merge
from designsystem.engine.tokens.reader import from_dtcg
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import Alias, Path, Source, TokenSet
from designsystem.engine.values import Colour, Role, Spacing, Value
from designsystem.tests.engine.dtcg_validator import problems
from designsystem.tests.engine.sample_tokens import BLUE, GREY, INK, WHITE, seen

MODEL, OTHER = "claude-one", "claude-two"
RED = Colour.from_hex("#dc3545")
LIGHT = [seen(WHITE, 1, 0.8, (Role.BACKGROUND,)), seen(INK, 9, 0.1, (Role.TEXT,)), seen(BLUE, 2, 0.05)]
DARK = [seen(INK, 1, 0.8, (Role.BACKGROUND,)), seen(WHITE, 9, 0.1, (Role.TEXT,)), seen(BLUE, 2, 0.05)]


def picture(key: str, names: Mapping[Value, str], *found: Observation, by: str = MODEL) -> TokenSet:
    """A picture of `found` whose values a model named so."""
    given = [
        replace(each, names=(GivenName(names[each.value], by),) if each.value in names else ())
        for each in found or LIGHT
    ]
    return assemble(given, Source(key * 8, "image/png", 1280, 900, 1.0, True, 1.0))


def path_of(merged: Merged, value: Value) -> Path:
    return next(token.path for token in merged.token_set if token.value == value)


def names_of(merged: Merged, value: Value) -> tuple[GivenName, ...]:
    (evidence,) = (token.evidence for token in merged.token_set if token.value == value)
    assert evidence is not None
    return evidence.names


def test_a_name_on_which_the_pictures_agree_is_kept_with_who_gave_it() -> None:
    merged = merge(picture(key, {BLUE: "brand", Spacing(16): "gutter"}, *LIGHT, seen(Spacing(16))) for key in "ab")
    assert path_of(merged, BLUE) == ("color", "palette", "brand")
    assert path_of(merged, Spacing(16)) == ("spacing", "gutter")
    assert path_of(merged, WHITE) == ("color", "palette", "white"), "nobody named it"
    assert names_of(merged, BLUE) == (GivenName("brand", MODEL, "light", 2),)
    assert names_of(merged, WHITE) == ()
    assert merged.conflicts == ()
    assert merged.token_set.notes == (
        f"Names and roles by {MODEL} as most pictures have them; every value is measured.",
    )


def test_the_name_of_most_pictures_wins_and_the_others_are_told() -> None:
    merged = merge(
        [
            picture("a", {BLUE: "primary"}),
            picture("b", {BLUE: "brand"}),
            picture("c", {BLUE: "brand"}, by=OTHER),
            picture("d", {}),
        ]
    )
    assert path_of(merged, BLUE) == ("color", "palette", "brand")
    assert {(each.name, each.by, each.pictures) for each in names_of(merged, BLUE)} == {
        ("brand", MODEL, 1),
        ("brand", OTHER, 1),
        ("primary", MODEL, 1),
    }
    assert merged.conflicts == (
        Conflict(ConflictKind.SPLIT_NAME, ("color", "palette", "brand"), (Choice("brand", 2), Choice("primary", 1))),
    )


def test_one_name_for_two_values_goes_to_the_one_of_most_pictures() -> None:
    both = [*LIGHT, seen(RED, 3, 0.02)]
    merged = merge(
        [
            picture("a", {BLUE: "brand"}, *both),
            picture("b", {BLUE: "brand"}, *both),
            picture("c", {RED: "brand", BLUE: "link"}, *both),
        ]
    )
    assert path_of(merged, BLUE) == ("color", "palette", "brand")
    assert path_of(merged, RED) == ("color", "palette", "red-500")
    shared = [each for each in merged.conflicts if each.kind is ConflictKind.SHARED_NAME]
    assert shared == [
        Conflict(
            ConflictKind.SHARED_NAME,
            ("color", "palette", "brand"),
            (Choice("color.palette.brand", 2), Choice("color.palette.red-500", 1)),
        )
    ]
    assert names_of(merged, RED) == (GivenName("brand", MODEL, "light", 1),), "what it was called is not forgotten"


def test_a_value_that_lost_its_name_has_its_next_best_one() -> None:
    both = [*LIGHT, seen(RED, 3, 0.02)]
    merged = merge(
        [
            *(picture(key, {BLUE: "brand"}, *both) for key in "abc"),
            *(picture(key, {RED: "brand"}, *both) for key in "de"),
            picture("f", {RED: "danger"}, *both),
        ]
    )
    assert path_of(merged, RED) == ("color", "palette", "danger")


def test_a_name_never_takes_that_of_a_token_which_no_model_named() -> None:
    merged = merge([picture("a", {BLUE: "white"}), picture("b", {BLUE: "white"})])
    assert path_of(merged, WHITE) == ("color", "palette", "white")
    assert path_of(merged, BLUE) == ("color", "palette", "blue-500")
    assert merged.conflicts == (
        Conflict(
            ConflictKind.SHARED_NAME,
            ("color", "palette", "white"),
            (Choice("color.palette.white", 2), Choice("color.palette.blue-500", 2)),
        ),
    )


def test_models_may_swap_the_measured_names() -> None:
    merged = merge([picture("a", {BLUE: "white", WHITE: "blue-500"})])
    assert path_of(merged, WHITE) == ("color", "palette", "blue-500")
    assert path_of(merged, BLUE) == ("color", "palette", "white")


def test_one_name_for_a_light_and_a_dark_colour_is_one_token_in_both_themes() -> None:
    merged = merge(
        [
            picture("a", {WHITE: "canvas", BLUE: "brand"}),
            picture("b", {WHITE: "canvas", INK: "words"}),
            picture("c", {INK: "canvas", BLUE: "brand"}, *DARK),
        ]
    )
    light, dark = merged.themes
    canvas = {
        theme.name.value: token.value for theme in (light, dark) for token in theme.tokens if "canvas" in token.path
    }
    assert canvas == {
        "light": Alias(("color", "palette", "white"), MODEL),
        "dark": Alias(("color", "palette", "words"), MODEL),
    }
    assert path_of(merged, BLUE) == ("color", "palette", "brand"), "what both themes call the same is one colour"
    assert merged.conflicts == ()
    document = json.loads(resolver.export(merged))
    (values,) = document["sets"]["measured"]["sources"]
    for context in document["modifiers"]["theme"]["contexts"].values():
        (tokens,) = context
        assert problems({**values, "color": {**values["color"], **tokens["color"]}}) == []
        assert set(tokens["color"]) == {"role", "theme"}


def test_within_one_theme_a_shared_name_stays_a_conflict_of_that_theme() -> None:
    merged = merge(
        [
            *(picture(key, {WHITE: "canvas"}) for key in "ab"),
            picture("c", {BLUE: "canvas"}),
            picture("d", {INK: "canvas"}, *DARK),
        ]
    )
    assert merged.conflicts == (
        Conflict(
            ConflictKind.SHARED_NAME,
            ("color", "theme", "canvas"),
            (Choice("color.palette.white", 2), Choice("color.palette.blue-500", 1)),
            "light",
        ),
    )


def test_a_role_says_which_model_gave_it() -> None:
    def roles(key: str, by: str) -> TokenSet:
        found = picture(key, {})
        tokens = [
            replace(token, value=replace(token.value, by=by)) if isinstance(token.value, Alias) else token
            for token in found
        ]
        return replace(found, tokens=tuple(tokens))

    merged = merge([roles("a", ""), roles("b", MODEL)])
    assert {token.value.by for token in merged.themes[0].tokens if isinstance(token.value, Alias)} == {MODEL}
    assert from_dtcg(dtcg.export(merged.token_set)) == merged.token_set


def test_the_order_of_pictures_changes_no_name() -> None:
    names: list[dict[Value, str]] = [
        {BLUE: "brand", WHITE: "paper"},
        {BLUE: "primary", WHITE: "brand"},
        {INK: "brand"},
        {GREY: "line"},
        {},
    ]
    pictures = [
        picture(key, each, *(DARK if key == "c" else LIGHT), seen(GREY, 4))
        for key, each in zip("abcde", names, strict=True)
    ]
    expected = resolver.export(merge(pictures)), merge(pictures).conflicts
    for seed in range(6):
        random.Random(seed).shuffle(pictures)
        assert (resolver.export(merge(pictures)), merge(pictures).conflicts) == expected


def test_merged_names_are_written_read_and_merged_again() -> None:
    merged = merge([picture("a", {WHITE: "canvas", BLUE: "brand"}), picture("b", {INK: "canvas"}, *DARK)])
    document = dtcg.export(merged.token_set)
    assert problems(json.loads(document)) == []
    assert dtcg.export(from_dtcg(document)) == document
    again = merge([merged.token_set])
    assert path_of(again, BLUE) == ("color", "palette", "brand")
    assert names_of(again, BLUE) == names_of(merged, BLUE)


@pytest.mark.parametrize("name", ["a.b", "{a}", "$a", "", "line\nbreak", 5, None])
def test_a_document_with_a_name_that_cannot_be_one_is_refused(name: object) -> None:
    document = json.loads(dtcg.export(merge([picture("a", {BLUE: "brand"})]).token_set))
    document["color"]["palette"]["brand"]["$extensions"]["dev.loupe"]["evidence"]["names"][0]["name"] = name
    with pytest.raises(DocumentError, match="evidence"):
        from_dtcg(document)
