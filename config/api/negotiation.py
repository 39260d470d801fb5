"""Which renderer answers: DRF's rules, without its work where there is nothing to choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_ANYTHING = (None, "", "*/*")


class OneRendererNegotiation(DefaultContentNegotiation):
    """Nearly every endpoint gives JSON alone, and most clients take what comes."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        [first, *others] = renderers
        if others or format_suffix or request.META.get("HTTP_ACCEPT") not in _ANYTHING:
            return super().select_renderer(request, renderers, format_suffix)
        return first, first.media_type
