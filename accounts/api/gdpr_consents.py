"""GET, POST gdpr/consents."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import ConsentPurpose
from accounts.services.gdpr_consents import ConsentService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class ConsentInput(Input):
    purpose = serializers.ChoiceField(ConsentPurpose.choices)
    text_version = serializers.CharField(max_length=16, help_text="Of the text that was shown.")
    given = serializers.BooleanField()


class ConsentOutput(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(ConsentPurpose.choices)
    text_version = serializers.CharField(source="text.version")
    text = serializers.CharField(source="text.text")
    given = serializers.BooleanField(help_text="To this very text.")
    decided_at = serializers.DateTimeField(allow_null=True)


class ConsentsOutput(serializers.Serializer[Any]):
    results = ConsentOutput(many=True)


class ConsentViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        responses=ConsentsOutput,
        operation_id="listConsents",
        summary="What you may agree to, and what you agreed to",
    )
    def states(self, request: Request) -> Response:
        states: Any = ConsentService().states(user_of(request))
        return Response({"results": ConsentOutput(states, many=True).data})

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=ConsentInput,
        responses={201: ConsentOutput},
        operation_id="decideConsent",
        summary="Give or withdraw a consent",
        description="409 when the text has changed since it was shown.",
    )
    def create(self, request: Request) -> Response:
        given = ConsentInput.read(request.data)
        state = ConsentService().decide(
            user_of(request), ConsentPurpose(given["purpose"]), given["text_version"], given["given"]
        )
        return Response(ConsentOutput(state).data, status=201)
