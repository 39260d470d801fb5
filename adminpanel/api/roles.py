"""Roles: what staff may do. Nobody hands on what they lack, and built-in roles stay as they are."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Count
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import Role
from accounts.services.role_losses import NAMED, Loss, RoleLosses, role_losses
from accounts.services.roles import RoleService
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonField, ReasonInput
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate

_ID = [OpenApiParameter("id", int, OpenApiParameter.PATH)]


class RoleInput(Input):
    name = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}\Z", help_text="Letters, digits, space and _.-")
    description = serializers.CharField(max_length=500, allow_blank=True, default="")
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=200, help_text='As "app.codename".'
    )
    needs_mfa = serializers.BooleanField(default=True, help_text="Holders must have a second factor.")
    needs_step_up = serializers.BooleanField(default=True, help_text="Using it asks for a recent log-in.")
    reason = ReasonField()


class RoleChange(Input):
    """What is not given stays."""

    name = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}\Z", required=False)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    permissions = serializers.ListField(child=serializers.CharField(max_length=200), max_length=200, required=False)
    needs_mfa = serializers.BooleanField(required=False)
    needs_step_up = serializers.BooleanField(required=False)
    reason = ReasonField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys() == {"reason"}:
            raise serializers.ValidationError("Give at least one field.", code="empty")
        return attrs


class RolePreview(Input):
    """What the role would be; without permissions, as if it were deleted."""

    permissions = serializers.ListField(child=serializers.CharField(max_length=200), max_length=200, required=False)


class LossOutput(serializers.Serializer[Loss]):
    user = serializers.UUIDField()
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text="What the account has from nowhere else."
    )
    is_staff_after = serializers.BooleanField()


class RoleLossesOutput(serializers.Serializer[RoleLosses]):
    holders = serializers.IntegerField(help_text="How many people have the role.")
    leaving_staff = serializers.IntegerField(help_text="How many of them have no other.")
    losses = LossOutput(many=True, help_text=f"Of the first {NAMED} holders, those who lose something.")


class RoleOutput(serializers.Serializer[Role]):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="group.name")
    description = serializers.CharField()
    built_in = serializers.BooleanField()
    needs_mfa = serializers.BooleanField()
    needs_step_up = serializers.BooleanField()
    permissions = serializers.SerializerMethodField()
    holders = serializers.IntegerField(help_text="How many people have it.")

    def get_permissions(self, role: Role) -> list[str]:
        held = role.group.permissions.all()
        return sorted(f"{each.content_type.app_label}.{each.codename}" for each in held)


class PermissionOutput(serializers.Serializer[Permission]):
    permission = serializers.CharField()
    description = serializers.CharField()


class Permissions(serializers.Serializer[Any]):
    results = PermissionOutput(many=True)


class Roles(serializers.Serializer[Any]):
    results = RoleOutput(many=True)


class RoleViewSet(ApiViewSet):
    @operation(
        permissions=staff_with("accounts.view_role"),
        rate=Rate.READ,
        responses=Roles,
        operation_id="adminListRoles",
        summary="Every role with its permissions",
    )
    def every(self, request: Request) -> Response:  # not "list": drf-spectacular would document an array of these
        return Response({"results": RoleOutput(_roles().order_by("-built_in", "group__name"), many=True).data})

    @operation(
        permissions=staff_with("accounts.add_role"),
        rate=Rate.WRITE,
        idempotent=True,
        request=RoleInput,
        responses={201: RoleOutput},
        operation_id="adminCreateRole",
        summary="Make a role of permissions that you hold yourself",
    )
    def create(self, request: Request) -> Response:
        role = RoleService().create(user_of(request), **RoleInput.read(request.data))
        return Response(_shown(role.pk), status=201)

    @operation(
        permissions=staff_with("accounts.view_role"),
        rate=Rate.READ,
        responses=Permissions,
        operation_id="adminListPermissions",
        summary="What you can put into a role: the permissions that you hold",
    )
    def permissions(self, request: Request) -> Response:
        held = user_of(request).get_all_permissions()
        rows = Permission.objects.select_related("content_type").order_by("content_type__app_label", "codename")
        named = ((f"{row.content_type.app_label}.{row.codename}", row.name) for row in rows)
        return Response({"results": [{"permission": key, "description": name} for key, name in named if key in held]})

    @operation(
        permissions=staff_with("accounts.view_role"),
        rate=Rate.READ,
        parameters=_ID,
        responses=RoleOutput,
        operation_id="adminRole",
        summary="One role",
    )
    def retrieve(self, request: Request, id: int) -> Response:
        return Response(_shown(id))

    @operation(
        permissions=staff_with("accounts.change_role"),
        rate=Rate.WRITE,
        parameters=_ID,
        request=RoleChange,
        responses=RoleOutput,
        operation_id="adminChangeRole",
        summary="Change a role of your own making; it bites on the next request of its holders",
    )
    def partial_update(self, request: Request, id: int) -> Response:
        given = RoleChange.read(request.data)
        RoleService().change(user_of(request), get_object_or_404(Role, pk=id), **given)
        return Response(_shown(id))

    @operation(
        permissions=staff_with("accounts.delete_role"),
        rate=Rate.WRITE,
        parameters=[*_ID, OpenApiParameter("reason", str, required=True, description="Stays in the trail for good.")],
        responses={204: None},
        operation_id="adminDeleteRole",
        summary="Delete a role of your own making; nobody holds it any more",
    )
    def destroy(self, request: Request, id: int) -> Response:
        reason = ReasonInput.read(request.query_params)["reason"]  # a body of DELETE does not pass every proxy
        RoleService().delete(user_of(request), get_object_or_404(Role, pk=id), reason)
        return Response(status=204)

    @operation(
        permissions=staff_with("accounts.change_role"),
        rate=Rate.READ,
        parameters=_ID,
        request=RolePreview,
        responses=RoleLossesOutput,
        operation_id="adminPreviewRole",
        summary="Who would lose what, were the role changed to this or deleted; nothing is done",
    )
    def preview(self, request: Request, id: int) -> Response:
        after = RolePreview.read(request.data).get("permissions")
        return Response(RoleLossesOutput(role_losses(get_object_or_404(Role, pk=id), after)).data)


def _roles() -> Any:
    counted = Role.objects.select_related("group").prefetch_related("group__permissions__content_type")
    return counted.annotate(holders=Count("group__user"))


def _shown(id: int) -> Any:
    return RoleOutput(get_object_or_404(_roles(), pk=id)).data
