"""Baselines of a design system: GET systems/{id}/baselines, those that hold now or the whole history."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.system_access import system_of
from designsystem.models import Baseline


class BaselineOutput(serializers.ModelSerializer[Baseline]):
    class Meta:
        model = Baseline
        fields: tuple[str, ...] = (
            "id",
            "name",
            "number",
            "image",
            "validation",
            "reason",
            "approved_by",
            "created_at",
        )
        read_only_fields = fields


class BaselineFilter(Input):
    name = serializers.CharField(required=False, trim_whitespace=False)
    history = serializers.BooleanField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class BaselineViewSet(ApiViewSet):
    serializer_class = BaselineOutput
    queryset = Baseline.objects.none()

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("name", str, description="Of one screen alone."),
            OpenApiParameter("history", bool, description="Also those that were replaced."),
        ],
        responses=BaselineOutput(many=True),
        summary="Baselines of a design system",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        wanted = BaselineFilter.read(request.query_params)
        found = Baseline.objects.filter(design_system=system_of(request, id))
        if not wanted.get("history"):
            found = found.current()
        if "name" in wanted:
            found = found.filter(name=wanted["name"])
        page = self.paginate_queryset(found)
        return self.get_paginated_response(BaselineOutput(page, many=True).data)
