"""What can be asked for: GET formats, GET providers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.models import Provider
from designsystem.providers.selection import ProviderSelection


class FormatOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    media_type = serializers.CharField()
    suffix = serializers.CharField()


class ProviderOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    default = serializers.BooleanField()
    available = serializers.BooleanField()
    model = serializers.CharField(allow_null=True)


class FormatsOutput(serializers.Serializer[Any]):
    results = FormatOutput(many=True)


class ProvidersOutput(serializers.Serializer[Any]):
    results = ProviderOutput(many=True)


class CatalogueViewSet(ApiViewSet):
    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=FormatsOutput, summary="Export formats")
    def formats(self, request: Request) -> Response:
        return Response({"results": FormatOutput(list(EXPORTERS.values()), many=True).data})

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=ProvidersOutput, summary="Who can measure")
    def providers(self, request: Request) -> Response:
        selection = ProviderSelection()
        rows = [
            {
                "name": each.value,
                "default": each is selection.default,
                "available": selection.works(each),
                "model": None if each is Provider.LOCAL else selection.settings.model,
            }
            for each in Provider
        ]
        return Response({"results": rows})
