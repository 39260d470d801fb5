"""Validations: POST validate; GET validations; GET, DELETE validations/{id}; its report, overlay and approval."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.parsers import StrictJSONParser, StrictMultiPartParser
from config.api.serializers import Input, LineField, ObjectField
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate
from designsystem.api.baselines import BaselineOutput
from designsystem.api.extraction_output import ErrorOutput
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.api.system_access import system_of
from designsystem.api.versions import MAX_NUMBER, numbered
from designsystem.engine.extract import PIXEL_RATIOS
from designsystem.models import DesignSystem, MemberRole, TokenSetVersion, Validation, ValidationOutcome, VersionState
from designsystem.models.lease import WorkState
from designsystem.services.extraction import Kept, Picture, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.validation_reports import REPORTS, ValidationReports


class ValidateInput(Input):
    image = serializers.UUIDField(required=False, help_text="The picture to judge, of your uploaded ones.")
    baseline_image = serializers.UUIDField(required=False, help_text="What to compare it with.")
    name = LineField(max_length=200, required=False, allow_blank=True, help_text="The screen that it shows.")
    pixel_ratio = serializers.FloatField(required=False, min_value=PIXEL_RATIOS[0], max_value=PIXEL_RATIOS[1])
    design_system = serializers.UUIDField(required=False)
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_NUMBER,
        help_text="Of the design system's tokens; without it the latest published one, or the latest draft.",
    )
    tokens = ObjectField(required=False, help_text="A DTCG document to use instead of a stored version.")
    settings = ObjectField(
        required=False,
        help_text="tokens, contrast, baseline and exceptions, as the result echoes them; contrast null leaves it out.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "async": serializers.BooleanField(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "version" in attrs and "design_system" not in attrs:
            raise serializers.ValidationError({"version": "Send design_system too."})
        if ("image" in attrs) == ("picture" in attrs):
            raise serializers.ValidationError("Send the picture to judge: either image or picture.")
        if "baseline_image" in attrs and "baseline" in attrs:
            raise serializers.ValidationError("Send either baseline or baseline_image.")
        return attrs


class ValidateForm(ValidateInput):
    picture = serializers.FileField(allow_empty_file=True, max_length=200, required=False)
    baseline = serializers.FileField(allow_empty_file=True, max_length=200, required=False)


class ValidationFilter(Input):
    state = serializers.ChoiceField(WorkState.choices, required=False)
    outcome = serializers.ChoiceField(ValidationOutcome.choices, required=False)
    design_system = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class ReportQuery(Input):
    format = serializers.CharField(default="html", allow_blank=True)  # blank names no format


class ApproveInput(Input):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, trim_whitespace=False)


class ValidationOutput(serializers.ModelSerializer[Validation]):
    """`outcome` and the counts are null until the picture is judged; `error` says why it could not be."""

    outcome = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Validation
        fields: tuple[str, ...] = (
            "id",
            "name",
            "state",
            "outcome",
            "findings",
            "failing",
            "image",
            "design_system",
            "version",
            "baseline",
            "created_at",
            "started_at",
            "finished_at",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(ValidationOutcome.choices, allow_null=True))
    def get_outcome(self, row: Validation) -> str | None:
        return row.outcome or None

    @extend_schema_field(ErrorOutput(allow_null=True))
    def get_error(self, row: Validation) -> dict[str, str] | None:
        return {"code": row.error_code, "detail": row.error_detail} if row.error_code else None


class ValidationDetail(ValidationOutput):
    """With the verdict: every finding, figure and setting; null until the picture is judged."""

    result = serializers.SerializerMethodField()

    class Meta(ValidationOutput.Meta):
        fields = (*ValidationOutput.Meta.fields, "result")
        read_only_fields = fields

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_result(self, row: Validation) -> Any:
        return row.document or None


class ValidationViewSet(ApiViewSet):
    serializer_class = ValidationOutput
    queryset = Validation.objects.none()
    parser_classes = (StrictMultiPartParser, StrictJSONParser)

    def get_queryset(self) -> Any:
        return Validation.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request={"multipart/form-data": ValidateForm, "application/json": ValidateInput},
        responses={201: ValidationDetail, 202: ValidationDetail},
        summary="Judge a picture against tokens, WCAG 2.2 and a baseline",
        description="With a design system and a name, its current baseline of that screen is used. A picture that "
        "fails is a result, not an error: look at `outcome`. With `async` the answer is 202: `state` at its Location "
        "says when the result is there.",
    )
    def validate(self, request: Request) -> Response:
        given = ValidateForm.read(request.data)
        system = self._system(given["design_system"]) if "design_system" in given else None
        picture = _picture(given, "picture", "image")
        assert picture is not None
        row = ValidationService().validate(
            user_of(request),
            ValidationRequest(
                picture=picture,
                name=given.get("name", ""),
                pixel_ratio=given.get("pixel_ratio"),
                design_system=system,
                version=_version(system, given.get("version")) if system else None,
                tokens=given.get("tokens"),
                baseline=_picture(given, "baseline", "baseline_image"),
                settings=given.get("settings", {}),
                later=given.get("async", False),
            ),
        )
        location = f"/api/design-system/validations/{row.pk}"
        status = 201 if row.state == WorkState.DONE else 202
        return Response(ValidationDetail(row).data, status=status, headers={"Location": location})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("state", str, enum=WorkState.values),
            OpenApiParameter("outcome", str, enum=ValidationOutcome.values),
            OpenApiParameter("design_system", uuid.UUID),
            OpenApiParameter("image", uuid.UUID),
        ],
        responses=ValidationOutput(many=True),
        summary="Your validations",
    )
    def list(self, request: Request) -> Response:
        wanted = ValidationFilter.read(request.query_params)
        filters = {name: wanted[name] for name in ("state", "outcome", "design_system", "image") if name in wanted}
        page = self.paginate_queryset(self.get_queryset().filter(**filters).defer("document", "tokens_asked"))
        return self.get_paginated_response(ValidationOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated], rate=Rate.READ, responses=ValidationDetail, summary="One validation, in full"
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ValidationDetail(self._validation(id)).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.WRITE, responses={204: None}, summary="Delete a validation")
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        ValidationService().delete(self._validation(id))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request={"application/json": ApproveInput},
        responses={201: BaselineOutput},
        summary="Make the picture the baseline of its screen",
        description="Takes the role of editor in the design system; 409 when it is the baseline already or waits.",
    )
    def approve(self, request: Request, id: uuid.UUID) -> Response:
        validation = self._validation(id)
        reason = ApproveInput.read(request.data).get("reason", "")
        if validation.design_system_id is not None:
            system_of(request, validation.design_system_id, MemberRole.EDITOR)
        baseline = ValidationService().approve(validation, user_of(request), reason)
        return Response(BaselineOutput(baseline).data, status=201)

    def _validation(self, id: uuid.UUID) -> Validation:
        found: Validation = found_or_404(
            self.get_queryset().select_related("image", "baseline_image", "design_system"), pk=id
        )
        return found

    def _system(self, id: uuid.UUID) -> DesignSystem:
        found = DesignSystem.objects.visible_to(user_of(self.request)).filter(pk=id).first()
        if found is None:
            detail = "There is no such design system."
            errors = [FieldError("/design_system", "not_found", detail)]
            hidden = DesignSystem.objects.filter(pk=id)
            raise DomainError("design_system_not_found", detail, Kind.NOT_FOUND, errors=errors, hidden=hidden)
        return found


class ValidationFileViewSet(ValidationViewSet):
    """Apart from the others because it answers with files, whatever the client accepts."""

    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[OpenApiParameter("format", str, enum=list(REPORTS), default="html")],
        responses={(200, media): OpenApiTypes.STR for _, media in REPORTS.values()},
        summary="The report in a format",
    )
    def report(self, request: Request, id: uuid.UUID) -> HttpResponse:
        wanted = ReportQuery.read(request.query_params)["format"]
        return file_response(ValidationReports().report(self._validation(id), wanted))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        responses={(200, "image/png"): OpenApiTypes.BINARY},
        summary="The picture with its findings drawn in",
    )
    def overlay(self, request: Request, id: uuid.UUID) -> HttpResponse:
        return file_response(ValidationReports().overlay(self._validation(id)))


def _picture(given: dict[str, Any], file_field: str, id_field: str) -> Picture | None:
    if file_field in given:
        file = given[file_field]
        return Upload(f"/{file_field}", file.name, file.read)
    return Kept(f"/{id_field}", given[id_field]) if id_field in given else None


def _version(system: DesignSystem, number: int | None) -> TokenSetVersion | None:
    """The asked one, the latest published, or the latest; None where there is none yet."""
    if number is not None:
        return numbered(system, number, "/version")
    versions = system.versions.select_related("design_system").order_by("-number")
    return versions.filter(state=VersionState.PUBLISHED).first() or versions.first()
