"""POST token/refresh, POST token/verify, GET /.well-known/jwks.json."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from accounts.api.token_output import MAX_SECRET, TokensOutput
from accounts.services.credential_state import CredentialState
from accounts.services.session import SessionManager
from accounts.tokens import AccessToken, public_key_set
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.rate_limits import Rate

_KEYS_SECONDS = 300


class RefreshInput(Input):
    refresh = serializers.CharField(max_length=MAX_SECRET)


class VerifyInput(Input):
    token = serializers.CharField(max_length=4096, help_text="An access token.")


class VerifyOutput(serializers.Serializer[Any]):
    """RFC 7662: everything but `active` is there only when it is true."""

    active = serializers.BooleanField()
    sub = serializers.UUIDField(required=False)
    sid = serializers.UUIDField(required=False)
    aal = serializers.IntegerField(required=False)
    amr = serializers.ListField(child=serializers.CharField(), required=False)
    auth_time = serializers.IntegerField(required=False, help_text="Unix seconds.")
    exp = serializers.IntegerField(required=False, help_text="Unix seconds.")


class TokenViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.WRITE,
        request=RefreshInput,
        responses=TokensOutput,
        operation_id="refreshToken",
        summary="Trade a refresh token for the next pair",
        description="The token before may come again for some seconds, when an answer was lost. An older one was "
        "copied: it ends the session, and the user is told by mail.",
    )
    def refresh(self, request: Request) -> Response:
        return Response(TokensOutput(SessionManager().refresh(RefreshInput.read(request.data)["refresh"])).data)

    @operation(
        permissions=[AllowAny],
        rate=Rate.WRITE,
        request=VerifyInput,
        responses=VerifyOutput,
        operation_id="verifyToken",
        summary="Whether an access token of one's own still works, and what it says",
    )
    def verify(self, request: Request) -> Response:
        return Response(_introspect(VerifyInput.read(request.data)["token"]))


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The keys that verify access tokens."""
    return JsonResponse(public_key_set(), headers={"Cache-Control": f"public, max-age={_KEYS_SECONDS}"})


def _introspect(raw: str) -> dict[str, Any]:
    try:
        token = AccessToken(raw)  # type: ignore[arg-type]  # simplejwt names the parsed type
    except TokenError:
        return {"active": False}
    if CredentialState().user_of(token["sub"], token["sid"], token["epoch"]) is None:
        return {"active": False}
    return {"active": True, **{claim: token[claim] for claim in ("sub", "sid", "aal", "amr", "auth_time", "exp")}}
