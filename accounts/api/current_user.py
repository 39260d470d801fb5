"""The user of a request, as a user and nothing else."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import User


def user_of(request: Request) -> User:
    """Who is signed in; NotAuthenticated for a stranger, whatever the permissions let through."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
