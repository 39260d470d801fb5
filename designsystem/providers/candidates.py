"""What was measured, as numbered candidates: the model speaks of ids, and of nothing that no pixel supports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designsystem.engine.exporters.css_values import css
from designsystem.engine.tokens.token_set import Alias, Path, TokenSet

_MOST_BOXES = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """One measured token: `id` is ours ("c1"), `kind` its group, `boxes` in px of the model's picture."""

    id: str
    path: Path
    kind: str
    value: str
    boxes: tuple[tuple[int, int, int, int], ...]
    share: float


def candidates(token_set: TokenSet, factor: float) -> tuple[Candidate, ...]:
    """Every measured token, in the document's order; aliases are roles, which the model is asked for."""
    return tuple(_candidates(token_set, factor))


def as_json(found: tuple[Candidate, ...]) -> str:
    """The candidates for the prompt: compact, ASCII, the same bytes for the same tokens."""
    rows = [
        {"id": each.id, "kind": each.kind, "value": each.value, "share": round(each.share, 4), "boxes": each.boxes}
        for each in found
    ]
    return json.dumps(rows, separators=(",", ":"))


def by_id(found: tuple[Candidate, ...]) -> Mapping[str, Candidate]:
    return {each.id: each for each in found}


def _candidates(token_set: TokenSet, factor: float) -> Iterator[Candidate]:
    number = 0
    for token in token_set:
        if isinstance(token.value, Alias) or token.evidence is None:
            continue
        number += 1
        boxes = tuple(
            (round(box.x * factor), round(box.y * factor), round(box.width * factor), round(box.height * factor))
            for box in token.evidence.boxes[:_MOST_BOXES]
        )
        yield Candidate(f"c{number}", token.path, token.path[0], css(token.value), boxes, token.evidence.share)
