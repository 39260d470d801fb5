"""Tells whoever registered that a caller was refused (403), from the one place that every refusal passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Refusal:
    """`route` is the pattern of the URL, `ids` are the ids in it, `code` is that of the problem."""

    method: str
    route: str
    ids: tuple[str, ...]
    code: str


Listener = Callable[[Refusal], None]
_listeners: list[Listener] = []


def register_refusal_listener(listener: Listener) -> None:
    """Has `listener` called after the transaction of what was refused is over. It must not raise."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_refusal(request: Any, code: str) -> None:
    match = request.resolver_match
    kwargs: Mapping[str, Any] = match.kwargs if match else {}
    ids = tuple(str(value) for value in kwargs.values() if isinstance(value, UUID | int))
    refusal = Refusal(str(request.method), match.route if match else "", ids, code)
    for listener in _listeners:
        listener(refusal)
