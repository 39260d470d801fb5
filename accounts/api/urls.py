"""The routes under /api/auth/, on one page."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import URLPattern, path

from accounts.api.api_keys import ApiKeyViewSet
from accounts.api.email_change import EmailChangeViewSet, MailedEmailChangeViewSet
from accounts.api.gdpr_consents import ConsentViewSet
from accounts.api.gdpr_requests import (
    ActivityViewSet,
    ErasureViewSet,
    ExportFileViewSet,
    ExportViewSet,
    MailedErasureViewSet,
    RestrictionViewSet,
)
from accounts.api.login import LoginViewSet
from accounts.api.me import MeViewSet
from accounts.api.mfa import MfaViewSet
from accounts.api.passkeys import PasskeyLoginViewSet, PasskeyViewSet
from accounts.api.password import ForgottenPasswordViewSet, PasswordViewSet
from accounts.api.phone import PhoneViewSet
from accounts.api.reauthentication import ReauthenticationViewSet
from accounts.api.registration import RegistrationViewSet
from accounts.api.sessions import SessionViewSet
from accounts.api.tokens import TokenViewSet
from config.api.operation import ApiViewSet


def route(where: str, view: type[ApiViewSet], **actions: Any) -> URLPattern:
    """Never inside a transaction of the request's: counts of failures must outlive the refusal."""
    return path(where, transaction.non_atomic_requests(view.as_view(actions)))


urlpatterns = [
    # found first: asked most
    route("me", MeViewSet, get="retrieve", patch="partial_update"),
    route("token/refresh", TokenViewSet, post="refresh"),
    route("register", RegistrationViewSet, post="register"),
    route("verify/email", RegistrationViewSet, post="verify_email"),
    route("verify/email/resend", RegistrationViewSet, post="resend"),
    route("verify/phone", PhoneViewSet, post="create"),
    route("verify/phone/confirm", PhoneViewSet, post="confirm"),
    route("login", LoginViewSet, post="login"),
    route("login/mfa", LoginViewSet, post="mfa"),
    route("login/passkey/options", PasskeyLoginViewSet, post="options_for_login"),
    route("login/passkey", PasskeyLoginViewSet, post="login"),
    route("unlock", LoginViewSet, post="unlock"),
    route("token/verify", TokenViewSet, post="verify"),
    route("reauthenticate", ReauthenticationViewSet, post="create"),
    route("reauthenticate/passkey/options", ReauthenticationViewSet, post="options_for_passkey"),
    route("logout", SessionViewSet, post="logout"),
    route("logout/all", SessionViewSet, post="logout_all"),
    route("sessions", SessionViewSet, get="list", delete="destroy_others"),
    route("sessions/<uuid:id>", SessionViewSet, delete="destroy"),
    route("password/change", PasswordViewSet, post="change"),
    route("password/forgot", ForgottenPasswordViewSet, post="forgot"),
    route("password/reset", ForgottenPasswordViewSet, post="reset"),
    route("email/change", EmailChangeViewSet, post="create", delete="destroy"),
    route("email/change/confirm", MailedEmailChangeViewSet, post="confirm"),
    route("email/change/cancel", MailedEmailChangeViewSet, post="cancel"),
    route("mfa", MfaViewSet, get="retrieve"),
    route("mfa/totp", MfaViewSet, post="enrol_totp", delete="remove_totp"),
    route("mfa/totp/confirm", MfaViewSet, post="confirm_totp"),
    route("mfa/recovery-codes", MfaViewSet, post="renew_recovery_codes"),
    route("mfa/passkeys", PasskeyViewSet, get="list", post="create"),
    route("mfa/passkeys/options", PasskeyViewSet, post="options_for_registration"),
    route("mfa/passkeys/<uuid:id>", PasskeyViewSet, patch="partial_update", delete="destroy"),
    route("api-keys", ApiKeyViewSet, get="list", post="create"),
    route("api-keys/<uuid:id>", ApiKeyViewSet, patch="partial_update", delete="destroy"),
    route("api-keys/<uuid:id>/rotate", ApiKeyViewSet, post="rotate"),
    route("gdpr/consents", ConsentViewSet, get="states", post="create"),
    route("gdpr/export", ExportViewSet, post="create"),
    route("gdpr/exports/<uuid:id>", ExportViewSet, get="retrieve"),
    route("gdpr/exports/<uuid:id>/download", ExportFileViewSet, get="download"),
    route("gdpr/erasure", ErasureViewSet, post="create", get="retrieve", delete="destroy"),
    route("gdpr/erasure/cancel", MailedErasureViewSet, post="cancel"),
    route("gdpr/restriction", RestrictionViewSet, post="create", delete="destroy"),
    route("gdpr/activity", ActivityViewSet, get="list"),
]
