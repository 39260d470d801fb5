"""POST reauthenticate, POST reauthenticate/passkey/options."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.passkeys import CeremonyOutput
from accounts.api.step_up import BeforeSecondFactor
from accounts.api.token_output import PasswordField, TokensOutput
from accounts.services.mfa import Method
from accounts.services.reauthentication import ReauthenticationService
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate

_PASSKEY = {"ceremony", "credential"}


class ReauthenticateInput(Input):
    """A password, with `method` and `code` where there is a second factor; or what a passkey answered."""

    password = PasswordField(required=False)
    method = serializers.ChoiceField(
        choices=[each.value for each in Method],
        required=False,
        help_text="Needed where the account has a second factor.",
    )
    code = serializers.CharField(max_length=64, required=False)
    ceremony = serializers.UUIDField(required=False, help_text="Of reauthenticate/passkey/options.")
    credential = serializers.DictField(required=False, help_text="What navigator.credentials gave, by `toJSON()`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        by_passkey = attrs.keys() == _PASSKEY
        by_password = "password" in attrs and not attrs.keys() & _PASSKEY
        if not by_passkey and not by_password:
            raise serializers.ValidationError(
                "Give either password, with method and code, or ceremony and credential.", code="one_of_two"
            )
        return attrs


class ReauthenticationViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses=CeremonyOutput,
        operation_id="beginPasskeyReauthentication",
        summary="Get what the browser needs to prove it with a passkey of the account",
    )
    def options_for_passkey(self, request: Request) -> Response:
        begun = ReauthenticationService().begin_with_passkey(user_of(request), session_of(request))
        return Response(CeremonyOutput(begun).data)

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
        user, session = user_of(request), session_of(request)
        if "credential" in given:
            tokens = ReauthenticationService().with_passkey(user, session, given["ceremony"], given["credential"])
        else:
            method = Method(given["method"]) if "method" in given else None
            tokens = ReauthenticationService().with_password(
                user, session, given["password"], method, given.get("code", "")
            )
        return Response(TokensOutput(tokens).data)
