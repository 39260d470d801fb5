"""Uploaded pictures: POST, GET images; GET, DELETE images/{id}; GET images/{id}/content."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.filtering import ListFilter
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.parsers import StrictMultiPartParser
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.models import SourceImage
from designsystem.services.exports import ExportedFile
from designsystem.services.uploads import UploadService

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "image/avif": "avif"}


class UploadForm(Input):
    picture = serializers.FileField(allow_empty_file=True, max_length=200)


class ImageOutput(serializers.ModelSerializer[SourceImage]):
    class Meta:
        model = SourceImage
        fields = ("id", "name", "sha256", "media_type", "width", "height", "size", "created_at")
        read_only_fields = fields


class ImageViewSet(ApiViewSet):
    serializer_class = ImageOutput
    parser_classes = (StrictMultiPartParser,)
    queryset = SourceImage.objects.none()

    def get_queryset(self) -> Any:
        return SourceImage.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        idempotent=True,
        request={"multipart/form-data": UploadForm},
        responses={201: ImageOutput, 200: OpenApiResponse(ImageOutput, "You had this picture already.")},
        summary="Upload a picture",
    )
    def create(self, request: Request) -> Response:
        file = UploadForm.read(request.data)["picture"]
        image, new = UploadService().upload(user_of(request), file.read(), file.name)
        return Response(
            ImageOutput(image).data,
            status=201 if new else 200,
            headers={"Location": f"/api/design-system/images/{image.pk}"},
        )

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=ImageOutput(many=True),
        summary="Your pictures",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ImageOutput(page, many=True).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=ImageOutput, summary="One picture")
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(ImageOutput(self._image(id)).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.WRITE, responses={204: None}, summary="Delete a picture")
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        UploadService().delete(self._image(id))
        return Response(status=204)

    def _image(self, id: uuid.UUID) -> SourceImage:
        found: SourceImage = found_or_404(self.get_queryset(), pk=id)
        return found


class ImageContentViewSet(ImageViewSet):
    """Apart from the others because it answers with bytes, whatever the client accepts."""

    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in EXTENSIONS},
        summary="The bytes of a picture",
        description="Yours, or the baseline of a screen in a design system that is shared with you.",
    )
    def content(self, request: Request, id: uuid.UUID) -> HttpResponse:
        image = found_or_404(SourceImage.objects.shown_to(user_of(request)), pk=id)
        return file_response(ExportedFile(f"{image.pk}.{EXTENSIONS[image.media_type]}", image.media_type, image.read()))
