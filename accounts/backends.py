"""How Django's own log-in form finds a user: by the same journey as the API, lockout and dummy hash included."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import User
from accounts.services.login import AuthService
from config.errors import DomainError


class EmailBackend(ModelBackend):
    """E-mail address and password; Django's permission checks come with it, in one query instead of two."""

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

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """The user's own and those of their groups, looked up once for each instance of the user."""
        if obj is None and user_obj.is_active and not user_obj.is_superuser and not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            found = held.filter(user=user_obj).union(held.filter(group__user=user_obj))
            user_obj._perm_cache = {f"{label}.{codename}" for label, codename in found}
        return set(super().get_all_permissions(user_obj, obj))
