"""The routes under /api/admin/, on one page."""

from __future__ import annotations

from accounts.api.urls import route
from adminpanel.api.analytics import AnalyticsViewSet
from adminpanel.api.approvals import ApprovalViewSet
from adminpanel.api.audit import AuditExportViewSet, AuditViewSet
from adminpanel.api.bulk import BulkViewSet
from adminpanel.api.lockouts import LockoutViewSet
from adminpanel.api.roles import RoleViewSet
from adminpanel.api.system import SystemViewSet
from adminpanel.api.user_acts import UserActViewSet
from adminpanel.api.users import UserViewSet

urlpatterns = [
    route("users", UserViewSet, get="list"),
    route("users/search", UserViewSet, post="search"),
    route("users/<uuid:id>", UserViewSet, get="retrieve", patch="partial_update"),
    route("users/<uuid:id>/reveal", UserViewSet, post="reveal"),
    route("users/<uuid:id>/suspend", UserActViewSet, post="suspend"),
    route("users/<uuid:id>/reinstate", UserActViewSet, post="reinstate"),
    route("users/<uuid:id>/unlock", UserActViewSet, post="unlock"),
    route("users/<uuid:id>/force-password-reset", UserActViewSet, post="force_password_reset"),
    route("users/<uuid:id>/end-sessions", UserActViewSet, post="end_sessions"),
    route("users/<uuid:id>/reset-mfa", UserActViewSet, post="reset_mfa"),
    route("users/<uuid:id>/erase", UserActViewSet, post="erase"),
    route("users/<uuid:id>/cancel-erasure", UserActViewSet, post="cancel_erasure"),
    route("users/<uuid:id>/roles", UserActViewSet, put="set_roles"),
    route("lockouts", LockoutViewSet, get="list"),
    route("lockouts/search", LockoutViewSet, post="search"),
    route("lockouts/<slug:key>/lift", LockoutViewSet, post="lift"),
    route("roles", RoleViewSet, get="every", post="create"),
    route("roles/permissions", RoleViewSet, get="permissions"),
    route("roles/<int:id>", RoleViewSet, get="retrieve", patch="partial_update", delete="destroy"),
    route("roles/<int:id>/preview", RoleViewSet, post="preview"),
    route("approvals", ApprovalViewSet, get="list"),
    route("approvals/<uuid:id>/approve", ApprovalViewSet, post="approve"),
    route("approvals/<uuid:id>/reject", ApprovalViewSet, post="reject"),
    route("audit", AuditViewSet, get="list"),
    route("audit/verify", AuditViewSet, get="verify"),
    route("audit/exports", AuditExportViewSet, post="create"),
    route("audit/<uuid:id>", AuditViewSet, get="retrieve"),
    route("analytics/overview", AnalyticsViewSet, get="overview"),
    route("analytics/<str:series>", AnalyticsViewSet, get="retrieve"),
    route("bulk", BulkViewSet, post="create"),
    route("bulk/<uuid:id>", BulkViewSet, get="retrieve"),
    route("bulk/<uuid:id>/rows", BulkViewSet, get="list"),
    route("bulk/<uuid:id>/start", BulkViewSet, post="start"),
    route("bulk/<uuid:id>/cancel", BulkViewSet, post="cancel"),
    route("system", SystemViewSet, get="retrieve"),
]
