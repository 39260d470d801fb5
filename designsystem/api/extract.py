"""POST extract: pictures in, tokens out; or extractions to come back for, with `async` or when a model is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.operation import ApiViewSet, operation
from config.api.parsers import StrictJSONParser, StrictMultiPartParser
from config.api.problems import STATUS
from config.api.refusals import tell_when_answered
from config.api.serializers import Input, LineField
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate
from designsystem.api.extraction_output import ExtractionDetail
from designsystem.engine.extract import PIXEL_RATIOS
from designsystem.models import DesignSystem, Provider
from designsystem.providers.selection import ProviderSelection
from designsystem.services.extraction import ExtractionService, Kept, Options, Picture, Refusal, Upload

MAX_PICTURES = 20


class ExtractInput(Input):
    images = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MAX_PICTURES)
    name = LineField(max_length=200, required=False, allow_blank=True)
    pixel_ratio = serializers.FloatField(required=False, min_value=PIXEL_RATIOS[0], max_value=PIXEL_RATIOS[1])
    provider = serializers.ChoiceField(Provider.choices, required=False)
    design_system = serializers.UUIDField(required=False)
    fresh = serializers.BooleanField(required=False, help_text="Measure although you have the result already.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "async": serializers.BooleanField(required=False)}


class ExtractForm(ExtractInput):
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=200), required=False, max_length=MAX_PICTURES
    )


class RefusalOutput(serializers.Serializer[Any]):
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class OutcomeOutput(serializers.Serializer[Any]):
    """Of one picture: an extraction or a refusal, never both. `pointer` says where it stood in the request."""

    pointer = serializers.CharField()
    extraction = ExtractionDetail(allow_null=True)
    refusal = RefusalOutput(allow_null=True)


class ExtractOutput(serializers.Serializer[Any]):
    results = OutcomeOutput(many=True)


class ExtractViewSet(ApiViewSet):
    parser_classes = (StrictMultiPartParser, StrictJSONParser)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request={"multipart/form-data": ExtractForm, "application/json": ExtractInput},
        responses={201: ExtractOutput, 202: ExtractOutput},
        summary="Extract design tokens from pictures",
        description="One bad picture never stops the others: each has its outcome. When none could be measured, the "
        "answer is the problem of the only one, or 422 with all of them in `errors`. Asking a model takes its time: "
        "then, as with `async`, the answer is 202 with extractions to come back for.",
    )
    def extract(self, request: Request) -> Response:
        given = ExtractForm.read(request.data)
        pictures = list(_pictures(given))
        if not 1 <= len(pictures) <= MAX_PICTURES:
            detail = f"Send 1 to {MAX_PICTURES} pictures, as files in pictures or as ids in images."
            raise DomainError("invalid", detail, Kind.INVALID, errors=[FieldError("/pictures", "invalid", detail)])
        options = options_of(request, given)
        outcomes = [_output(each) for each in ExtractionService().extract(user_of(request), pictures, options)]
        results = _unless_all_refused(outcomes)
        response = Response({"results": results}, status=202 if options.waits else 201)
        made = [each["extraction"]["id"] for each in results if each["extraction"]]
        if len(made) == 1:  # of several no one is the answer
            response.headers["Location"] = f"/api/design-system/extractions/{made[0]}"
        hidden = _hidden([each for each in outcomes if isinstance(each, Refusal)])
        if hidden is not None:
            tell_when_answered(response, request, "image_not_found", hidden)
        return response


def _pictures(given: dict[str, Any]) -> Iterator[Picture]:
    for index, file in enumerate(given.get("pictures", ())):
        yield Upload(f"/pictures/{index}", file.name, file.read)
    for index, key in enumerate(given.get("images", ())):
        yield Kept(f"/images/{index}", key)


def options_of(request: Request, given: dict[str, Any]) -> Options:
    system = None
    if "design_system" in given:
        system = DesignSystem.objects.editable_by(user_of(request)).filter(pk=given["design_system"]).first()
        if system is None:
            detail = "There is no such design system."
            raise DomainError(
                "design_system_not_found",
                detail,
                Kind.NOT_FOUND,
                errors=[FieldError("/design_system", "not_found", detail)],
                hidden=DesignSystem.objects.filter(pk=given["design_system"]),
            )
    return Options(
        name=given.get("name", ""),
        pixel_ratio=given.get("pixel_ratio"),
        provider=ProviderSelection().choose(given.get("provider"), user_of(request)),
        design_system=system,
        later=given.get("async", False),
        fresh=given.get("fresh", False),
    )


def _output(outcome: Any) -> dict[str, Any] | Refusal:
    if isinstance(outcome, Refusal):
        return outcome
    picture, extraction = outcome
    return {"pointer": picture.pointer, "extraction": ExtractionDetail(extraction).data, "refusal": None}


def _unless_all_refused(outcomes: list[dict[str, Any] | Refusal]) -> list[dict[str, Any]]:
    refusals = [each for each in outcomes if isinstance(each, Refusal)]
    if len(refusals) == len(outcomes) == 1:
        raise refusals[0].error
    if len(refusals) == len(outcomes):
        raise DomainError(
            "no_picture_measured",
            "None of the pictures could be measured; errors says why.",
            Kind.UNPROCESSABLE,
            errors=[FieldError(each.picture.pointer, each.error.code, each.error.message) for each in refusals],
            hidden=_hidden(refusals),
        )
    return [_refused(each) if isinstance(each, Refusal) else each for each in outcomes]


def _hidden(refusals: Sequence[Refusal]) -> QuerySet[Any] | None:
    """What the refusals may hide, in one query."""
    found = [each.error.hidden for each in refusals if each.error.hidden is not None]
    return reduce(or_, found) if found else None


def _refused(refusal: Refusal) -> dict[str, Any]:
    error = refusal.error
    told = {"status": STATUS[error.kind], "code": error.code, "detail": error.message}
    return {"pointer": refusal.picture.pointer, "extraction": None, "refusal": told}
