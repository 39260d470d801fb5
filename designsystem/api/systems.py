"""Design systems: GET, POST systems; GET, PATCH, DELETE systems/{id}."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input, LineField
from config.rate_limits import Rate
from designsystem.api.system_access import system_of
from designsystem.models import DesignSystem, MemberRole
from designsystem.services.design_systems import DesignSystemService


class SystemChange(Input):
    name = LineField(max_length=200, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True, trim_whitespace=False)


class SystemInput(SystemChange):
    name = LineField(max_length=200)


class SystemOutput(serializers.ModelSerializer[DesignSystem]):
    role = serializers.ChoiceField(
        MemberRole.choices, source="role_of_caller", read_only=True, help_text="What you are to it."
    )

    class Meta:
        model = DesignSystem
        fields = ("id", "name", "description", "owner", "role", "created_at", "updated_at")
        read_only_fields = fields


class SystemViewSet(ApiViewSet):
    serializer_class = SystemOutput
    queryset = DesignSystem.objects.none()

    def get_queryset(self) -> Any:
        return DesignSystem.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        idempotent=True,
        request=SystemInput,
        responses={201: SystemOutput},
        summary="Create a design system",
    )
    def create(self, request: Request) -> Response:
        system = DesignSystemService().create(user_of(request), **SystemInput.read(request.data))
        location = f"/api/design-system/systems/{system.pk}"
        return Response(SystemOutput(system).data, status=201, headers={"Location": location})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=SystemOutput(many=True),
        summary="Your design systems",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(SystemOutput(page, many=True).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=SystemOutput, summary="One design system")
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(SystemOutput(system_of(request, id)).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=SystemChange,
        responses=SystemOutput,
        summary="Change a design system",
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Response:
        changes = SystemChange.read(request.data)
        return Response(
            SystemOutput(DesignSystemService().change(system_of(request, id, MemberRole.EDITOR), changes)).data
        )

    @operation(permissions=[IsAuthenticated], rate=Rate.WRITE, responses={204: None}, summary="Delete a design system")
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        DesignSystemService().delete(system_of(request, id, MemberRole.OWNER))
        return Response(status=204)
