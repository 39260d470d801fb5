"""The forms of the door: password with a code, or a passkey; one answer for whatever is wrong with them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login as auth_login
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect

from accounts.models import AuthSession, CeremonyPurpose, User
from accounts.models.mfa import DIGITS
from accounts.services.mfa import Method, SecondFactors
from accounts.services.passkey_ceremonies import PasskeyCeremonies, passkey_methods
from accounts.services.reauthentication import ReauthenticationService
from accounts.services.session import OTP, PASSWORD
from adminpanel import page_session
from config.errors import DomainError

_BACKEND = "accounts.backends.EmailBackend"
_LONGEST_CODE = 64


class PasskeyField(forms.CharField):
    """What `passkey.js` puts here: {"ceremony", "credential"} as JSON; an empty text when no passkey was used."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, max_length=20_000)

    def clean(self, value: Any) -> tuple[UUID, dict[str, Any]] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            given = json.loads(text)
            return UUID(given["ceremony"]), dict(given["credential"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ValidationError("The passkey was not accepted.", code="invalid_login") from None


class CodeField(forms.CharField):
    """Six digits of an authenticator app, or a recovery code."""

    def __init__(self) -> None:
        attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label="Authenticator or recovery code",
            required=False,
            max_length=_LONGEST_CODE,
            widget=forms.TextInput(attrs=attributes),
        )


class SignInForm(AdminAuthenticationForm):
    """Either way is two factors. Guesses are counted as in the API."""

    otp_token = CodeField()
    passkey = PasskeyField()
    methods: list[str]

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "That did not open the site. Check address, password and code, or use another passkey. "
        "After several failures wait a while.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.by_passkey = bool(self.is_bound and self.data.get("passkey"))
        for name in ("username", "password"):
            self.fields[name].required = not self.by_passkey

    def clean(self) -> dict[str, Any]:
        if not self.by_passkey:
            self.methods = [PASSWORD, OTP]
            return super().clean()  # which calls `confirm_login_allowed`
        try:
            ceremony, credential = self.cleaned_data["passkey"]
            passkey = PasskeyCeremonies().prove(CeremonyPurpose.LOGIN, ceremony, credential)
        except (KeyError, DomainError):
            raise self.get_invalid_login_error() from None
        super().confirm_login_allowed(passkey.user)
        self.user_cache, self.methods = passkey.user, passkey_methods(passkey)
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not isinstance(user, User) or not self._is_right(user, str(self.cleaned_data.get("otp_token", ""))):
            self.user_cache = None
            raise self.get_invalid_login_error()

    def _is_right(self, user: User, code: str) -> bool:
        factors, method = SecondFactors(), method_of(code)
        try:
            return factors.verify(user, method, code, factors.subject(user, method))
        except DomainError:  # locked
            return False


class SignInView(LoginView):
    """Django's view, in which the session as the API knows it begins before the cookie's."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        try:
            session_id = page_session.begin(user, form.methods)
        except DomainError:  # such as an account whose address was never confirmed
            form.add_error(None, form.get_invalid_login_error())
            return self.form_invalid(form)
        page_session.end(self.request)  # the one that the cookie led to until now, if any
        auth_login(self.request, user, backend=_BACKEND)
        page_session.keep(self.request, session_id)
        return HttpResponseRedirect(self.get_success_url())


class ProofForm(forms.Form):
    """Proving again who one is, in the session that asks. Its names are those of no other form."""

    proof_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    proof_code = CodeField()
    proof_passkey = PasskeyField()

    def __init__(self, session: AuthSession, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean(self) -> dict[str, Any]:
        given, service, user = self.cleaned_data, ReauthenticationService(), self.session.user
        password, code = str(given.get("proof_password", "")), str(given.get("proof_code", "")).strip()
        if not given.get("proof_passkey") and not (password and code):
            raise ValidationError("Give password and code, or use a passkey.", code="incomplete")
        try:
            if given.get("proof_passkey"):
                service.with_passkey(user, self.session.pk, *given["proof_passkey"])
            else:
                service.with_password(user, self.session.pk, password, method_of(code), code)
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from None
        return given


def method_of(code: str) -> Method:
    """What the code looks like: recovery codes are longer."""
    return Method.TOTP if len(code) <= DIGITS else Method.RECOVERY_CODE
