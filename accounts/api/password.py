"""POST password/change, POST password/forgot, POST password/reset."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.login import OneTimeTokenInput
from accounts.api.registration import TAKEN, EmailInput
from accounts.api.token_output import PasswordField, TokensOutput
from accounts.services.password import PasswordService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class ChangeInput(Input):
    current_password = PasswordField()
    password = PasswordField(help_text="The new one.")


class ResetInput(OneTimeTokenInput):
    password = PasswordField(help_text="The new one.")


class PasswordViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.CREDENTIALS,
        request=ChangeInput,
        responses=TokensOutput,
        operation_id="changePassword",
        summary="Change the password",
        description="Every other session ends; go on with the tokens of the answer.",
    )
    def change(self, request: Request) -> Response:
        given = ChangeInput.read(request.data)
        tokens = PasswordService().change(
            user_of(request), session_of(request), given["current_password"], given["password"]
        )
        return Response(TokensOutput(tokens).data)


class ForgottenPasswordViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=EmailInput,
        responses={202: TAKEN},
        operation_id="forgotPassword",
        summary="Have a link to a new password mailed",
    )
    def forgot(self, request: Request) -> Response:
        PasswordService().forgot(EmailInput.read(request.data)["email"])
        return Response(status=202)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=ResetInput,
        responses={204: OpenApiResponse(description="The password is set; sign in.")},
        operation_id="resetPassword",
        summary="Set a new password by the token that was mailed",
        description="Every session ends. Second factors stay as they are.",
    )
    def reset(self, request: Request) -> Response:
        given = ResetInput.read(request.data)
        PasswordService().reset(given["token"], given["password"])
        return Response(status=204)
