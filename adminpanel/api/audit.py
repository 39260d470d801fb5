"""GET audit, audit/{id}, audit/verify; POST audit/exports. The encrypted part of an entry is never opened here."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from adminpanel.api.access import staff_with
from adminpanel.services.trail import MOST_EXPORTED, Trail, Verification
from audit.actions import Action, Outcome
from audit.export import FORMATS
from audit.models import AuditLog
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.services.exports import ExportedFile

_VIEW = "audit.view_auditlog"
_KEYS = Scope.ADMIN_AUDIT_READ
_REFERENCE = r"\A[A-Za-z0-9_.:-]+\Z"  # as the trail names things: "user:<id>"

_EXACT: tuple[str, ...] = ("action", "outcome", "actor", "target", "request_id")


class AuditFilter(Input):
    action = serializers.ChoiceField([each.value for each in Action], required=False)
    outcome = serializers.ChoiceField([each.value for each in Outcome], required=False)
    actor = serializers.RegexField(_REFERENCE, max_length=64, required=False)
    target = serializers.RegexField(_REFERENCE, max_length=128, required=False)
    request_id = serializers.RegexField(_REFERENCE, max_length=128, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class VerifyQuery(Input):
    since = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class AuditExportInput(Input):
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Exclusive.")
    format = serializers.ChoiceField(FORMATS, default="ndjson")


class AuditEntry(serializers.ModelSerializer[AuditLog]):
    action = serializers.CharField()
    outcome = serializers.CharField()
    details = serializers.SerializerMethodField()
    position = serializers.IntegerField(allow_null=True, help_text="In the sealed trail; null until sealed.")
    link = serializers.CharField(allow_null=True, help_text="Of the chain, in hex; null until sealed.")

    class Meta:
        model = AuditLog
        fields: tuple[str, ...] = (
            "id", "occurred_at", "action", "outcome", "actor", "on_behalf_of", "target", "session", "request_id",
            "method", "details", "position", "link",
        )  # fmt: skip
        read_only_fields = fields

    def get_details(self, entry: AuditLog) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(entry.details)
        return found


class AuditFinding(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="What sort of break.")
    detail = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    checkpoint = serializers.IntegerField(allow_null=True)


class AuditVerdict(serializers.Serializer[Verification]):
    intact = serializers.SerializerMethodField()
    entries = serializers.IntegerField(source="verdict.entries", help_text="How many were checked.")
    checkpoints = serializers.IntegerField(source="verdict.checkpoints")
    since = serializers.IntegerField(allow_null=True, help_text="Began after this checkpoint; null: at the beginning.")
    finding = AuditFinding(source="verdict.finding", allow_null=True)

    def get_intact(self, verification: Verification) -> bool:
        return verification.verdict.finding is None


class AuditViewSet(ApiViewSet):
    serializer_class = AuditEntry
    queryset = AuditLog.objects.none()

    def get_queryset(self) -> Any:
        # pages go by this name; the index by time serves it
        return AuditLog.objects.annotate(created_at=F("occurred_at")).select_related("seal").defer("personal")

    @operation(
        permissions=staff_with(_VIEW, _KEYS),
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("action", str, description="such as authentication.login"),
            OpenApiParameter("outcome", str, description="success, refused or failed"),
            OpenApiParameter("actor", str, description="such as user:<id>"),
            OpenApiParameter("target", str, description="such as user:<id>"),
            OpenApiParameter("request_id", str),
            OpenApiParameter("since", str, description="RFC 3339"),
            OpenApiParameter("until", str, description="RFC 3339, exclusive"),
        ],
        responses=AuditEntry(many=True),
        operation_id="adminListAudit",
        summary="The trail, newest first; reading it is recorded",
    )
    def list(self, request: Request) -> Response:
        wanted = AuditFilter.read(request.query_params)
        exact = {
            name: wanted[name] for name in ("action", "outcome", "actor", "target", "request_id") if name in wanted
        }
        rows = self.get_queryset().filter(**exact)
        if "since" in wanted:
            rows = rows.filter(occurred_at__gte=wanted["since"])
        if "until" in wanted:
            rows = rows.filter(occurred_at__lt=wanted["until"])
        page = self.paginate_queryset(rows) or []
        times: dict[str, Any] = {name: wanted[name].isoformat() for name in ("since", "until") if name in wanted}
        Trail().note_reading(exact | times, len(page))
        return self.get_paginated_response(AuditEntry(page, many=True).data)

    @operation(
        permissions=staff_with(_VIEW, _KEYS),
        rate=Rate.READ,
        responses=AuditEntry,
        operation_id="adminAuditEntry",
        summary="One entry of the trail; reading it is recorded",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        entry = get_object_or_404(self.get_queryset(), pk=id)
        Trail().note_reading({}, 1, entry)
        return Response(AuditEntry(entry).data)

    @operation(
        permissions=staff_with("audit.view_checkpoint", _KEYS),
        rate=Rate.COSTLY,
        parameters=[OpenApiParameter("since", int, description="Begin after this checkpoint.")],
        responses=AuditVerdict,
        operation_id="adminVerifyAudit",
        summary="Whether the newest part of the trail, or all after a checkpoint, is intact",
    )
    def verify(self, request: Request) -> Response:
        return Response(AuditVerdict(Trail().verify(VerifyQuery.read(request.query_params).get("since"))).data)


class ZipNegotiation(OneRepresentation, DefaultContentNegotiation):
    """One representation out, the usual parsers in."""


class AuditExportViewSet(ApiViewSet):
    """Apart from the other because it answers with a file."""

    content_negotiation_class = ZipNegotiation

    @operation(
        permissions=staff_with("accounts.export_audit", _KEYS),
        rate=Rate.COSTLY,
        request=AuditExportInput,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
        operation_id="adminExportAudit",
        summary=f"At most {MOST_EXPORTED} sealed entries with their proofs and a verifier, as a zip",
    )
    def create(self, request: Request) -> HttpResponse:
        given = AuditExportInput.read(request.data)
        packed = Trail().export(given.get("since"), given.get("until"), given["format"])
        return file_response(ExportedFile("audit.zip", "application/zip", packed))
