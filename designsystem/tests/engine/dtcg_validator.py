"""A validator of DTCG 2025.10 written from the specification alone; shares no line with the exporters or the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_TOKEN_KEYS = {"$value", "$ref", "$type", "$description", "$extensions", "$deprecated"}
_GROUP_KEYS = {"$type", "$description", "$extensions", "$deprecated", "$extends", "$root", "$schema"}
_NAME = re.compile(r"^[^${}.][^{}.]*$")
_ALIAS = re.compile(r"^\{[^${}.][^{}.]*(\.[^${}.][^{}.]*)*\}$")
_UNIT_SPACES = {"srgb", "srgb-linear", "display-p3", "a98-rgb", "prophoto-rgb", "rec2020", "xyz-d65", "xyz-d50"}
_WEIGHTS = {
    "thin",
    "hairline",
    "extra-light",
    "ultra-light",
    "light",
    "normal",
    "regular",
    "book",
    "medium",
    "semi-bold",
    "demi-bold",
    "bold",
    "extra-bold",
    "ultra-bold",
    "black",
    "heavy",
    "extra-black",
    "ultra-black",
}
_LINES = {"solid", "dashed", "dotted", "double", "groove", "ridge", "outset", "inset"}


def problems(document: Any) -> list[str]:
    """Every rule that the document breaks, with the path; empty for a valid one."""
    if not isinstance(document, dict):
        return ["a document is an object"]
    return _Document(document).problems()


class _Document:
    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.found: list[str] = []
        self.tokens: dict[str, tuple[dict[str, Any], str | None]] = {}
        self.checks: dict[str, Callable[[Any], bool]] = {
            "color": self.color,
            "dimension": _dimension,
            "fontFamily": _family,
            "fontWeight": _weight,
            "number": _number,
            "duration": lambda v: _keys(v, {"value", "unit"}) and _number(v["value"]) and v["unit"] in ("ms", "s"),
            "cubicBezier": lambda v: isinstance(v, list) and len(v) == 4 and all(map(_number, v)),
            "strokeStyle": lambda v: isinstance(v, str) and v in _LINES,
            "border": lambda v: self.parts(v, {"color": "color", "width": "dimension", "style": "strokeStyle"}),
            "shadow": self.shadow,
            "gradient": self.gradient,
            "typography": self.typography,
        }

    def problems(self) -> list[str]:
        self.walk(self.root, (), None)
        for path, (token, kind) in self.tokens.items():
            self.check(path, token, kind)
        return self.found

    def walk(self, node: dict[str, Any], path: tuple[str, ...], inherited: str | None) -> None:
        kind = node.get("$type", inherited)
        here = ".".join(path) or "the document"
        self.metadata(node, here)
        if "$value" in node or "$ref" in node:
            self.tokens[".".join(path)] = (node, kind)
            self.found += [f"{here}: {key} on a token" for key in node if key not in _TOKEN_KEYS]
            return
        self.found += [f"{here}: {key} on a group" for key in node if key.startswith("$") and key not in _GROUP_KEYS]
        for key, child in node.items():
            if key.startswith("$"):
                continue
            if not _NAME.match(key):
                self.found.append(f"{here}: illegal name {key!r}")
            if isinstance(child, dict):
                self.walk(child, (*path, key), kind)
            else:
                self.found.append(f"{here}.{key}: neither token nor group")

    def metadata(self, node: dict[str, Any], here: str) -> None:
        if not isinstance(node.get("$description", ""), str):
            self.found.append(f"{here}: $description is not a string")
        extensions = node.get("$extensions", {})
        if not isinstance(extensions, dict) or not all("." in key for key in extensions):
            self.found.append(f"{here}: $extensions needs reverse-domain keys")

    def check(self, path: str, token: dict[str, Any], kind: str | None) -> None:
        value = token.get("$value")
        if isinstance(value, str) and value.startswith("{"):
            target_kind = self.kind_of(value, set())
            if target_kind is None or (kind is not None and kind != target_kind):
                self.found.append(f"{path}: {value} leads to {target_kind}, not {kind}")
        elif kind not in self.checks:
            self.found.append(f"{path}: type {kind!r} is not of the format")
        elif not self.checks[kind](value):
            self.found.append(f"{path}: not a {kind}: {value!r}")

    def kind_of(self, alias: str, seen: set[str]) -> str | None:
        path = alias[1:-1]
        if not _ALIAS.match(alias) or path in seen or path not in self.tokens:
            return None
        token, kind = self.tokens[path]
        value = token.get("$value")
        if isinstance(value, str) and value.startswith("{"):
            return self.kind_of(value, seen | {path})
        return kind

    def part(self, value: Any, kind: str) -> bool:
        if isinstance(value, str) and value.startswith("{"):
            return self.kind_of(value, set()) == kind
        return self.checks[kind](value)

    def parts(self, value: Any, kinds: dict[str, str]) -> bool:
        return _keys(value, set(kinds)) and all(self.part(value[key], kind) for key, kind in kinds.items())

    def typography(self, value: Any) -> bool:
        kinds = {"fontFamily": "fontFamily", "fontSize": "dimension", "fontWeight": "fontWeight"}
        return self.parts(value, {**kinds, "letterSpacing": "dimension", "lineHeight": "number"})

    def shadow(self, value: Any) -> bool:
        layers = value if isinstance(value, list) else [value]
        lengths = dict.fromkeys(("offsetX", "offsetY", "blur", "spread"), "dimension")
        return bool(layers) and all(
            isinstance(layer, dict)
            and isinstance(layer.get("inset", False), bool)
            and self.parts({k: v for k, v in layer.items() if k != "inset"}, {"color": "color", **lengths})
            for layer in layers
        )

    def gradient(self, value: Any) -> bool:
        return (
            isinstance(value, list)
            and bool(value)
            and all(
                self.parts(stop, {"color": "color", "position": "number"}) and 0 <= stop["position"] <= 1
                for stop in value
            )
        )

    def color(self, value: Any) -> bool:
        return (
            isinstance(value, dict)
            and {"colorSpace", "components"} <= set(value) <= {"colorSpace", "components", "alpha", "hex"}
            and len(value["components"]) == 3
            and value["colorSpace"] in _UNIT_SPACES
            and all(part == "none" or (_number(part) and 0 <= part <= 1) for part in value["components"])
            and _number(value.get("alpha", 1))
            and 0 <= value.get("alpha", 1) <= 1
            and re.fullmatch(r"#[0-9a-fA-F]{6}", value.get("hex", "#000000")) is not None
        )


def walk_tokens(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every token of a document with its path."""
    if "$value" in node:
        yield path, node
        return
    for key, child in node.items():
        if not key.startswith("$") and isinstance(child, dict):
            yield from walk_tokens(child, (*path, key))


def _keys(value: Any, keys: set[str]) -> bool:
    return isinstance(value, dict) and set(value) == keys


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _dimension(value: Any) -> bool:
    return _keys(value, {"value", "unit"}) and _number(value["value"]) and value["unit"] in ("px", "rem")


def _family(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) for name in names)


def _weight(value: Any) -> bool:
    return value in _WEIGHTS if isinstance(value, str) else _number(value) and 1 <= value <= 1000
