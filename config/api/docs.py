"""The OpenAPI document and the page that shows it, with assets of our own and nothing inline."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView

from config.orchestrator import get_orchestrator

schema = SpectacularAPIView.as_view()


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI; 404 where the configuration turns it off."""
    if not get_orchestrator().api_service.docs:
        raise Http404
    return render(request, "config/docs.html")
