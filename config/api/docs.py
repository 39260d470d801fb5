"""The OpenAPI document and the page that shows it, with assets of our own and nothing inline."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView

from config.orchestrator import get_orchestrator

_document = SpectacularAPIView.as_view()


@require_safe
def schema(request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI document; 404 where the configuration turns it off."""
    _required()
    return _document(request)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI; 404 where the configuration turns it off."""
    _required()
    return render(request, "config/docs.html")


def _required() -> None:
    if not get_orchestrator().api_service.docs:
        raise Http404
