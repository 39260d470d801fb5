"""GET systems/{id}/diff?from=&to=: what changed between two versions, in the words of a design system."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.operation import operation
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.system_access import system_of
from designsystem.api.versions import MAX_NUMBER, VersionViewSet, numbered
from designsystem.engine.tokens.difference import Unit
from designsystem.engine.tokens.drift import ChangeKind
from designsystem.services.comparisons import changes_between


class DiffQuery(Input):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: serializers.IntegerField(min_value=1, max_value=MAX_NUMBER) for name in ("from", "to")}


@extend_schema_field({"description": "a value of DTCG 2025.10, or a reference to another token"})
class TokenValueField(serializers.JSONField):
    """Whatever the format allows for a token of its type."""


class SideOutput(serializers.Serializer[Any]):
    path = serializers.CharField()
    value = TokenValueField()


class PartOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    distance = serializers.FloatField()
    unit = serializers.ChoiceField([each.value for each in Unit])


class ChangeOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([each.value for each in ChangeKind])
    before = SideOutput(allow_null=True)
    after = SideOutput(allow_null=True)
    parts = PartOutput(many=True)


class DiffOutput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.IntegerField(),
            "to": serializers.IntegerField(),
            "changes": ChangeOutput(many=True),
        }


class VersionDiffViewSet(VersionViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[
            OpenApiParameter(name, {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}, required=True)
            for name in ("from", "to")
        ],
        responses=DiffOutput,
        summary="What changed between two versions",
    )
    def diff(self, request: Request, id: uuid.UUID) -> Response:
        given = DiffQuery.read(request.query_params)
        system = system_of(request, id)
        before, after = (numbered(system, given[name], f"/{name}") for name in ("from", "to"))
        changes = changes_between(before, after)
        return Response(DiffOutput({**given, "changes": changes}).data)
