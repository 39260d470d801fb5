"""The routes under /api/auth/, on one page."""

from __future__ import annotations

from django.urls import path

from accounts.api.login import LoginView

urlpatterns = [
    path("login", LoginView.as_view()),
]
