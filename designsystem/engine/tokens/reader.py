"""A DTCG 2025.10 document as a TokenSet: our own whole, with its evidence; anybody else's as far as pictures go."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import cast

from designsystem.engine.tokens.document import DocumentToken, parse, read_tokens
from designsystem.engine.tokens.document_values import CHECKS
from designsystem.engine.tokens.extensions import about_of, evidence_of, said_by, with_extension
from designsystem.engine.tokens.token_set import GROUPS, Alias, Path, Source, Token, TokenSet
from designsystem.engine.values import FULL_RADIUS, Radius, Spacing, Value

MEDIA_TYPE = "application/design-tokens+json"

_GROUPS = {kind: kind for kind in ("color", "typography", "border", "shadow", "gradient")}
_RADIUS_WORDS = re.compile(r"radi(us|i)|corner|round", re.IGNORECASE)
_SPACING_WORDS = re.compile(r"spac|gap|padding|margin|inset|gutter|stack", re.IGNORECASE)
_ROUND = 999.0  # px; from here on a radius is meant to be as round as can be


def from_dtcg(document: object) -> TokenSet:
    """The tokens of `document`: JSON text, or what JSON text became.

    Every token is checked, also those that no picture can show; `notes` says how many of these were left out. A token
    outside of its kind's group keeps its whole path below that group, and a dimension is a radius or a spacing by its
    name. Without a source of our own the source is the document: a digest of its content, no size, ratio 1.
    Raises DocumentError.
    """
    content = parse(document) if isinstance(document, str | bytes) else document
    found = [(token, _value(token)) for token in read_tokens(content)]
    kept = [(token, value) for token, value in found if value is not None]
    paths = _paths([token for token, _ in kept])
    tokens = [_token(token, value, paths) for token, value in kept]
    tokens.sort(key=lambda token: GROUPS.index(token.path[0]))
    source, spacing_base, notes = about_of(content)
    left_out = _left_out([token for token, value in found if value is None])
    return TokenSet(tuple(tokens), source or _source(content), spacing_base, (*notes, *left_out))


def _value(token: DocumentToken) -> Value | None:
    """The value of a token, None where pictures show no such thing. A rule broken is an error in any case."""
    value = CHECKS[token.kind](token.value, f"{token.pointer}/$value")
    if token.kind == "dimension":
        assert isinstance(value, float)
        value = _length(token.path, value)
    elif token.kind not in _GROUPS:
        return None
    return None if value is None else with_extension(cast(Value, value), token)


def _length(path: Path, px: float) -> Radius | Spacing | None:
    """The format has one type for all lengths; only their names tell what they are for."""
    name = "/".join(path)
    if path[0] == "radius" or (path[0] != "spacing" and _RADIUS_WORDS.search(name)):
        return Radius(FULL_RADIUS, full=True) if px >= _ROUND else Radius(px)
    return Spacing(px) if _SPACING_WORDS.search(name) else None


def _paths(tokens: Sequence[DocumentToken]) -> dict[Path, Path]:
    """Where each token stands in the set: below its kind's group; a group's base token is "default" or the like."""
    paths: dict[Path, Path] = {}
    taken: set[Path] = set()
    inner: set[Path] = set()
    for token in tokens:
        group = _GROUPS.get(token.kind) or ("radius" if isinstance(_value(token), Radius) else "spacing")
        below = tuple("default" if part == "$root" else part for part in token.path)
        path = below if below[0] == group and len(below) > 1 else (group, *below)
        number = 2
        while path in taken or path in inner or any(path[:length] in taken for length in range(2, len(path))):
            path = (*path[:-1], f"{below[-1]}-{number}")
            number += 1
        taken.add(path)
        inner.update(path[:length] for length in range(2, len(path)))
        paths[token.path] = path
    return paths


def _token(token: DocumentToken, value: Value, paths: dict[Path, Path]) -> Token:
    """An alias stays one where its target is of the same group in the set, else it becomes the value."""
    path = paths[token.path]
    target = paths.get(token.target) if token.target else None
    if target is not None and target[0] == path[0]:
        return Token(path, Alias(target, said_by(token)), None, token.description)
    return Token(path, value, evidence_of(token, value), token.description)


def _source(content: object) -> Source:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return Source(digest, MEDIA_TYPE, 0, 0, 1.0, pixel_ratio_given=True, pixel_ratio_confidence=1.0)


def _left_out(tokens: Sequence[DocumentToken]) -> list[str]:
    kinds = Counter(token.kind for token in tokens)
    if not kinds:
        return []
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return [f"Left out, because no picture shows them or their names do not say their use: {counted}."]
