"""Every route under /api/ declares who may call it, how often, and what it takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from config.api.declaration import Declaration
from config.api.operation import ApiViewSet

# of the framework, read-only and public: the document itself and the page that shows it
EXEMPT = {"api/schema", "api/docs"}


def operations() -> Iterator[tuple[str, str, Any]]:
    """(route, method, handler) of every operation in the route table; no handler where a view has none declared."""
    for route, callback in _patterns(get_resolver().url_patterns):
        if not route.startswith("api/") or route in EXEMPT:
            continue
        view = getattr(callback, "cls", None)
        if view is None or not issubclass(view, ApiViewSet):
            yield route, "any", None
            continue
        for method, name in callback.actions.items():
            if method != "head":
                yield route, method, getattr(view, name)


def _patterns(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        else:
            yield route, each.callback


OPERATIONS = list(operations())


@pytest.mark.parametrize(
    ("route", "method", "handler"), OPERATIONS, ids=[f"{method} {route}" for route, method, _ in OPERATIONS]
)
def test_an_operation_is_declared(route: str, method: str, handler: Any) -> None:
    declaration = getattr(handler, "declaration", None)
    assert isinstance(declaration, Declaration), f"{method} {route} lacks config.api.operation.operation"
    assert declaration.permissions, f"{method} {route} names no permission"


def test_every_operation_stands_in_the_document_with_a_summary_and_an_answer() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    documented = {
        (path, method): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not path.startswith("/api/schema")
    }
    assert len(documented) == len(OPERATIONS)
    for where, operation in documented.items():
        assert operation.get("summary") or operation.get("description"), f"{where} says nothing of itself"
        assert any(status.startswith("2") for status in operation["responses"]), f"{where} has no good answer"
