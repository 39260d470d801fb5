"""The admin site apart from its door: which pages it has, in which groups, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, cast

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse

from adminpanel.console.pages import ConsoleAdmin, user_of
from adminpanel.services.dashboard import PERIODS, plots
from adminpanel.services.system import describe, waiting
from audit.actions import Action, Outcome
from audit.logger import AuditLogger
from audit.models import Checkpoint
from audit.sealer import unsealed_seconds
from config.canary import canary_age

_ANALYTICS, _SYSTEM, _CHAIN = "accounts.view_analytics", "accounts.view_system", "audit.view_checkpoint"


class SitePages(admin.AdminSite):
    """Only pages of ours: forms that other apps register would pass our services by."""

    index_title = "Overview"
    site_url = None  # there is nothing to view: the rest is an API
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if isinstance(admin_class, type) and issubclass(admin_class, ConsoleAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A refusal is a page of the site; one for want of a permission stands in the trail."""
        return super().admin_view(cast(Any, self._refusing(view)), cacheable)

    def get_urls(self) -> Any:
        return [path("system/", self.admin_view(self.system_view), name="system"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Pages by what they are called here, and with them the page of the system."""
        found: list[Any] = super().get_app_list(request, app_label)
        for app in found:
            for each in app["models"]:
                page = cast(ConsoleAdmin, self._registry[each["model"]])
                each["name"] = page.plural
            app["models"].sort(key=lambda each: each["name"].lower())
        if app_label in (None, "adminpanel") and user_of(request).has_perm(_SYSTEM):
            operation = next((app for app in found if app["app_label"] == "adminpanel"), None)
            if operation is None:
                operation = self._operation()
                found.append(operation)
            operation["models"].append(self._system_entry())
        return found

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The start page: what happened lately, for those who may see it, and what there is to see."""
        may = user_of(request).has_perm
        context = dict(extra_context or {})
        if may(_ANALYTICS):
            days = _period(request.GET.get("days"))
            drawn = plots(days)
            context |= {
                "plots": drawn,
                "plot_data": {each.name: each.as_data() for each in drawn},
                "days": days,
                "periods": PERIODS,
            }
        if may(_SYSTEM):
            context |= {"waiting": waiting(), "worker_seen": canary_age()}
        if may(_CHAIN):
            context |= {"chain": Checkpoint.objects.order_by("-number").first(), "unsealed": unsealed_seconds()}
        return super().index(request, context)

    def system_view(self, request: HttpRequest) -> HttpResponse:
        """The configuration with its sources and without its secrets, versions, what is wrong, what waits."""
        if not user_of(request).has_perm(_SYSTEM):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "System", "system": describe()}
        return TemplateResponse(request, "adminpanel/system.html", context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Passwords change by the API, which ends sessions and tells the owner; Django's form would do neither."""
        raise Http404

    def _operation(self) -> dict[str, Any]:
        address = reverse("admin:system")
        return {
            "name": apps.get_app_config("adminpanel").verbose_name,
            "app_label": "adminpanel",
            "app_url": address,
            "has_module_perms": True,
            "models": [],
        }

    def _system_entry(self) -> dict[str, Any]:
        permissions = {"add": False, "change": False, "delete": False, "view": True}
        address = reverse("admin:system")
        return {
            "name": "System",
            "object_name": "System",
            "perms": permissions,
            "admin_url": address,
            "add_url": None,
            "view_only": True,
        }

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


def _period(asked: str | None) -> int:
    return next((days for days in PERIODS if str(days) == asked), 30)
