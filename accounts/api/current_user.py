"""The user and the session of a request, as what they are and nothing else."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User
from accounts.tokens import AccessToken


def user_of(request: Request) -> User:
    """Who is signed in; NotAuthenticated for a stranger, whatever the permissions let through."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def session_of(request: Request) -> str:
    """The id of the session that asks; NotAuthenticated for whoever has none, as an API key."""
    if not isinstance(request.auth, AccessToken):
        raise NotAuthenticated
    return str(request.auth["sid"])
