"""POST login, POST unlock."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.token_output import LoginOutput, PasswordField
from accounts.services.login import AuthService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class LoginInput(Input):
    identifier = serializers.CharField(max_length=320, help_text="E-mail address, or phone number in E.164.")
    password = PasswordField()
    device = serializers.CharField(max_length=256, required=False, help_text="`device` of an earlier log-in.")


class OneTimeTokenInput(Input):
    token = serializers.CharField(max_length=256)


class LoginViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=LoginInput,
        responses=LoginOutput,
        operation_id="login",
        summary="Sign in",
        description="One answer for everything that is wrong with the credentials; 429 when there were too many.",
    )
    def login(self, request: Request) -> Response:
        given = LoginInput.read(request.data)
        tokens = AuthService().login(given["identifier"], given["password"], given.get("device"))
        return Response(LoginOutput(tokens).data)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=OneTimeTokenInput,
        responses={204: OpenApiResponse(description="The account is unlocked.")},
        operation_id="unlock",
        summary="Unlock an account by the token that was mailed",
    )
    def unlock(self, request: Request) -> Response:
        AuthService().unlock(OneTimeTokenInput.read(request.data)["token"])
        return Response(status=204)
