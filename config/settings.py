"""The one Django settings module. It asks the orchestrator; nothing else here depends on the environment."""

from pathlib import Path
from typing import Any

from config.startup import start

BASE_DIR = Path(__file__).resolve().parent.parent

INSTALLED_APPS = [
    "accounts",  # before django.contrib.auth, whose createsuperuser it replaces
    "adminpanel",  # before django.contrib.admin, some of whose templates it replaces
    "adminpanel.site_config.SiteConfig",  # django.contrib.admin behind our door
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "auditlog",
    "django_otp",
    "config",
    "audit",
    "designsystem",
]
MIDDLEWARE = [
    "config.api.request_id.RequestIdMiddleware",
    "config.debug_tools.ServerTimingMiddleware",
    "config.api.problems.ProblemMiddleware",
    "config.api.body.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.api.headers.SecurityHeadersMiddleware",
    "config.page_middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.page_middleware.SessionMiddleware",
    "config.page_middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.page_middleware.AuthenticationMiddleware",
    "config.page_middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "audit.middleware.AuditContextMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend", "guardian.backends.ObjectPermissionBackend"]
PASSWORD_HASHERS = ["accounts.hashers.ConfiguredArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [{"NAME": "accounts.services.password_policy.PolicyValidator"}]
GUARDIAN_GET_INIT_ANONYMOUS_USER = "accounts.models.user.no_anonymous_user"
ANONYMOUS_USER_NAME = None
AUDITLOG_LOGENTRY_MODEL = "audit.ChangeEntry"
MIGRATION_MODULES = {"auditlog": None}  # its own table, which keeps addresses in clear, is not even made
AUDITLOG_MASK_CALLABLE = "audit.redaction.full_mask"
AUDITLOG_DISABLE_REMOTE_ADDR = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_reports.RedactingReporterFilter"

_configured = start().django_settings()
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # USERNAME_FIELD is encrypted; uniqueness is in BlindIndex, found by EmailBackend
    *_configured.pop("SILENCED_SYSTEM_CHECKS"),
]
globals().update(_configured)
