"""POST login, POST login/mfa, POST unlock."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.token_output import LoginOutput, MfaRequiredOutput, PasswordField
from accounts.services.login import AuthService
from accounts.services.mfa import Method
from accounts.services.mfa_login import MfaLoginService, MfaRequired
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class LoginInput(Input):
    identifier = serializers.CharField(max_length=320, help_text="E-mail address, or phone number in E.164.")
    password = PasswordField()
    device = serializers.CharField(max_length=256, required=False, help_text="`device` of an earlier log-in.")


class MfaLoginInput(Input):
    ticket = serializers.CharField(max_length=256)
    method = serializers.ChoiceField(choices=[each.value for each in Method])
    code = serializers.CharField(max_length=64, help_text="Six digits, or a recovery code.")


LOGIN_OUTCOME = PolymorphicProxySerializer(
    component_name="LoginOutcome", serializers=[LoginOutput, MfaRequiredOutput], resource_type_field_name=None
)


class OneTimeTokenInput(Input):
    token = serializers.CharField(max_length=256)


class LoginViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=LoginInput,
        responses=LOGIN_OUTCOME,
        operation_id="login",
        summary="Sign in",
        description="Tokens, or a ticket for `login/mfa` where the account has a second factor. One answer for "
        "everything that is wrong with the credentials; 429 when there were too many.",
    )
    def login(self, request: Request) -> Response:
        given = LoginInput.read(request.data)
        outcome = AuthService().login(given["identifier"], given["password"], given.get("device"))
        if isinstance(outcome, MfaRequired):
            return Response(MfaRequiredOutput(outcome).data)
        return Response(LoginOutput(outcome).data)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=MfaLoginInput,
        responses=LoginOutput,
        operation_id="loginMfa",
        summary="Finish signing in with a second factor",
        description="401 `wrong_code`: try again, five times with one ticket. 401 `ticket_not_valid`: begin anew with "
        "the password. 429: too many wrong codes, and every ticket of the account is void.",
    )
    def mfa(self, request: Request) -> Response:
        given = MfaLoginInput.read(request.data)
        tokens = MfaLoginService().finish(given["ticket"], Method(given["method"]), given["code"])
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
