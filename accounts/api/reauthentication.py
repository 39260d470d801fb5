"""POST reauthenticate."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.step_up import BeforeSecondFactor
from accounts.api.token_output import PasswordField, TokensOutput
from accounts.services.mfa import Method
from accounts.services.reauthentication import ReauthenticationService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class ReauthenticateInput(Input):
    password = PasswordField()
    method = serializers.ChoiceField(
        choices=[each.value for each in Method],
        required=False,
        help_text="Needed where the account has a second factor.",
    )
    code = serializers.CharField(max_length=64, required=False)


class ReauthenticationViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=ReauthenticateInput,
        responses=TokensOutput,
        operation_id="reauthenticate",
        summary="Prove again who you are, for a sensitive act",
        description="The tokens of the answer carry a fresh `auth_time`; the refresh token before them is spent.",
    )
    def create(self, request: Request) -> Response:
        given = ReauthenticateInput.read(request.data)
        method = Method(given["method"]) if "method" in given else None
        tokens = ReauthenticationService().with_password(
            user_of(request), session_of(request), given["password"], method, given.get("code", "")
        )
        return Response(TokensOutput(tokens).data)
