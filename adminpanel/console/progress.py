"""Long work as people watch it: how far it is, asked for every second by `progress.js` until it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import JsonResponse


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` pieces; `counts` by outcome; `over` once nothing more will come."""

    state: str
    done: int
    total: int
    counts: Mapping[str, int]
    over: bool

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 100

    def as_json(self) -> JsonResponse:
        return JsonResponse(
            {
                "state": self.state,
                "done": self.done,
                "total": self.total,
                "counts": dict(self.counts),
                "over": self.over,
            },
            headers={"Cache-Control": "no-store"},
        )
