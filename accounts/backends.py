"""How Django's own log-in form finds a user: by the same journey as the API, lockout and dummy hash included."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.services.login import AuthService
from config.errors import DomainError


class EmailBackend(ModelBackend):
    """E-mail address and password; Django's permission checks come with it."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        try:
            user, _ = AuthService().authenticate(username, password)
        except DomainError:
            return None
        return user if self.user_can_authenticate(user) else None
