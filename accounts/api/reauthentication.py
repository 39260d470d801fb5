"""POST reauthenticate."""

from __future__ import annotations

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.token_output import PasswordField, TokensOutput
from accounts.services.reauthentication import ReauthenticationService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate


class ReauthenticateInput(Input):
    password = PasswordField()


class ReauthenticationViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.CREDENTIALS,
        request=ReauthenticateInput,
        responses=TokensOutput,
        operation_id="reauthenticate",
        summary="Prove again who you are, for a sensitive act",
        description="The tokens of the answer carry a fresh `auth_time`; the refresh token before them is spent.",
    )
    def create(self, request: Request) -> Response:
        given = ReauthenticateInput.read(request.data)
        tokens = ReauthenticationService().with_password(user_of(request), session_of(request), given["password"])
        return Response(TokensOutput(tokens).data)
