"""The admin site: open to staff who gave password and authenticator code within the hour, and to nobody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.services.mfa import Method, SecondFactors
from adminpanel.console.site import SitePages
from config.errors import DomainError
from config.orchestrator import get_orchestrator


class SecondFactorForm(AdminAuthenticationForm):
    """Password and code in one form; one answer for whatever is wrong. Both are counted as in the API."""

    otp_token = forms.CharField(max_length=6, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not isinstance(user, User) or not self._is_right(user, str(self.cleaned_data.get("otp_token", ""))):
            self.user_cache = None
            raise self.get_invalid_login_error()
        user.otp_device = user.totp_device  # type: ignore[attr-defined]  # django-otp takes the session from here

    def _is_right(self, user: User, code: str) -> bool:
        factors = SecondFactors()
        try:
            return factors.verify(user, Method.TOTP, code, factors.subject(user, Method.TOTP))
        except DomainError:  # locked
            return False


class AdminSite(SitePages):
    """Django's site with another door. A session lasts an hour from the log-in, the limit of two factors."""

    site_header = site_title = "Loupe"
    login_form = SecondFactorForm
    login_template = "otp/admin111/login.html"  # django-otp's, which has a field for the code

    def has_permission(self, request: HttpRequest) -> bool:
        """Also refused: sessions that came about elsewhere, and those whose authenticator app is gone."""
        verified = getattr(request.user, "is_verified", None)
        return super().has_permission(request) and verified is not None and bool(verified())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and request.user.is_authenticated:
            request.session.set_expiry(get_orchestrator().authentication_service.session_idle_seconds_aal2)
        return response
