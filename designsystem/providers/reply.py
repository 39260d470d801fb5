"""What the model may say, and the check that it said nothing else. Its reply is hostile input."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from designsystem.engine.values import Role
from designsystem.providers.errors import Disposition, VisionError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
_FONT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 '&+.-]*\Z")
_LONGEST_NAME = 40
_LONGEST_FONT = 60
_MOST_FONTS = 5
THEMES = ("light", "dark")

# Flat on purpose: large grammars are refused by the service. No limits either, they are not supported: checked below.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["names", "roles", "components", "fonts", "theme"],
    "properties": {
        "names": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "name"],
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
            },
        },
        "roles": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "role"],
                "properties": {
                    "id": {"type": "string"},
                    "role": {"type": "string", "enum": [each.value for each in Role]},
                },
            },
        },
        "components": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "ids"],
                "properties": {"name": {"type": "string"}, "ids": {"type": "array", "items": {"type": "string"}}},
            },
        },
        "fonts": {"type": "array", "items": {"type": "string"}},
        "theme": {"type": "string", "enum": list(THEMES)},
    },
}


@dataclass(frozen=True, slots=True)
class ModelNames:
    """Names by candidate id, roles by role, components with their ids, fonts best first: nothing but words for ids."""

    names: Mapping[str, str]
    roles: Mapping[Role, str]
    components: Mapping[str, tuple[str, ...]]
    fonts: tuple[str, ...]
    theme: str


def parse(text: str, ids: Collection[str], colours: Collection[str]) -> ModelNames:
    """The reply, checked again; VisionError (FALL_BACK) when any part of it is not what was asked for.

    `ids` are all candidates, `colours` those that may play a role.
    """
    try:
        said = _exactly(json.loads(text), "names", "roles", "components", "fonts", "theme")
        return ModelNames(
            names=_names(said["names"], ids),
            roles=_roles(said["roles"], colours),
            components=_components(said["components"], ids),
            fonts=_fonts(said["fonts"]),
            theme=_one_of(said["theme"], THEMES),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise VisionError("reply_invalid", Disposition.FALL_BACK) from None


def _names(said: Any, ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in said:
        _exactly(each, "id", "name")
        key, name = _one_of(each["id"], ids), _name(each["name"])
        if key in found or name in found.values():
            raise ValueError("named twice")
        found[key] = name
    return found


def _roles(said: Any, colours: Collection[str]) -> dict[Role, str]:
    found: dict[Role, str] = {}
    for each in said:
        _exactly(each, "id", "role")
        role = Role(each["role"])
        if role in found:
            raise ValueError("two colours for one role")
        found[role] = _one_of(each["id"], colours)
    return found


def _components(said: Any, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in said:
        _exactly(each, "name", "ids")
        found[_name(each["name"])] = tuple(_one_of(key, ids) for key in each["ids"])
    return found


def _fonts(said: Any) -> tuple[str, ...]:
    fonts = tuple(said)
    if len(fonts) > _MOST_FONTS or any(len(font) > _LONGEST_FONT or not _FONT.match(font) for font in fonts):
        raise ValueError("not names of fonts")
    return fonts


def _exactly(said: Any, *members: str) -> Any:
    """An object with these members: one more would be a value, and values are measured."""
    if not isinstance(said, dict) or set(said) != set(members):
        raise ValueError("not the members that were asked for")
    return said


def _name(said: str) -> str:
    """A kebab-case word: whatever a screenshot told the model to say, it can only become a harmless name."""
    if len(said) > _LONGEST_NAME or not _NAME.match(said):
        raise ValueError("not a name")
    return said


def _one_of(said: str, known: Collection[str]) -> str:
    if said not in known:
        raise ValueError("unknown")
    return said
