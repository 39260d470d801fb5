"""GET sessions, DELETE sessions/{id}, DELETE sessions, POST logout, POST logout/all."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.step_up import BeforeSecondFactor
from accounts.models import AuthSession
from accounts.services.logout import LogoutService
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate


class SessionFilter(ListFilter):
    aal = serializers.IntegerField(min_value=1, max_value=2, required=False, help_text="NIST SP 800-63B-4.")


class SessionOutput(serializers.ModelSerializer[AuthSession]):
    current = serializers.SerializerMethodField(help_text="Whether it is the one that asks.")
    address = serializers.CharField(allow_null=True, help_text="Network address at log-in.")
    agent = serializers.CharField(allow_null=True, help_text="Program at log-in, as it called itself.")
    last_used_at = serializers.DateTimeField(source="rotated_at")
    methods = serializers.ListField(child=serializers.CharField(), help_text="RFC 8176.")

    class Meta:
        model = AuthSession
        fields = ("id", "current", "address", "agent", "methods", "aal", "created_at", "last_used_at", "expires_at")
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_current(self, session: AuthSession) -> bool:
        return bool(str(session.pk) == self.context["sid"])


class SessionViewSet(ApiViewSet):
    serializer_class = SessionOutput
    queryset = AuthSession.objects.none()

    def get_queryset(self) -> Any:
        return AuthSession.objects.live().filter(user=user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=SessionFilter,
        responses=SessionOutput(many=True),
        operation_id="listSessions",
        summary="Devices that are signed in",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(SessionOutput(page, many=True, context={"sid": session_of(request)}).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        operation_id="endSession",
        summary="Sign out one device",
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        LogoutService().end_one(user_of(request), id)
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        operation_id="endOtherSessions",
        summary="Sign out all other devices",
    )
    def destroy_others(self, request: Request) -> Response:
        LogoutService().end_all(user_of(request), but=session_of(request))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.WRITE,
        request=None,
        responses={204: None},
        operation_id="logout",
        summary="Sign out here",
    )
    def logout(self, request: Request) -> Response:
        LogoutService().end_own(user_of(request), session_of(request))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.WRITE,
        request=None,
        responses={204: None},
        operation_id="logoutEverywhere",
        summary="Sign out everywhere",
    )
    def logout_all(self, request: Request) -> Response:
        LogoutService().end_all(user_of(request))
        return Response(status=204)
