"""Members of a design system: GET systems/{id}/members; PUT, DELETE systems/{id}/members/{user}."""

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
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.system_access import system_of
from designsystem.models import DesignSystemGrant, MemberRole
from designsystem.services.members import MemberService


class MemberInput(Input):
    role = serializers.ChoiceField(MemberRole.choices)


class MemberOutput(serializers.Serializer[DesignSystemGrant]):
    user = serializers.UUIDField(source="user_id")
    name = serializers.CharField(source="user.name", allow_null=True, help_text="As they call themselves.")
    role = serializers.ChoiceField(MemberRole.choices)
    created_at = serializers.DateTimeField(help_text="Since when they are a member.")


class MemberViewSet(ApiViewSet):
    serializer_class = MemberOutput
    queryset = DesignSystemGrant.objects.none()

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=MemberOutput(many=True),
        summary="Members beside the account that it belongs to",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        members = DesignSystemGrant.members(system_of(request, id)).select_related("user")
        page: Any = self.paginate_queryset(members)
        return self.get_paginated_response(MemberOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=MemberInput,
        responses=MemberOutput,
        summary="Share with somebody, or change their role",
        description="`user` is the `id` that GET /api/auth/me tells them. Takes the role of owner.",
    )
    def update(self, request: Request, id: uuid.UUID, user: uuid.UUID) -> Response:
        system = system_of(request, id, MemberRole.OWNER)
        role = MemberRole(MemberInput.read(request.data)["role"])
        return Response(MemberOutput(MemberService().set_role(system, user, role)).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        summary="Stop sharing with somebody, or leave",
        description="Owners remove anybody; everybody may remove themselves.",
    )
    def destroy(self, request: Request, id: uuid.UUID, user: uuid.UUID) -> Response:
        leaves = user == user_of(request).pk
        MemberService().remove(system_of(request, id, MemberRole.VIEWER if leaves else MemberRole.OWNER), user)
        return Response(status=204)
