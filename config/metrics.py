"""GET /metrics for Prometheus: what this process counted, and what the apps measure when they are asked."""

from __future__ import annotations

import hmac
from ipaddress import ip_network

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from config.api.client_address import client_address
from config.api.problems import problem_response
from config.orchestrator import get_orchestrator
from config.request_metrics import REGISTRY


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of LOUPE_API_METRICS_TOKEN, or a caller in LOUPE_API_METRICS_NETWORKS; 404 for anybody else."""
    if not _allowed(request):
        return problem_response(request, 404, "not_found", "There is nothing here.")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _allowed(request: HttpRequest) -> bool:
    settings = get_orchestrator().api_service
    if settings.metrics_token is not None:
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {settings.metrics_token.get_secret_value()}".encode()):
            return True
    address = client_address(request)
    return address is not None and any(address in ip_network(each, strict=False) for each in settings.metrics_networks)
