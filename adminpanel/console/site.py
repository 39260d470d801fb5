"""The admin site apart from its door: which pages it has, in which groups, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from adminpanel.console.pages import ConsoleAdmin
from audit.actions import Action, Outcome
from audit.logger import AuditLogger


class SitePages(admin.AdminSite):
    """Only pages of ours: forms that other apps register would pass our services by."""

    site_url = None  # there is nothing to view: the rest is an API
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if isinstance(admin_class, type) and issubclass(admin_class, ConsoleAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A refusal is a page of the site; one for want of a permission stands in the trail."""
        return super().admin_view(cast(Any, self._refusing(view)), cacheable)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Passwords change by the API, which ends sessions and tells the owner; Django's form would do neither."""
        raise Http404

    def _refusing(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except PermissionDenied:
                match = request.resolver_match
                AuditLogger().record(
                    Action.ACCESS_DENIED,
                    Outcome.REFUSED,
                    details={"reason": "permission_missing", "route": match.route if match else ""},
                )
                return self._refusal(request, 403, "You may not see this page.")
            except Http404:
                return self._refusal(request, 404, "There is nothing here.")
            return response

        return answer

    def _refusal(self, request: HttpRequest, status: int, message: str) -> HttpResponse:
        context = {**self.each_context(request), "title": message}
        return TemplateResponse(request, "adminpanel/refusal.html", context, status=status)
