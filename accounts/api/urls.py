"""The routes under /api/auth/, on one page."""

from __future__ import annotations

from django.urls import path

from accounts.api.login import LoginViewSet

urlpatterns = [
    path("login", LoginViewSet.as_view({"post": "login"})),
]
