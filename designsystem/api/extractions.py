"""Results: GET extractions; GET, DELETE extractions/{id}; and its tokens, report and overlay as files."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.extraction_output import ExtractionDetail, ExtractionOutput
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.tokens.token_set import GROUPS
from designsystem.models import Extraction, ExtractionState
from designsystem.services.exports import DEFAULT_FORMAT, ExportService
from designsystem.services.extraction import ExtractionService

FORMAT = OpenApiParameter("format", str, enum=list(EXPORTERS), default=DEFAULT_FORMAT)
FORMAT_RESPONSES = {(200, media): OpenApiTypes.STR for media in {each.media_type for each in EXPORTERS.values()}}


class ExtractionFilter(Input):
    state = serializers.ChoiceField(ExtractionState.choices, required=False)
    design_system = serializers.UUIDField(required=False)
    image = serializers.UUIDField(required=False)
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class TokensQuery(Input):
    format = serializers.CharField(default=DEFAULT_FORMAT, allow_blank=True)  # blank names no format


class OverlayQuery(Input):
    kinds = serializers.ListField(child=serializers.ChoiceField(GROUPS), required=False)


class ExtractionViewSet(ApiViewSet):
    serializer_class = ExtractionOutput
    queryset = Extraction.objects.none()

    def get_queryset(self) -> Any:
        return Extraction.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("state", str, enum=ExtractionState.values),
            OpenApiParameter("design_system", uuid.UUID),
            OpenApiParameter("image", uuid.UUID),
        ],
        responses=ExtractionOutput(many=True),
        summary="Your extractions",
    )
    def list(self, request: Request) -> Response:
        wanted = ExtractionFilter.read(request.query_params)
        filters = {name: wanted[name] for name in ("state", "design_system", "image") if name in wanted}
        page = self.paginate_queryset(self.get_queryset().filter(**filters).defer("document"))
        return self.get_paginated_response(ExtractionOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated], rate=Rate.READ, responses=ExtractionDetail, summary="One extraction, with tokens"
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ExtractionDetail(self._extraction(id)).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.WRITE, responses={204: None}, summary="Delete an extraction")
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        ExtractionService().delete(self._extraction(id))
        return Response(status=204)

    def _extraction(self, id: uuid.UUID) -> Extraction:
        found: Extraction = found_or_404(self.get_queryset().select_related("image"), pk=id)
        return found


class ExtractionFileViewSet(ExtractionViewSet):
    """Apart from the others because it answers with files, whatever the client accepts."""

    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[FORMAT],
        responses=FORMAT_RESPONSES,
        summary="The tokens in a format",
    )
    def tokens(self, request: Request, id: uuid.UUID) -> HttpResponse:
        wanted = TokensQuery.read(request.query_params)["format"]
        return file_response(ExportService().tokens(self._extraction(id), wanted))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        responses={(200, "text/html"): OpenApiTypes.STR},
        summary="The report, one self-contained page",
    )
    def report(self, request: Request, id: uuid.UUID) -> HttpResponse:
        return file_response(ExportService().report(self._extraction(id)))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        parameters=[OpenApiParameter("kinds", str, many=True, enum=list(GROUPS))],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
        summary="The picture with its evidence drawn in",
    )
    def overlay(self, request: Request, id: uuid.UUID) -> HttpResponse:
        kinds = OverlayQuery.read(request.query_params).get("kinds")
        return file_response(ExportService().overlay(self._extraction(id), kinds))
