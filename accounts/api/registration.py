"""POST register, POST verify/email, POST verify/email/resend."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.login import OneTimeTokenInput
from accounts.api.token_output import PasswordField
from accounts.services.registration import RegistrationService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate

TAKEN = OpenApiResponse(description="Taken in. The mail tells the rest; this answer is the same for everybody.")


class EmailInput(Input):
    email = serializers.CharField(max_length=254)


class RegisterInput(EmailInput):
    password = PasswordField(help_text="15 characters or more; no other rules, but not a common password.")
    name = serializers.CharField(max_length=200, required=False, help_text="How to address you.")


class RegistrationViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        idempotent=True,
        request=RegisterInput,
        responses={202: TAKEN},
        operation_id="register",
        summary="Open an account",
    )
    def register(self, request: Request) -> Response:
        given = RegisterInput.read(request.data)
        RegistrationService().register(given["email"], given["password"], given.get("name"))
        return Response(status=202)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=OneTimeTokenInput,
        responses={204: OpenApiResponse(description="The address is confirmed; sign in.")},
        operation_id="verifyEmail",
        summary="Confirm an e-mail address by the token that was mailed",
    )
    def verify_email(self, request: Request) -> Response:
        RegistrationService().verify(OneTimeTokenInput.read(request.data)["token"])
        return Response(status=204)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=EmailInput,
        responses={202: TAKEN},
        operation_id="resendVerification",
        summary="Have the mail sent again",
    )
    def resend(self, request: Request) -> Response:
        RegistrationService().resend_verification(EmailInput.read(request.data)["email"])
        return Response(status=202)
