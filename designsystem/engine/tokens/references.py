"""References of a DTCG 2025.10 document: `{group.token}` and `{"$ref": "#/pointer"}`, followed without trust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from designsystem.engine.tokens.token_set import Path, legal_name

DEEPEST = 64
_MOST_NODES = 200_000  # a document that needs more has references that multiply
_LONGEST_INDEX = 6  # digits
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")

Json = dict[str, Any]


class DocumentError(ValueError):
    """A document breaks the format. `pointer` (RFC 6901) says where, `detail` is a sentence for people."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or 'the document'}: {detail}")
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Found:
    """A token as it stands in the document, and the type that it has or inherits."""

    node: Json
    kind: str | None


@dataclass(slots=True)
class Budget:
    """How many nodes may still be visited, over all walks of a document."""

    left: int = _MOST_NODES

    def spend(self, path: Path) -> None:
        self.left -= 1
        if self.left < 0 or len(path) > DEEPEST:
            raise DocumentError(pointer_of(path[:4]), "The document is too large or nested too deeply.")


@dataclass(frozen=True, slots=True)
class References:
    """Follows the references of a document whose groups are extended; `tokens` are all of its tokens."""

    root: Json
    tokens: dict[Path, Found]
    budget: Budget

    def content(self, path: Path) -> tuple[Any, str | None]:
        """The value of a token as plain JSON, and its type: its own, or that of the token it is an alias of."""
        through: list[Path] = []
        while (target := self.target(self.tokens[path].node)) is not None:
            through.append(path)
            if target not in self.tokens:
                raise DocumentError(pointer_of(path), f"There is no token {'.'.join(target)}.")
            if target in through:
                raise DocumentError(pointer_of(path), "The token refers to itself.")
            path = target
        found = self.tokens[path]
        return self._plain(_value(found.node), (*path, "$value"), ()), found.kind

    def target(self, node: Json) -> Path | None:
        """The token that `node` is an alias of: by braces, or by a pointer at a token or at its whole value."""
        value = _value(node)
        if isinstance(value, str) and is_alias(value):
            return tuple(value[1:-1].split("."))
        if not (isinstance(value, dict) and set(value) == {"$ref"} and _is_pointer(value["$ref"])):
            return None
        parts = pointer_parts(value["$ref"])
        parts = parts[:-1] if parts[-1] == "$value" else parts
        return parts if parts in self.tokens else None

    def _plain(self, value: Any, at: Path, through: tuple[Path, ...]) -> Any:
        """`value` with every reference inside replaced by what it refers to; `through` are those being followed."""
        self.budget.spend(at)
        if isinstance(value, str) and is_alias(value):
            return self._followed((*value[1:-1].split("."), "$value"), at, through)
        if isinstance(value, dict) and "$ref" in value:
            if set(value) != {"$ref"} or not _is_pointer(value["$ref"]):
                raise DocumentError(pointer_of(at), "A $ref stands alone and begins with #/.")
            return self._followed(pointer_parts(value["$ref"]), at, through)
        if isinstance(value, dict):
            if "colorSpace" in value or "unit" in value:
                _check_no_braces(value, at)
            return {key: self._plain(part, (*at, key), through) for key, part in value.items()}
        if isinstance(value, list):
            return [self._plain(part, (*at, str(place)), through) for place, part in enumerate(value)]
        return value

    def _followed(self, location: Path, at: Path, through: tuple[Path, ...]) -> Any:
        if location in through:
            raise DocumentError(pointer_of(at), "The reference leads back to itself.")
        if len(through) >= DEEPEST:
            raise DocumentError(pointer_of(at), "The references are nested too deeply.")
        through = (*through, location)
        node: Any = self.root
        for part in location:
            if _is_reference(node):  # the way leads through an alias
                node = self._plain(node, at, through)
            whole = part == "$value" and isinstance(node, dict) and is_token(node)
            node = _value(node) if whole else _member(node, part)
            if node is None:
                raise DocumentError(pointer_of(at), f"There is nothing at #{pointer_of(location)}.")
        return self._plain(_value(node) if isinstance(node, dict) and is_token(node) else node, at, through)


def is_token(node: Json) -> bool:
    return "$value" in node or "$ref" in node


def is_alias(text: str) -> bool:
    """Whether a string is a reference in braces; `$root` may be its last part."""
    if len(text) < 3 or text[0] != "{" or text[-1] != "}":
        return False
    parts = text[1:-1].removesuffix(".$root").split(".")
    return all(map(legal_name, parts))


def pointer_of(path: Path) -> str:
    """The JSON Pointer (RFC 6901) of a path."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)


def pointer_parts(reference: str) -> Path:
    """The path of `#/a/b`, a JSON Pointer as a URI fragment: percent escapes first, then `~1` and `~0`."""
    decoded = _PERCENT.sub(
        lambda found: bytes.fromhex(found.group().replace("%", "")).decode(errors="replace"), reference
    )
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in decoded[2:].split("/"))


def _value(node: Json) -> Any:
    """What a token says its value is: `$value`, or the reference that stands in its place."""
    return node["$value"] if "$value" in node else {"$ref": node.get("$ref")}


def _is_pointer(reference: object) -> bool:
    return isinstance(reference, str) and reference.startswith("#/")


def _is_reference(node: Any) -> bool:
    return (isinstance(node, str) and is_alias(node)) or (isinstance(node, dict) and set(node) == {"$ref"})


def _check_no_braces(value: Json, at: Path) -> None:
    """Braces stand for a whole token, and no token is a part of a colour or of a length."""
    for key, part in value.items():
        if isinstance(part, str) and is_alias(part):
            raise DocumentError(pointer_of((*at, key)), "Only a $ref can refer to a part of a value.")


def _member(node: Any, part: str) -> Any:
    if isinstance(node, dict):
        return node.get(part)
    if isinstance(node, list) and part.isdecimal() and len(part) <= _LONGEST_INDEX and int(part) < len(node):
        return node[int(part)]
    return None
