"""The admin site: open to staff who proved two factors within the hour; what changes something, within minutes."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.services.reauthentication import ReauthenticationService
from accounts.services.step_up import StepUp
from adminpanel import page_session
from adminpanel.console.site import SitePages
from adminpanel.page_step_up import stepping_up, without_step_up
from adminpanel.sign_in import SignInForm, SignInView
from audit import context
from config.errors import DomainError


class AdminSite(SitePages):
    """Django's site with another door: two factors, and again before something changes."""

    site_header = site_title = "Loupe"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff in a session of two factors that began, or was proved again, within the hour."""
        if not super().has_permission(request):
            return False
        session = page_session.session_of(request)
        return session is not None and page_session.logged_in_within(session, StepUp().seconds_for_pages)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(stepping_up(self, view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        options = self.admin_view(self.passkey_options)
        return [path("reauthenticate/passkey/options/", options, name="passkey_options"), *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        index = reverse("admin:index", current_app=self.name)
        allowed = self.has_permission(request)
        if request.method == "GET" and allowed:
            return HttpResponseRedirect(index)
        if not allowed:
            context.amend(actor=context.ANONYMOUS, session="", method="")  # whoever the cookie speaks of
        shown = {
            **self.each_context(request),
            "title": "Sign in",
            "subtitle": None,
            "app_path": request.get_full_path(),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            shown[REDIRECT_FIELD_NAME] = index
        request.current_app = self.name
        view = SignInView.as_view(
            extra_context={**shown, **(extra_context or {})},
            authentication_form=SignInForm,
            template_name="adminpanel/sign_in.html",
        )
        return cast(HttpResponse, view(request))

    @without_step_up
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            page_session.end(request)
        return cast(HttpResponse, super().logout(request, extra_context))

    @without_step_up
    @method_decorator(require_POST)
    def passkey_options(self, request: HttpRequest) -> HttpResponse:
        """What the browser needs to prove with a passkey of theirs who is signed in."""
        session = page_session.session_of(request)
        assert session is not None  # `has_permission` found it
        try:
            begun = ReauthenticationService().begin_with_passkey(session.user, session.pk)
        except DomainError as error:
            return JsonResponse({"detail": error.message, "code": error.code}, status=409)
        return JsonResponse({"ceremony": str(begun.ceremony), "public_key": begun.public_key})
