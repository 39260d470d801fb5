"""One declaration an endpoint: who may call it, how often, what it takes and gives. What is undeclared is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer
from rest_framework.viewsets import GenericViewSet

from config.api.declaration import Declaration
from config.api.filtering import ListFilter
from config.api.idempotency import HEADER
from config.api.idempotency import idempotent as made_idempotent
from config.api.throttling import count_call, count_refusal, rate_limit_headers
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate

_IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="Repeat a request with the same key to get the same answer."
)
_NOTHING_TO_LOAD = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
Handler = TypeVar("Handler", bound=Callable[..., HttpResponseBase])


def operation(
    *,
    permissions: Sequence[type[BasePermission]],
    rate: Rate,
    idempotent: bool = False,
    filters: type[ListFilter] | None = None,
    **schema: Any,
) -> Callable[[Handler], Handler]:
    """Declare a handler of an `ApiViewSet`; `schema` goes to drf-spectacular's `extend_schema`.

    `responses` that name no status are of 200. `request=None` has a body refused. With `idempotent`, an
    Idempotency-Key header makes repeating the call safe. `filters` are what a list may be asked for.
    """

    def declared(handler: Handler) -> Handler:
        wrapped: Any = made_idempotent(cast(Callable[..., Response], handler)) if idempotent else handler
        if idempotent:
            schema["parameters"] = [*schema.get("parameters", ()), _IDEMPOTENCY_KEY]
        if filters is not None:
            schema["parameters"] = [*schema.get("parameters", ()), filters]
        if "responses" in schema and not isinstance(schema["responses"], dict):
            # drf-spectacular would guess the status by the method's or the handler's name
            schema["responses"] = {200: schema["responses"]}
        wrapped = extend_schema(**schema)(wrapped)
        wrapped.declaration = Declaration(
            tuple(permissions),
            rate,
            idempotent,
            takes_body=schema.get("request", True) is not None,
            parameters=frozenset(_query_parameters(schema)),
            filters=filters,
        )
        return wrapped  # type: ignore[no-any-return]  # the same signature

    return declared


class ApiViewSet(GenericViewSet[Any]):
    """The base of every endpoint. Its handlers are named in the route table and declared with `operation`."""

    # OPTIONS describes nothing: the OpenAPI document does, and CORS has its middleware
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    @property
    def declaration(self) -> Declaration | None:
        """Of the handler that answers, None when it has none."""
        handler = getattr(self, self.action or "", None)
        return getattr(handler, "declaration", None)

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page of the rows that were asked for, by the filters of the operation."""
        filters = self.declaration.filters if self.declaration else None
        rows = queryset if filters is None else filters.narrowed(queryset, self.request.query_params)
        return super().paginate_queryset(rows)

    def get_permissions(self) -> Any:
        return [each() for each in self.declaration.permissions] if self.declaration else [_Undeclared()]

    def perform_authentication(self, request: Request) -> None:
        """Limits stand behind it: whoever keeps failing is refused, and every caller is counted."""
        if not self.action or not hasattr(self, self.action):
            raise exceptions.MethodNotAllowed(str(request.method))
        try:
            super().perform_authentication(request)
        except exceptions.AuthenticationFailed:
            count_refusal(request)
            raise
        if self.declaration is not None:
            count_call(request, self.declaration.rate)
            if not self.declaration.takes_body and request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
                raise DomainError("unexpected_body", "This operation takes no body.", Kind.INVALID)
            _refuse_unknown_parameters(request, self.declaration)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_limit_headers(request).items():
            response.headers[name] = value
        # one constant, stricter than the pages' policy
        response.headers.setdefault("Content-Security-Policy", _NOTHING_TO_LOAD)
        return response


def _query_parameters(schema: dict[str, Any]) -> Iterator[str]:
    """The names that the document tells; lists are paged, which it knows by itself."""
    for each in schema.get("parameters", ()):
        if not isinstance(each, OpenApiParameter):
            yield from each().fields
        elif each.location == OpenApiParameter.QUERY:
            yield each.name
    if any(isinstance(each, ListSerializer) for each in schema.get("responses", {}).values()):
        yield from ("cursor", "page_size")


def _refuse_unknown_parameters(request: Request, declaration: Declaration) -> None:
    """A filter with a slip of the pen would be no filter, and its answer everything."""
    unknown = [name for name in request.query_params if name not in declaration.parameters]
    if unknown:
        known = ", ".join(sorted(declaration.parameters)) or "none"
        detail = f"There is no such parameter; there are: {known}."
        errors = [FieldError(f"/{name}", "unknown_field", detail) for name in unknown]
        raise DomainError("invalid", "The address has parameters that mean nothing here.", Kind.INVALID, errors=errors)


class _Undeclared(BasePermission):
    code = "undeclared_operation"
    message = "This operation declares no permission."

    def has_permission(self, request: Request, view: Any) -> bool:
        return False
