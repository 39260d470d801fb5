"""Bearer access tokens: signature first, then session and epoch; and who acts, for the trail and the change log."""

from __future__ import annotations

from typing import Any, NoReturn

from auditlog.context import auditlog_value
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from accounts.models import User
from accounts.services.credential_state import CredentialState
from accounts.tokens import AccessToken
from audit import context as audit_context
from audit.logger import reference


class AccessTokenAuthentication(JWTAuthentication):
    """simplejwt's reading of the header, over a ring of keys, with revocation checked on every request."""

    def authenticate(self, request: Request) -> Any:
        authenticated = super().authenticate(request)
        if authenticated is not None:
            user, token = authenticated
            audit_context.amend(actor=reference(user), session=token["sid"], method=" ".join(token["amr"]))
            changes = auditlog_value.get(None)  # its middleware ran before and did not know the user yet
            if changes is not None:
                changes["actor"] = user
        return authenticated

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        try:
            return AccessToken(raw_token)  # type: ignore[arg-type]  # simplejwt names the parsed type
        except TokenError:
            _refuse()

    def get_user(self, validated_token: Any) -> User:  # type: ignore[override]  # simplejwt's own type variable
        user = CredentialState().user_of(validated_token["sub"], validated_token["sid"], validated_token["epoch"])
        if user is None:
            _refuse()
        return user


class AccessTokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """The same scheme in the OpenAPI document."""

    target_class = AccessTokenAuthentication  # type: ignore[assignment]  # typed as the string it may also be
    name = "accessToken"


def _refuse() -> NoReturn:
    raise AuthenticationFailed("The access token is not valid.", code="token_not_valid")
