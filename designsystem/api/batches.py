"""Many pictures: POST batch; GET batches, batches/{id} and its items; DELETE, cancel and retry."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.parsers import StrictJSONParser, StrictMultiPartParser
from config.api.serializers import Input, LineField
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate
from designsystem.api.batch_output import BatchDetail, BatchItemOutput, BatchOutput
from designsystem.api.extract import options_of
from designsystem.engine.extract import PIXEL_RATIOS
from designsystem.models import Batch, BatchItem, BatchItemState, BatchState, Provider
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Upload

MAX_FILES = 100  # of one form; an archive or ids bring more


class BatchInput(Input):
    images = serializers.ListField(child=serializers.UUIDField(), required=False)
    name = LineField(max_length=200, required=False, allow_blank=True)
    pixel_ratio = serializers.FloatField(required=False, min_value=PIXEL_RATIOS[0], max_value=PIXEL_RATIOS[1])
    provider = serializers.ChoiceField(Provider.choices, required=False)
    design_system = serializers.UUIDField(required=False)


class BatchForm(BatchInput):
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=200), required=False, max_length=MAX_FILES
    )
    archive = serializers.FileField(allow_empty_file=True, max_length=200, required=False)


class BatchFilter(Input):
    state = serializers.ChoiceField(BatchState.choices, required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class BatchItemFilter(Input):
    state = serializers.ChoiceField(BatchItemState.choices, required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class OwnBatches(ApiViewSet):
    serializer_class: Any = BatchOutput
    queryset = Batch.objects.none()

    def get_queryset(self) -> Any:
        return Batch.objects.visible_to(user_of(self.request))

    def batch(self, id: uuid.UUID) -> Batch:
        found: Batch = found_or_404(self.get_queryset(), pk=id)
        return found


class BatchViewSet(OwnBatches):
    parser_classes = (StrictMultiPartParser, StrictJSONParser)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request={"multipart/form-data": BatchForm, "application/json": BatchInput},
        responses={202: BatchOutput},
        summary="Measure many pictures as one interface",
        description="Send one of: `pictures` (up to 100 files), `archive` (a zip), `images` (ids of kept pictures). "
        "Workers measure them; a bad picture is a failed item and never stops the others.",
    )
    def create(self, request: Request) -> Response:
        given = BatchForm.read(request.data)
        batch = BatchService().create(user_of(request), _pictures(given), options_of(request, given))
        address = f"/api/design-system/batches/{batch.pk}"
        return Response(BatchOutput(batch).data, status=202, headers={"Location": address})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[OpenApiParameter("state", str, enum=BatchState.values)],
        responses=BatchOutput(many=True),
        summary="Your batches",
    )
    def list(self, request: Request) -> Response:
        wanted = BatchFilter.read(request.query_params)
        filters = {"state": wanted["state"]} if "state" in wanted else {}
        rows = self.get_queryset().filter(**filters).defer("document", "resolver", "conflicts")
        return self.get_paginated_response(BatchOutput(self.paginate_queryset(rows), many=True).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="ETag of before")],
        responses={200: BatchDetail, 304: OpenApiResponse(description="Nothing changed since.")},
        summary="One batch: progress, and the merged tokens when it is done",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        batch = self.batch(id)
        etag = f'"{batch.version}"'
        known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
        if known & {etag, "*"}:
            return Response(status=304, headers={"ETag": etag})
        return Response(BatchDetail(batch).data, headers={"ETag": etag})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        summary="Delete a batch that has ended; extractions and pictures stay",
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        BatchService().delete(self.batch(id))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated], rate=Rate.WRITE, request=None, responses=BatchOutput, summary="Cancel a batch"
    )
    def cancel(self, request: Request, id: uuid.UUID) -> Response:
        return Response(BatchOutput(BatchService().cancel(self.batch(id))).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        request=None,
        responses={202: BatchOutput},
        summary="Try the items again that failed, were set aside or cancelled",
    )
    def retry(self, request: Request, id: uuid.UUID) -> Response:
        return Response(BatchOutput(BatchService().retry(self.batch(id))).data, status=202)


class BatchItemViewSet(OwnBatches):
    serializer_class = BatchItemOutput

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[OpenApiParameter("state", str, enum=BatchItemState.values)],
        responses=BatchItemOutput(many=True),
        summary="The items of a batch, the last first",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        wanted = BatchItemFilter.read(request.query_params)
        filters = {"state": wanted["state"]} if "state" in wanted else {}
        page = self.paginate_queryset(BatchItem.objects.filter(batch=self.batch(id), **filters))
        return self.get_paginated_response(BatchItemOutput(page, many=True).data)


def _pictures(given: dict[str, Any]) -> Pictures:
    sent = [name for name in ("pictures", "archive", "images") if given.get(name)]
    if len(sent) != 1:
        detail = "Send one of pictures, archive and images."
        raise DomainError("invalid", detail, Kind.INVALID, errors=[FieldError("/pictures", "invalid", detail)])
    uploads = [
        Upload(f"/pictures/{index}", file.name, file.read) for index, file in enumerate(given.get("pictures", ()))
    ]
    return Pictures(uploads, given.get("archive"), given.get("images", ()))
