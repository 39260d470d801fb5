"""A DTCG 2025.10 document as a flat list of tokens: groups extended, types inherited, references followed.

Written for hostile input: every loop ends, every walk has a budget, and every refusal says where.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from designsystem.engine.tokens.references import (
    Budget,
    DocumentError,
    Found,
    Json,
    References,
    is_alias,
    is_token,
    pointer_of,
    pointer_parts,
)
from designsystem.engine.tokens.token_set import Path, legal_name

TYPES = frozenset(
    {
        "color",
        "dimension",
        "fontFamily",
        "fontWeight",
        "duration",
        "cubicBezier",
        "number",
        "strokeStyle",
        "border",
        "transition",
        "shadow",
        "gradient",
        "typography",
    }
)

_TOKEN_KEYS = frozenset({"$value", "$ref", "$type", "$description", "$extensions", "$deprecated"})
_GROUP_KEYS = frozenset({"$type", "$description", "$extensions", "$deprecated", "$extends", "$root"})
_ROOT_KEYS = _GROUP_KEYS | {"$schema"}


@dataclass(frozen=True, slots=True)
class DocumentToken:
    """One token: `value` is plain JSON without references; `target` the token that an alias names, else None.

    The path of a group's base token ends in "$root".
    """

    path: Path
    pointer: str
    kind: str
    value: Any
    target: Path | None
    description: str
    extensions: Json


def parse(text: str | bytes) -> Any:
    """JSON, refusing what JSON does not have (NaN) and what it leaves open (a key said twice)."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError("", f"This is not JSON: {error}") from error


def read_tokens(document: object) -> list[DocumentToken]:
    """Every token in document order. DocumentError for anything that the Format Module forbids."""
    if not isinstance(document, dict):
        raise DocumentError("", "A document is a JSON object.")
    budget = Budget()
    root = _Groups(document, budget).extended(document, (), ())
    found: dict[Path, Found] = {}
    _collect(root, (), None, budget, found)
    references = References(root, found, budget)
    return [_token(path, each, references) for path, each in found.items()]


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise DocumentError("", f"A key is said twice: {next(key for key in keys if keys.count(key) > 1)!r}.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise DocumentError("", f"{name} is not a number of JSON.")


def _token(path: Path, found: Found, references: References) -> DocumentToken:
    value, kind = references.content(path)
    declared = found.node.get("$type")
    if kind is None:
        raise DocumentError(pointer_of(path), "The token has no $type, and nothing that it could have one from.")
    if declared is not None and declared != kind:
        raise DocumentError(pointer_of((*path, "$type")), f"The token refers to a {kind}.")
    return DocumentToken(
        path=path,
        pointer=pointer_of(path),
        kind=kind,
        value=value,
        target=references.target(found.node),
        description=found.node.get("$description", ""),
        extensions=found.node.get("$extensions", {}),
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a raw document, with what they extend merged in."""

    raw: Json
    budget: Budget

    def extended(self, node: Json, path: Path, through: tuple[Path, ...]) -> Json:
        """The group with its own members winning over those that it extends; tokens are replaced whole."""
        self.budget.spend(path)
        if is_token(node):
            return node
        own = {
            key: self.extended(child, (*path, key), through) if isinstance(child, dict) and key[:1] != "$" else child
            for key, child in node.items()
            if key != "$extends"
        }
        if "$extends" not in node:
            return own
        at = pointer_of((*path, "$extends"))
        target = _group_path(node["$extends"], at)
        if path[: len(target)] == target or target in through:
            raise DocumentError(at, "A group extends itself.")
        return _merged(self.extended(self._group(target, at), target, (*through, target)), own)

    def _group(self, path: Path, at: str) -> Json:
        node: Any = self.raw
        for part in path:
            node = node.get(part) if isinstance(node, dict) else None
        if not isinstance(node, dict) or is_token(node):
            raise DocumentError(at, "There is no such group.")
        return node


def _group_path(reference: object, at: str) -> Path:
    if isinstance(reference, str) and is_alias(reference):
        return tuple(reference[1:-1].split("."))
    if isinstance(reference, str) and reference.startswith("#/"):
        return pointer_parts(reference)
    raise DocumentError(at, "A group is extended by {name} or #/name.")


def _merged(base: Json, own: Json) -> Json:
    merged = dict(base)
    for key, child in own.items():
        below = merged.get(key)
        groups = isinstance(below, dict) and isinstance(child, dict) and not is_token(below) and not is_token(child)
        merged[key] = _merged(merged[key], child) if groups and key[:1] != "$" else child
    return merged


def _collect(node: Json, path: Path, inherited: str | None, budget: Budget, found: dict[Path, Found]) -> None:
    """Put every token below `node` into `found`, checking names, members and metadata on the way."""
    budget.spend(path)
    _check_metadata(node, path)
    kind = node.get("$type", inherited)
    if is_token(node):
        if "$value" in node and "$ref" in node:
            raise DocumentError(pointer_of(path), "A token has a $value or a $ref, not both.")
        _check_members(list(node), path, _TOKEN_KEYS)
        found[path] = Found(node, kind)
        return
    _check_members([key for key in node if key[:1] == "$"], path, _GROUP_KEYS if path else _ROOT_KEYS)
    for key, child in node.items():
        if key != "$root" and key[:1] == "$":
            continue
        here = pointer_of((*path, key))
        if key != "$root" and not legal_name(key):
            raise DocumentError(here, "This name is not allowed.")
        if not isinstance(child, dict):
            raise DocumentError(here, "This is neither a token nor a group.")
        if key == "$root" and not is_token(child):
            raise DocumentError(here, "$root is a token.")
        _collect(child, (*path, key), kind, budget, found)


def _check_members(keys: list[str], path: Path, allowed: frozenset[str]) -> None:
    for key in keys:
        if key not in allowed:
            raise DocumentError(pointer_of((*path, key)), "The format knows no such member here.")


def _check_metadata(node: Json, path: Path) -> None:
    here = pointer_of(path)
    if "$type" in node and not (isinstance(node["$type"], str) and node["$type"] in TYPES):
        raise DocumentError(f"{here}/$type", f"{node['$type']!r} is not a type of DTCG 2025.10.")
    if not isinstance(node.get("$description", ""), str):
        raise DocumentError(f"{here}/$description", "A description is a string.")
    if not isinstance(node.get("$extensions", {}), dict):
        raise DocumentError(f"{here}/$extensions", "Extensions are an object.")
    if not isinstance(node.get("$deprecated", False), bool | str):
        raise DocumentError(f"{here}/$deprecated", "$deprecated is true, false or a reason.")
