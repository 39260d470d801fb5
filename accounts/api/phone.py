"""POST verify/phone, POST verify/phone/confirm."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.registration import TAKEN
from accounts.api.step_up import RecentLogin
from accounts.services.phone import PhoneService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class PhoneInput(Input):
    phone = serializers.CharField(max_length=40)
    country = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, help_text="ISO 3166 code; needed when the number does not begin with +."
    )


class CodeInput(Input):
    code = serializers.RegexField(r"^[0-9]{6}$")


class PhoneViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.CREDENTIALS,
        request=PhoneInput,
        responses={202: TAKEN},
        operation_id="verifyPhone",
        summary="Have a code sent to a number",
    )
    def create(self, request: Request) -> Response:
        given = PhoneInput.read(request.data)
        PhoneService().ask(user_of(request), given["phone"], given.get("country"))
        return Response(status=202)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.CREDENTIALS,
        request=CodeInput,
        responses={204: OpenApiResponse(description="The number is yours.")},
        operation_id="confirmPhone",
        summary="Give the code back",
    )
    def confirm(self, request: Request) -> Response:
        PhoneService().confirm(user_of(request), CodeInput.read(request.data)["code"])
        return Response(status=204)
