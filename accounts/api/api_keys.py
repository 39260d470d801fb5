"""GET, POST api-keys; PATCH, DELETE api-keys/{id}; POST api-keys/{id}/rotate."""

from __future__ import annotations

import uuid
from ipaddress import ip_network
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.step_up import RecentLogin
from accounts.models import ApiKey, Scope
from accounts.services.api_keys import MAX_DAYS, MAX_OVERLAP_SECONDS, ApiKeyService, NewKey
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input, LineField
from config.rate_limits import Rate

_ONCE = "The answer is the only place where the key itself stands: keep it, it is never shown again."


class NetworkField(serializers.CharField):
    """An address or a CIDR block, as its canonical block."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return str(ip_network(super().to_internal_value(data)))
        except ValueError:
            raise serializers.ValidationError("Write an address or a network such as 192.0.2.0/24.") from None


class ApiKeyChange(Input):
    name = LineField(max_length=100, required=False)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), required=False, allow_empty=False, max_length=len(Scope)
    )
    networks = serializers.ListField(
        child=NetworkField(max_length=64), required=False, max_length=50, help_text="None: any address."
    )


class ApiKeyInput(ApiKeyChange):
    name = LineField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), allow_empty=False, max_length=len(Scope)
    )
    expires_in_days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, default=90)


class RotationInput(Input):
    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=MAX_OVERLAP_SECONDS, default=86_400, help_text="How long the old key goes on."
    )


class ApiKeyFilter(ListFilter):
    lookups = {"expires_until": "expires_at__lt", "used_since": "last_used_at__gte"}

    expires_until = serializers.DateTimeField(required=False, help_text="RFC 3339, exclusive.")
    used_since = serializers.DateTimeField(required=False, help_text="RFC 3339.")


class ApiKeyOutput(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id", "name", "ending", "scopes", "networks", "created_at", "expires_at", "last_used_at", "successor",
        )  # fmt: skip
        read_only_fields = fields


class NewApiKeyOutput(serializers.Serializer[NewKey]):
    key = serializers.CharField(source="secret", help_text="For `Authorization: Api-Key <key>`.")
    api_key = ApiKeyOutput(source="key")


class ApiKeyViewSet(ApiViewSet):
    serializer_class = ApiKeyOutput
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> Any:
        return ApiKey.objects.live().filter(user=user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ApiKeyFilter,
        responses=ApiKeyOutput(many=True),
        operation_id="listApiKeys",
        summary="Your API keys that still work",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ApiKeyOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=ApiKeyInput,
        responses={201: NewApiKeyOutput},
        operation_id="createApiKey",
        summary="Make an API key",
        description=_ONCE,
    )
    def create(self, request: Request) -> Response:
        given = ApiKeyInput.read(request.data)
        made = ApiKeyService().create(
            user_of(request), given["name"], given["scopes"], given.get("networks", []), given["expires_in_days"]
        )
        return Response(NewApiKeyOutput(made).data, status=201)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=ApiKeyChange,
        responses=ApiKeyOutput,
        operation_id="updateApiKey",
        summary="Change the name, scopes or networks of a key",
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Response:
        return Response(
            ApiKeyOutput(ApiKeyService().change(user_of(request), id, ApiKeyChange.read(request.data))).data
        )

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        operation_id="revokeApiKey",
        summary="Revoke a key at once",
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        ApiKeyService().revoke(user_of(request), id)
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=RotationInput,
        responses={201: NewApiKeyOutput},
        operation_id="rotateApiKey",
        summary="Replace a key by a new one",
        description=_ONCE,
    )
    def rotate(self, request: Request, id: uuid.UUID) -> Response:
        overlap = RotationInput.read(request.data)["overlap_seconds"]
        return Response(NewApiKeyOutput(ApiKeyService().rotate(user_of(request), id, overlap)).data, status=201)
