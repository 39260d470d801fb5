"""POST images/{id}/links makes a short link to a picture; GET images/{id}/linked follows one, without a credential."""

from __future__ import annotations

import time
import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate
from designsystem.api.file_responses import OneRepresentation, file_response
from designsystem.api.images import EXTENSIONS
from designsystem.models import SourceImage
from designsystem.services.exports import ExportedFile
from designsystem.services.picture_links import DEFAULT_SECONDS, MAX_SECONDS, LinkPurpose, PictureLinks, SignedLink


class LinkInput(Input):
    purpose = serializers.ChoiceField(LinkPurpose.choices, default=LinkPurpose.VIEW.value)
    expires_in_seconds = serializers.IntegerField(min_value=1, max_value=MAX_SECONDS, default=DEFAULT_SECONDS)


class LinkOutput(serializers.Serializer[SignedLink]):
    url = serializers.CharField(help_text="Whoever has it sees the picture until it expires.")
    purpose = serializers.ChoiceField(LinkPurpose.choices)
    expires_at = serializers.DateTimeField()


class LinkQuery(Input):
    purpose = serializers.ChoiceField(LinkPurpose.choices)
    expires = serializers.IntegerField(min_value=0, max_value=2**53)
    key = serializers.CharField(max_length=64)
    signature = serializers.RegexField(r"^[0-9a-f]{64}\Z", max_length=64)


class PictureLinkViewSet(ApiViewSet):
    serializer_class = LinkOutput
    queryset = SourceImage.objects.none()

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=LinkInput,
        responses={201: LinkOutput},
        summary="Make a short link to a picture",
        description="It works without a credential, for this picture and purpose only, and ends early when your "
        "password changes or all your sessions end.",
    )
    def create(self, request: Request, id: uuid.UUID) -> Response:
        given = LinkInput.read(request.data)
        owned: Any = SourceImage.objects.visible_to(user_of(request)).select_related("owner")
        image = found_or_404(owned, pk=id)
        link = PictureLinks().make(image, LinkPurpose(given["purpose"]), given["expires_in_seconds"])
        return Response(LinkOutput(link).data, status=201)


class LinkedPictureViewSet(ApiViewSet):
    """Apart from the other because it answers with bytes, to whoever has the link."""

    queryset = SourceImage.objects.none()
    content_negotiation_class = OneRepresentation

    @operation(
        permissions=[AllowAny],
        rate=Rate.READ,
        parameters=[
            OpenApiParameter("purpose", str, enum=LinkPurpose.values, required=True),
            OpenApiParameter("expires", int, required=True),
            OpenApiParameter("key", str, required=True),
            OpenApiParameter("signature", str, required=True),
        ],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in EXTENSIONS},
        summary="The picture of a short link",
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> HttpResponse:
        given = LinkQuery.read(request.query_params)
        purpose, expires = LinkPurpose(given["purpose"]), given["expires"]
        image = PictureLinks().open(SignedLink(id, purpose, expires, given["key"], given["signature"]))
        name = f"{image.pk}.{EXTENSIONS[image.media_type]}"
        response = file_response(ExportedFile(name, image.media_type, image.read()))
        if purpose is LinkPurpose.VIEW:
            response.headers["Content-Disposition"] = f'inline; filename="{name}"'
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # the link is the permission
            response.headers["Cache-Control"] = f"private, max-age={max(expires - int(time.time()), 0)}"
        return response
