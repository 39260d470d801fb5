"""What our documents say beyond the format, under one vendor key: read back here, written by the DTCG exporter."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from designsystem.engine.geometry import Box
from designsystem.engine.observation import GivenName, Observation, Ruler, Sighting
from designsystem.engine.text.rulers import PARTS
from designsystem.engine.tokens.document import DocumentToken
from designsystem.engine.tokens.document_values import colour, dimension
from designsystem.engine.tokens.references import DocumentError
from designsystem.engine.tokens.token_set import Source, legal_name
from designsystem.engine.values import Gradient, GradientKind, Role, Typography, Value

VENDOR = "dev.loupe"

_LONGEST = 1_000  # em of a run: longer ones are no line of text
_ABOUT = f"/$extensions/{VENDOR}"


def about_of(document: Any) -> tuple[Source | None, float | None, tuple[str, ...]]:
    """The source, the spacing base and the notes of a document; none of them where it is not one of ours."""
    about = document.get("$extensions", {}).get(VENDOR)
    if about is None:
        return None, None, ()
    try:
        source = Source(
            sha256=_text(about["source"]["sha256"]),
            media_type=_text(about["source"]["mediaType"]),
            width=_whole(about["source"]["width"]),
            height=_whole(about["source"]["height"]),
            pixel_ratio=_number(about["source"]["pixelRatio"]),
            pixel_ratio_given=about["source"]["pixelRatioGiven"] is True,
            pixel_ratio_confidence=_number(about["source"]["pixelRatioConfidence"]),
        )
        base = about.get("spacingBase")
        spacing_base = None if base is None else dimension(base, f"{_ABOUT}/spacingBase")
        return source, spacing_base, tuple(_text(note) for note in about.get("notes", ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentError(_ABOUT, "This is not what Loupe writes about a document.") from error


def with_extension(value: Value, token: DocumentToken) -> Value:
    """`value` with what the format has no place for, and without what was put there only because it demands it."""
    about = _about(token)
    if isinstance(value, Gradient) and "kind" in about:
        return _gradient(value, about, token.pointer)
    if isinstance(value, Typography):
        assumed = about.get("assumed", ())
        return replace(
            value,
            colour=colour(about["color"], _at(token, "color")) if "color" in about else value.colour,
            line_height=None if "lineHeight" in assumed else value.line_height,
            letter_spacing=None if "letterSpacing" in assumed else value.letter_spacing,
        )
    return value


def evidence_of(token: DocumentToken, value: Value) -> Observation | None:
    """The observation that a token was made from, None where the document tells of none."""
    evidence = _about(token).get("evidence")
    if evidence is None:
        return None
    try:
        return Observation(
            value=value,
            boxes=tuple(Box(*map(_whole, box)) for box in evidence["boxes"]),
            confidence=_number(evidence["confidence"]),
            method=_text(evidence["method"]),
            count=_whole(evidence["count"]),
            share=_number(evidence.get("share", 0)),
            roles=tuple(Role(role) for role in evidence.get("roles", ())),
            pictures=tuple(
                Sighting(_text(each["sha256"]), _whole(each["count"])) for each in evidence.get("pictures", ())
            ),
            picture_count=_whole(evidence.get("pictureCount", 1)),
            rulers=tuple(_ruler(each) for each in evidence.get("rulers", ())),
            names=tuple(map(_given_name, evidence.get("names", ()))),
            components=tuple(map(_text, evidence.get("components", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(_at(token, "evidence"), "This is not what Loupe writes as evidence.") from error


def said_by(token: DocumentToken) -> str:
    """The vision model that pointed an alias, empty where that was measured."""
    by = _about(token).get("by", "")
    if not isinstance(by, str):
        raise DocumentError(_at(token, "by"), "This is the name of a model.")
    return by


def _given_name(said: Any) -> GivenName:
    name = _text(said["name"])
    if not legal_name(name):
        raise ValueError(name)
    return GivenName(name, _text(said["by"]), _text(said.get("theme", "")), _whole(said["pictures"]))


def _ruler(given: dict[str, Any]) -> Ruler:
    marks = tuple(map(_number, given["marks"]))
    height, letter = _number(given["height"]), given.get("letter")
    rising = all(before <= after for before, after in pairwise(marks))
    if len(marks) != PARTS or not rising or not 0 == marks[0] < marks[-1] < _LONGEST or not 0 < height < _LONGEST:
        raise ValueError
    return Ruler(marks, height, None if letter is None else _number(letter))


def _gradient(value: Gradient, about: dict[str, Any], pointer: str) -> Gradient:
    kinds = {kind.value: kind for kind in GradientKind}
    angle = about.get("angle")
    if about["kind"] not in kinds or isinstance(angle, bool) or not isinstance(angle, int | float | None):
        raise DocumentError(f"{pointer}{_ABOUT}/kind", "This is neither kind nor angle of a gradient.")
    return replace(value, kind=kinds[about["kind"]], angle=None if angle is None else float(angle))


def _about(token: DocumentToken) -> dict[str, Any]:
    about = token.extensions.get(VENDOR, {})
    if not isinstance(about, dict):
        raise DocumentError(f"{token.pointer}{_ABOUT}", "This is an object.")
    return about


def _at(token: DocumentToken, member: str) -> str:
    return f"{token.pointer}{_ABOUT}/{member}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value
