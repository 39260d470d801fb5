"""Versions of a token set: systems/{id}/versions, .../{number}, its tokens, and its publication."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate
from designsystem.api.extractions import FORMAT, FORMAT_RESPONSES, TokensQuery
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.api.system_access import system_of
from designsystem.models import Batch, DesignSystem, Extraction, MemberRole, TokenSetVersion
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.exports import ExportService

MAX_NUMBER = 2**31 - 1  # what the column holds


class VersionInput(Input):
    """From an extraction, from what a batch merged, or from a DTCG document: one of them."""

    extraction = serializers.UUIDField(required=False)
    batch = serializers.UUIDField(required=False)
    document = serializers.DictField(required=False)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, trim_whitespace=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"extraction", "batch", "document"}) != 1:
            raise serializers.ValidationError("Send one of extraction, batch and document.")
        return attrs


class VersionOutput(serializers.ModelSerializer[TokenSetVersion]):
    class Meta:
        model = TokenSetVersion
        fields: tuple[str, ...] = ("id", "number", "state", "reason", "extraction", "created_at", "published_at")
        read_only_fields = fields


class VersionDetail(VersionOutput):
    tokens = serializers.SerializerMethodField()

    class Meta(VersionOutput.Meta):
        fields = (*VersionOutput.Meta.fields, "tokens")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_tokens(self, row: TokenSetVersion) -> Any:
        return json.loads(row.document)


class VersionViewSet(ApiViewSet):
    serializer_class = VersionOutput
    queryset = TokenSetVersion.objects.none()

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request=VersionInput,
        responses={201: VersionDetail},
        summary="Add a draft version",
    )
    def create(self, request: Request, id: uuid.UUID) -> Response:
        system = system_of(request, id, MemberRole.EDITOR)
        given = VersionInput.read(request.data)
        version = DesignSystemService().add_version(
            system, user_of(request), self._source(given), given.get("reason", "")
        )
        location = f"/api/design-system/systems/{system.pk}/versions/{version.number}"
        return Response(VersionDetail(version).data, status=201, headers={"Location": location})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=VersionOutput(many=True),
        summary="Versions, newest first",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        page = self.paginate_queryset(system_of(request, id).versions.defer("document"))
        return self.get_paginated_response(VersionOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated], rate=Rate.READ, responses=VersionDetail, summary="One version, with tokens"
    )
    def retrieve(self, request: Request, id: uuid.UUID, number: int) -> Response:
        return Response(VersionDetail(self.version(id, number)).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.WRITE, responses={204: None}, summary="Delete a draft")
    def destroy(self, request: Request, id: uuid.UUID, number: int) -> Response:
        DesignSystemService().delete_draft(self.version(id, number, MemberRole.EDITOR))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=None,
        responses=VersionDetail,
        summary="Publish a version",
        description="It is final from then on; 409 when it was published before.",
    )
    def publish(self, request: Request, id: uuid.UUID, number: int) -> Response:
        return Response(VersionDetail(DesignSystemService().publish(self.version(id, number, MemberRole.EDITOR))).data)

    def version(self, id: uuid.UUID, number: int, at_least: MemberRole = MemberRole.VIEWER) -> TokenSetVersion:
        """A version of one of the caller's design systems, or 404; 403 when their role is not enough."""
        return numbered(system_of(self.request, id, at_least), number)

    def _source(self, given: dict[str, Any]) -> Any:
        """The document, or the caller's extraction or batch; DomainError when they have none of this id."""
        if "document" in given:
            return given["document"]
        name, model = ("extraction", Extraction) if "extraction" in given else ("batch", Batch)
        found = model.objects.visible_to(user_of(self.request)).filter(pk=given[name]).first()
        if found is None:
            detail = f"There is no such {name}."
            error = FieldError(f"/{name}", "not_found", detail)
            hidden: QuerySet[Any] = model.objects.filter(pk=given[name])
            raise DomainError(f"{name}_not_found", detail, Kind.NOT_FOUND, errors=[error], hidden=hidden)
        return found


def numbered(system: DesignSystem, number: int, pointer: str | None = None) -> TokenSetVersion:
    """The version; DomainError (NOT_FOUND) at `pointer`, the field that asked for it."""
    rows = system.versions.select_related("design_system")
    found = rows.filter(number=number).first() if number <= MAX_NUMBER else None
    if found is None:
        detail = "There is no such version."
        errors = [FieldError(pointer, "not_found", detail)] if pointer is not None else ()
        raise DomainError("version_not_found", detail, Kind.NOT_FOUND, errors=errors)
    return found


class VersionFileViewSet(VersionViewSet):
    """Apart from the others because it answers with files, whatever the client accepts."""

    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[FORMAT],
        responses=FORMAT_RESPONSES,
        summary="The tokens of a version in a format",
    )
    def tokens(self, request: Request, id: uuid.UUID, number: int) -> HttpResponse:
        wanted = TokensQuery.read(request.query_params)["format"]
        return file_response(ExportService().tokens(self.version(id, number), wanted))
