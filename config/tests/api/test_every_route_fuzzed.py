"""Every operation of the document meets generated requests, from a stranger and from somebody who may do everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db.backends.base.base import BaseDatabaseWrapper
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings

from config import rate_limits
from config.orchestrator import get_orchestrator
from config.services.api import ApiConfigService

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is missing: no requests are generated")
checks = pytest.importorskip("schemathesis.checks")
conformance = pytest.importorskip("schemathesis.specs.openapi.checks")

pytestmark = pytest.mark.django_db

EXAMPLES = 4  # of each operation and caller; `test_fuzzing` goes deeper where time allows
CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
WRITTEN = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
OPERATIONS = [(path, method.upper()) for path, methods in WRITTEN["paths"].items() for method in methods]
DOCUMENT = schemathesis.openapi.from_dict(WRITTEN)
APPLICATION = WSGIHandler()


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document, and the application behind it, which keeps its connection to the database after a request."""
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda connection: None)
    DOCUMENT.app = APPLICATION
    return DOCUMENT


@pytest.fixture
def headers_of(
    staff: Any, signed_in: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, str]]:
    unlimited = dataclasses.replace(get_orchestrator(), api_service=ApiConfigService(throttling=False))
    monkeypatch.setattr(rate_limits, "get_orchestrator", lambda: unlimited)
    staff.is_superuser = True
    staff.save()

    def headers(caller: str) -> dict[str, str]:
        if caller == "a stranger":
            return {}
        return {"Authorization": signed_in(staff)._credentials["HTTP_AUTHORIZATION"]}

    return headers


@pytest.mark.parametrize("caller", ["a stranger", "an owner"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_an_operation_answers_as_its_document_says(
    path: str, method: str, caller: str, document: Any, headers_of: Callable[[str], dict[str, str]]
) -> None:
    operation = document[path][method]
    written = set(operation.definition.raw["responses"])
    headers = headers_of(caller)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def ask(case: Any) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)
        # refusals share one shape, the default; what succeeds is written down one by one
        assert response.status_code >= 400 or str(response.status_code) in written

    ask()
