"""Who gets what: every route of accounts for every persona, in one table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.session import SessionManager
from accounts.tests.conftest import bearer
from config.tests.api.test_routes import OPERATIONS

pytestmark = pytest.mark.django_db

# alice who has just signed in, or did so ten minutes ago; a key of hers for her account, and one for design systems
PERSONAS = ("stranger", "user", "user_since_long", "account_key", "design_system_key")
# Bodies are empty and ids are nobody's: 400 and 404 say that the persona was let in.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("post", "register"): (400, 400, 400, 400, 400),
    ("post", "verify/email"): (400, 400, 400, 400, 400),
    ("post", "verify/email/resend"): (400, 400, 400, 400, 400),
    ("post", "verify/phone"): (401, 400, 403, 403, 403),
    ("post", "verify/phone/confirm"): (401, 400, 400, 400, 403),
    ("post", "login"): (400, 400, 400, 400, 400),
    ("post", "login/mfa"): (400, 400, 400, 400, 400),
    ("post", "login/passkey/options"): (200, 200, 200, 200, 200),
    ("post", "login/passkey"): (400, 400, 400, 400, 400),
    ("post", "unlock"): (400, 400, 400, 400, 400),
    ("post", "token/refresh"): (400, 400, 400, 400, 400),
    ("post", "token/verify"): (400, 400, 400, 400, 400),
    ("post", "reauthenticate"): (401, 400, 400, 400, 403),
    ("post", "reauthenticate/passkey/options"): (401, 409, 409, 401, 403),
    ("post", "logout"): (401, 204, 204, 401, 403),
    ("post", "logout/all"): (401, 204, 204, 204, 403),
    ("get", "sessions"): (401, 200, 200, 401, 403),
    ("delete", "sessions"): (401, 204, 204, 401, 403),
    ("delete", "sessions/<uuid:id>"): (401, 404, 404, 404, 403),
    ("get", "me"): (401, 200, 200, 200, 403),
    ("patch", "me"): (401, 400, 400, 400, 403),
    ("post", "password/change"): (401, 400, 400, 400, 403),
    ("post", "password/forgot"): (400, 400, 400, 400, 400),
    ("post", "password/reset"): (400, 400, 400, 400, 400),
    ("post", "email/change"): (401, 400, 403, 403, 403),
    ("delete", "email/change"): (401, 404, 404, 404, 403),
    ("post", "email/change/confirm"): (400, 400, 400, 400, 400),
    ("post", "email/change/cancel"): (400, 400, 400, 400, 400),
    ("get", "mfa"): (401, 200, 200, 200, 403),
    ("post", "mfa/totp"): (401, 201, 403, 403, 403),
    ("delete", "mfa/totp"): (401, 403, 403, 403, 403),
    ("post", "mfa/totp/confirm"): (401, 400, 403, 403, 403),
    ("post", "mfa/recovery-codes"): (401, 403, 403, 403, 403),
    ("get", "mfa/passkeys"): (401, 200, 200, 200, 403),
    ("post", "mfa/passkeys"): (401, 400, 403, 403, 403),
    ("post", "mfa/passkeys/options"): (401, 200, 403, 403, 403),
    ("patch", "mfa/passkeys/<uuid:id>"): (401, 400, 400, 400, 403),
    ("delete", "mfa/passkeys/<uuid:id>"): (401, 403, 403, 403, 403),
    ("get", "api-keys"): (401, 200, 200, 200, 403),
    ("post", "api-keys"): (401, 400, 403, 403, 403),
    ("patch", "api-keys/<uuid:id>"): (401, 404, 403, 403, 403),
    ("delete", "api-keys/<uuid:id>"): (401, 404, 404, 404, 403),
    ("post", "api-keys/<uuid:id>/rotate"): (401, 404, 403, 403, 403),
    ("get", "gdpr/consents"): (401, 200, 200, 200, 403),
    ("post", "gdpr/consents"): (401, 400, 400, 400, 403),
    ("post", "gdpr/export"): (401, 202, 202, 202, 403),
    ("get", "gdpr/exports/<uuid:id>"): (401, 404, 404, 404, 403),
    ("get", "gdpr/exports/<uuid:id>/download"): (401, 404, 403, 403, 403),
    ("post", "gdpr/erasure"): (401, 202, 403, 403, 403),
    ("get", "gdpr/erasure"): (401, 404, 404, 404, 403),
    ("delete", "gdpr/erasure"): (401, 404, 404, 404, 403),
    ("post", "gdpr/erasure/cancel"): (400, 400, 400, 400, 400),
    ("post", "gdpr/restriction"): (401, 200, 200, 200, 403),
    ("delete", "gdpr/restriction"): (401, 200, 200, 200, 403),
    ("get", "gdpr/activity"): (401, 200, 200, 200, 403),
}
PREFIX = "api/auth/"
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def client_of(alice: User, signed_in: Callable[[User], APIClient]) -> Callable[[str], APIClient]:
    def made(persona: str) -> APIClient:
        if persona == "user":
            return signed_in(alice)
        if persona == "user_since_long":
            with time_machine.travel(timezone.now() - timedelta(minutes=10)):
                tokens = SessionManager().start(alice, ["pwd"])
            return bearer(APIClient(), SessionManager().refresh(tokens.refresh).access)
        client = APIClient()
        if persona.endswith("_key"):
            area = persona.removesuffix("_key").replace("_", "-")
            scopes = [each for each in Scope.values if each.startswith(area)]
            client.credentials(
                HTTP_AUTHORIZATION=f"Api-Key {ApiKeyService().create(alice, 'CI', scopes, [], 1).secret}"
            )
        return client

    return made


def test_permission_matrix_has_every_route() -> None:
    routes = {(method, route.removeprefix(PREFIX)) for route, method, _ in OPERATIONS if route.startswith(PREFIX)}
    assert routes == set(TABLE)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize(("method", "route"), TABLE, ids=[f"{method} {route}" for method, route in TABLE])
def test_permission_matrix(method: str, route: str, persona: str, client_of: Callable[[str], APIClient]) -> None:
    path = f"/{PREFIX}{route}".replace("<uuid:id>", NOBODYS)
    declared = next(handler.declaration for at, by, handler in OPERATIONS if (by, at) == (method, PREFIX + route))
    body: dict[str, Any] = {"data": {}} if method in ("post", "patch", "put") and declared.takes_body else {}
    answer = getattr(client_of(persona), method)(path, **body)
    assert answer.status_code == TABLE[method, route][PERSONAS.index(persona)]
