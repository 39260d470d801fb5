"""A route table for the tests of what every endpoint shares."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import problems
from config.api.operation import ApiViewSet, operation
from config.api.parsers import StrictJSONParser, StrictMultiPartParser
from config.api.serializers import Input, LineField, ObjectField
from config.models import IdempotentRequest
from config.rate_limits import Rate


class Note(Input):
    title = LineField(required=False)
    text = serializers.CharField(trim_whitespace=False, required=False)
    number = serializers.IntegerField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    file = serializers.FileField(required=False)
    marked = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(["1", "2"], required=False)
    key = serializers.UUIDField(required=False)
    more = ObjectField(required=False)


class NoteViewSet(ApiViewSet):
    parser_classes = (StrictJSONParser, StrictMultiPartParser)
    calls: ClassVar[list[Any]] = []
    queryset = IdempotentRequest.objects.all()

    @operation(permissions=[AllowAny], rate=Rate.WRITE, idempotent=True, request=Note, responses={201: Note})
    def create(self, request: Request) -> Response:
        given = Note.read(request.data)
        given.pop("file", None)
        self.calls.append(given)
        if given.get("text") == "fail":
            raise RuntimeError("a defect")
        return Response({**given, "call": len(self.calls)}, status=201, headers={"Location": "/notes/1"})

    @operation(permissions=[AllowAny], rate=Rate.READ, responses={200: Note(many=True)})
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([row.digest for row in page or []])

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses={200: Note})
    def secret(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk)})

    @operation(permissions=[AllowAny], rate=Rate.CREDENTIALS, request=None, responses={200: Note})
    def guess(self, request: Request) -> Response:
        return Response({})

    def undeclared(self, request: Request) -> Response:
        return Response({"never": "reached"})


urlpatterns = [
    path("api/notes", NoteViewSet.as_view({"get": "list", "post": "create"})),
    path("api/other-notes", NoteViewSet.as_view({"get": "list"})),
    path("api/secret", NoteViewSet.as_view({"get": "secret"})),
    path("api/guess", NoteViewSet.as_view({"post": "guess"})),
    path("api/undeclared", NoteViewSet.as_view({"get": "undeclared"})),
]
handler400, handler404, handler500 = problems.bad_request, problems.not_found, problems.server_error
