"""The rights of the person: POST gdpr/export; GET gdpr/exports/{id} and its download; POST, GET, DELETE gdpr/erasure;
POST, DELETE gdpr/restriction; GET gdpr/activity.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.login import OneTimeTokenInput
from accounts.api.step_up import RecentLogin
from accounts.models import PrivacyRequest
from accounts.services.gdpr_activity import activity_of
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.gdpr_restriction import RestrictionService
from audit.actions import Action, Outcome
from audit.logger import reference
from audit.models import AuditLog
from audit.personal import PersonalData
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate


class ExportOutput(serializers.ModelSerializer[PrivacyRequest]):
    class Meta:
        model = PrivacyRequest
        fields = ("id", "state", "created_at", "finished_at", "expires_at", "size")
        read_only_fields = fields


class ErasureOutput(serializers.ModelSerializer[PrivacyRequest]):
    class Meta:
        model = PrivacyRequest
        fields = ("id", "state", "created_at", "due_at")
        read_only_fields = fields


class RestrictionOutput(serializers.Serializer[Any]):
    restricted_at = serializers.DateTimeField(allow_null=True)


class ActivityFilter(ListFilter):
    action = serializers.ChoiceField([each.value for each in Action], required=False)
    outcome = serializers.ChoiceField([each.value for each in Outcome], required=False)


class ActivityOutput(serializers.ModelSerializer[AuditLog]):
    outcome = serializers.CharField()
    by_you = serializers.SerializerMethodField()
    details = serializers.SerializerMethodField()
    address = serializers.SerializerMethodField(help_text="Network address, where it was yours.")

    class Meta:
        model = AuditLog
        fields = ("id", "occurred_at", "action", "outcome", "by_you", "method", "target", "details", "address")
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_by_you(self, entry: AuditLog) -> bool:
        return bool(entry.actor == self.context["name"])

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_details(self, entry: AuditLog) -> Any:
        return json.loads(entry.details)

    @extend_schema_field({"type": ["string", "null"]})
    def get_address(self, entry: AuditLog) -> str | None:
        if entry.personal is None or entry.subject != self.context["name"]:
            return None
        opened = PersonalData().open(entry.subject, entry.id, bytes(entry.personal))
        return opened.get("address") if opened else None


class _ZipOnly(BaseContentNegotiation):
    """The archive has the type it has, whatever Accept says (RFC 9110 12.5.1)."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ExportViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request=None,
        responses={202: ExportOutput},
        operation_id="requestExport",
        summary="Ask for a copy of your data",
        description="A mail tells when it is ready. While one is being built, asking again gives the same one.",
    )
    def create(self, request: Request) -> Response:
        row = ExportService().request(user_of(request))
        location = f"/api/auth/gdpr/exports/{row.pk}"
        return Response(ExportOutput(row).data, status=202, headers={"Location": location})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        responses=ExportOutput,
        operation_id="getExport",
        summary="How far your export is",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ExportOutput(ExportService().of(user_of(request), id)).data)


class ExportFileViewSet(ApiViewSet):
    """Apart from the other because it answers with a file, whatever the client accepts."""

    content_negotiation_class = _ZipOnly

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.COSTLY,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        operation_id="downloadExport",
        summary="Fetch your export",
    )
    def download(self, request: Request, id: uuid.UUID) -> StreamingHttpResponse:
        return StreamingHttpResponse(
            ExportService().download(user_of(request), id),
            content_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="loupe-export.zip"', "Cache-Control": "no-store"},
        )


class ErasureViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=None,
        responses={202: ErasureOutput},
        operation_id="requestErasure",
        summary="Have your account erased",
        description="It happens on `due_at`; until then it can be cancelled.",
    )
    def create(self, request: Request) -> Response:
        return Response(ErasureOutput(ErasureService().request(user_of(request))).data, status=202)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        responses=ErasureOutput,
        operation_id="getErasure",
        summary="The erasure that waits",
    )
    def retrieve(self, request: Request) -> Response:
        return Response(ErasureOutput(ErasureService().pending(user_of(request))).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        operation_id="cancelErasure",
        summary="Keep your account",
    )
    def destroy(self, request: Request) -> Response:
        ErasureService().cancel(user_of(request))
        return Response(status=204)


class MailedErasureViewSet(ApiViewSet):
    """The link in the mail works for who cannot sign in: somebody else may have set another password."""

    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=OneTimeTokenInput,
        responses={204: OpenApiResponse(description="The account stays.")},
        operation_id="cancelErasureByMail",
        summary="Keep your account by the token that was mailed",
        description="The token works once, until the erasure begins. Of a cancellation and an erasure that come at the "
        "same time exactly one happens.",
    )
    def cancel(self, request: Request) -> Response:
        ErasureService().cancel_by_token(OneTimeTokenInput.read(request.data)["token"])
        return Response(status=204)


class RestrictionViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=None,
        responses={200: RestrictionOutput},
        operation_id="restrictProcessing",
        summary="Have your data kept and not processed",
        description="Until released, everything but your account is read-only.",
    )
    def create(self, request: Request) -> Response:
        return Response(RestrictionOutput(RestrictionService().restrict(user_of(request))).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={200: RestrictionOutput},
        operation_id="releaseProcessing",
        summary="Have your data processed again",
    )
    def destroy(self, request: Request) -> Response:
        return Response(RestrictionOutput(RestrictionService().release(user_of(request))).data)


class ActivityViewSet(ApiViewSet):
    serializer_class = ActivityOutput
    queryset = AuditLog.objects.none()

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ActivityFilter,
        responses=ActivityOutput(many=True),
        operation_id="listActivity",
        summary="What you did, and what was done to your account",
    )
    def list(self, request: Request) -> Response:
        user = user_of(request)
        page: Any = self.paginate_queryset(activity_of(user))
        return self.get_paginated_response(ActivityOutput(page, many=True, context={"name": reference(user)}).data)
