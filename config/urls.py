"""The whole route table, app by app. Composition: may import any app."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from accounts.api.tokens import jwks
from accounts.pages import account_page
from config import health, metrics
from config.api import docs

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/", include("accounts.api.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("health/tasks", health.tasks),
    path("metrics", metrics.metrics),
    path("api/schema", docs.schema, name="schema"),
    path("api/docs", docs.docs, name="docs"),
    path("api/admin/", include("adminpanel.api.urls")),
    path("api/design-system/", include("designsystem.api.urls")),
    path(".well-known/jwks.json", jwks),
    path("account/<slug:name>", account_page),
    path("admin/", admin.site.urls),
]

handler400 = "config.api.problems.bad_request"
handler403 = "config.api.problems.permission_denied"
handler404 = "config.api.problems.not_found"
handler500 = "config.api.problems.server_error"
