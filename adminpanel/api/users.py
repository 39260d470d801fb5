"""Accounts as staff see them: masked in lists and alone, in clear only with a reason that stays in the trail."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.identifiers import canonical_email, canonical_phone
from accounts.models import Identifier, User
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonField, ReasonInput
from adminpanel.masking import masked_email, masked_name, masked_phone
from adminpanel.services.user_administration import UserAdministration, sessions_of
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate

STATES: dict[str, dict[str, Any]] = {
    "active": {"is_active": True},
    "suspended": {"is_active": False},
    "staff": {"is_staff": True},
    "unverified": {"email_verified_at__isnull": True},
}
_VIEW = "accounts.view_user"


class UserFilter(Input):
    state = serializers.ChoiceField(list(STATES), required=False)
    created_since = serializers.DateTimeField(required=False)
    created_until = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class UserSearch(Input):
    """Exactly one of the two. In the body and not in the address: addresses of requests end up in logs."""

    email = serializers.CharField(max_length=320, required=False)
    phone = serializers.CharField(max_length=64, required=False, help_text="With the leading plus (E.164).")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Give either email or phone.", code="one_of_two")
        return attrs


class UserChange(Input):
    name = serializers.CharField(max_length=200, allow_blank=True, allow_null=True)
    reason = ReasonField()


class AdministeredUser(serializers.Serializer[User]):
    """What `shown` gives; e-mail address, phone number and name are masked."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField(help_text="False while suspended.")
    locked = serializers.BooleanField(help_text="Waits because of failed passwords.")
    is_staff = serializers.BooleanField()
    roles = serializers.ListField(child=serializers.CharField())
    email_verified_at = serializers.DateTimeField(allow_null=True)
    phone_verified_at = serializers.DateTimeField(allow_null=True)
    password_changed_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class AdministeredUserDetail(AdministeredUser):
    sessions = serializers.IntegerField(help_text="Devices that are signed in.")


class SearchResult(serializers.Serializer[Any]):
    results = AdministeredUser(many=True)


class RevealedUser(serializers.Serializer[User]):
    id = serializers.UUIDField()
    email = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)


class UserViewSet(ApiViewSet):
    serializer_class = AdministeredUser
    queryset = User.objects.none()

    def get_queryset(self) -> Any:
        return User.objects.prefetch_related("groups")

    @operation(
        permissions=staff_with(_VIEW),
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("state", str, enum=list(STATES)),
            OpenApiParameter("created_since", str, description="RFC 3339"),
            OpenApiParameter("created_until", str, description="RFC 3339, exclusive"),
        ],
        responses=AdministeredUser(many=True),
        operation_id="adminListUsers",
        summary="Accounts, newest first, masked",
    )
    def list(self, request: Request) -> Response:
        wanted = UserFilter.read(request.query_params)
        rows = self.get_queryset().filter(**STATES.get(wanted.get("state", ""), {}))
        if "created_since" in wanted:
            rows = rows.filter(created_at__gte=wanted["created_since"])
        if "created_until" in wanted:
            rows = rows.filter(created_at__lt=wanted["created_until"])
        return self.get_paginated_response(shown(self.paginate_queryset(rows) or []))

    @operation(
        permissions=staff_with(_VIEW),
        rate=Rate.READ,
        request=UserSearch,
        responses=SearchResult,
        operation_id="adminSearchUsers",
        summary="The account with exactly this e-mail address or phone number",
    )
    def search(self, request: Request) -> Response:
        ((field, text),) = UserSearch.read(request.data).items()
        canonical = {"email": canonical_email, "phone": canonical_phone}[field]
        try:
            found = User.objects.by_identifier(Identifier(field), canonical(text))
        except ValueError:
            raise serializers.ValidationError({field: "This is none."}, code="invalid") from None
        return Response({"results": shown([found] if found else [])})

    @operation(
        permissions=staff_with(_VIEW),
        rate=Rate.READ,
        responses=AdministeredUserDetail,
        operation_id="adminUser",
        summary="One account, masked",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(detail(get_object_or_404(self.get_queryset(), pk=id)))

    @operation(
        permissions=staff_with("accounts.change_user"),
        rate=Rate.WRITE,
        request=UserChange,
        responses=AdministeredUserDetail,
        operation_id="adminChangeUser",
        summary="Change the name of an account",
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Response:
        given = UserChange.read(request.data)
        return Response(detail(UserAdministration().rename(user_of(request), id, given["name"], given["reason"])))

    @operation(
        permissions=staff_with("accounts.reveal_personal_data"),
        rate=Rate.WRITE,
        request=ReasonInput,
        responses=RevealedUser,
        operation_id="adminRevealUser",
        summary="Personal data in clear; who looked and why stays in the trail",
    )
    def reveal(self, request: Request, id: uuid.UUID) -> Response:
        reason = ReasonInput.read(request.data)["reason"]
        return Response(RevealedUser(UserAdministration().reveal(user_of(request), id, reason)).data)


def shown(users: Sequence[User]) -> list[dict[str, Any]]:
    """What lists show of each."""
    locked = UserAdministration().locked_among(users)
    return [_masked(user, user.pk in locked) for user in users]


def detail(user: User) -> dict[str, Any]:
    """What is shown of one."""
    return {**shown([user])[0], "sessions": sessions_of(user)}


def _masked(user: User, locked: bool) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": masked_email(user.email),
        "phone": masked_phone(user.phone),
        "name": masked_name(user.name),
        "is_active": user.is_active,
        "locked": locked,
        "is_staff": user.is_staff,
        "roles": sorted(group.name for group in user.groups.all()),
        "email_verified_at": user.email_verified_at,
        "phone_verified_at": user.phone_verified_at,
        "password_changed_at": user.password_changed_at,
        "created_at": user.created_at,
    }
