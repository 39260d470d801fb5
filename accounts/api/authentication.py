"""Bearer access tokens and API keys; and who acts, for the trail."""

from __future__ import annotations

from functools import partial
from typing import Any, NoReturn

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from accounts.api.reach import refuse_beyond_scopes, refuse_while_restricted
from accounts.api.step_up import refuse_before_second_factor
from accounts.credential_cache import MARK
from accounts.models import ApiKey, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.credential_state import CredentialState
from accounts.services.mfa import SecondFactors
from accounts.tokens import AccessToken
from audit import context as audit_context
from audit.logger import reference
from config.api.client_address import client_address
from config.api.declaration import declaration_of
from config.api.throttling import count_and_read, refuse_after_many_refusals

_AAL2 = 2  # NIST SP 800-63B-4


class AccessTokenAuthentication(JWTAuthentication):
    """simplejwt's reading of the header, over a ring of keys, with revocation checked on every request."""

    def authenticate(self, request: Request) -> Any:
        header = self.get_header(request)
        raw = header and self.get_raw_token(header)
        if not raw:
            return None
        token = self.get_validated_token(raw)
        user = _state_behind(request, token).user_of(token["sub"], token["sid"], token["epoch"])
        if user is None:
            _refuse()
        refuse_while_restricted(request, user)
        _acts(user, token["sid"], " ".join(token["amr"]))
        if token["aal"] < _AAL2:
            refuse_before_second_factor(request, user)
        return user, token

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        try:
            return AccessToken(raw_token)  # type: ignore[arg-type]  # simplejwt names the parsed type
        except TokenError:
            _refuse()


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`: one look-up by digest, then owner, expiry, network and scope."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != self.keyword.lower():
            return None
        refuse_after_many_refusals(request)
        key = ApiKeyService().check(secret.strip(), client_address(request._request))
        if key is None:
            raise AuthenticationFailed("The API key is not valid.", code="api_key_not_valid")
        refuse_beyond_scopes(request, key)
        refuse_while_restricted(request, key.user)
        if key.user.is_staff and not SecondFactors().methods_of(key.user):  # no way in is weaker than another
            refuse_before_second_factor(request, key.user)
        _acts(key.user, key.principal, "api_key")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class AccessTokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """The same scheme in the OpenAPI document."""

    target_class = AccessTokenAuthentication  # type: ignore[assignment]  # typed as the string it may also be
    name = "accessToken"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """API keys in the OpenAPI document."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key lp_..."}


def _state_behind(request: Request, token: AccessToken) -> CredentialState:
    """The check of every request; it takes the count of this call along on its way to the cache."""
    declaration = declaration_of(request)
    if declaration is None:
        return CredentialState()
    return CredentialState(read=partial(count_and_read, request, declaration.rate, token.principal, MARK))


def _acts(user: User, session: str, method: str) -> None:
    audit_context.amend(actor=reference(user), session=session, method=method)


def _refuse() -> NoReturn:
    raise AuthenticationFailed("The access token is not valid.", code="token_not_valid")
