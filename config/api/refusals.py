"""Tells whoever registered that a caller was refused, from the one place that every refusal passes.

What hides behind a 404 is asked for and told when the answer has been sent, so that its time does not tell a thing of
somebody else from one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase


@dataclass(frozen=True, slots=True)
class Refusal:
    """`route` is the pattern of the URL, `ids` are the ids in it, `code` is that of the problem. `hidden` is None for
    who was told that they may not (403), else the rows, perhaps none, that a 404 hides: a query, not asked yet.
    """

    method: str
    route: str
    ids: tuple[str, ...]
    code: str
    hidden: QuerySet[Any] | None = None


Listener = Callable[[Refusal], None]
_listeners: list[Listener] = []


def register_refusal_listener(listener: Listener) -> None:
    """Has `listener` called after the transaction of what was refused is over. It must not raise."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_refusal(request: Any, code: str, hidden: QuerySet[Any] | None = None) -> None:
    """Now."""
    match = request.resolver_match
    kwargs: Mapping[str, Any] = match.kwargs if match else {}
    ids = tuple(str(value) for value in kwargs.values() if isinstance(value, UUID | int))
    refusal = Refusal(str(request.method), match.route if match else "", ids, code, hidden)
    for listener in _listeners:
        listener(refusal)


def tell_when_answered(response: HttpResponseBase, request: Any, code: str, hidden: QuerySet[Any]) -> None:
    """When `response` is closed, in the context of now: who acts and from where is over by then."""
    run, todo = copy_context().run, response._resource_closers  # type: ignore[attr-defined]  # the stubs leave it out
    todo.append(lambda: run(tell_refusal, request, code, hidden))
