"""GET me, PATCH me."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.step_up import BeforeSecondFactor
from accounts.models import User
from accounts.services.profile import ProfileService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class MeInput(Input):
    name = serializers.CharField(max_length=200, allow_blank=True, allow_null=True)


class MeOutput(serializers.Serializer[User]):
    """Describes what `shown` gives; on the busiest route a serializer would cost a sixth of the request."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    email_verified_at = serializers.DateTimeField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    is_staff = serializers.BooleanField()
    created_at = serializers.DateTimeField()


_SHOWN = tuple(MeOutput._declared_fields)


class MeViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.READ,
        responses=MeOutput,
        operation_id="me",
        summary="Who you are",
    )
    def retrieve(self, request: Request) -> Response:
        return Response(shown(user_of(request)))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=MeInput,
        responses=MeOutput,
        operation_id="updateMe",
        summary="Change your name",
    )
    def partial_update(self, request: Request) -> Response:
        return Response(shown(ProfileService().rename(user_of(request), MeInput.read(request.data)["name"])))


def shown(user: User) -> dict[str, Any]:
    """What users see of themselves."""
    return {name: getattr(user, name) for name in _SHOWN}
