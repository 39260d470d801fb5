"""Mail and text messages: who sends them, from whom they come, and where their links lead."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.problems import Problem
from config.services.model import PROJECT_ROOT, ConfigService, ProjectPath

_BACKENDS = {
    "console": "django.core.mail.backends.console.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "memory": "django.core.mail.backends.locmem.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
}
# django-anymail's providers that need one key, and what it calls that
_PROVIDER_KEYS = {
    "brevo": "BREVO_API_KEY",
    "mailersend": "MAILERSEND_API_TOKEN",
    "mailgun": "MAILGUN_API_KEY",
    "mandrill": "MANDRILL_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "resend": "RESEND_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
_TRACKING_IS_A_SETTING_OF_THE_DOMAIN = ("brevo", "resend")


class EmailConfigService(ConfigService):
    section: ClassVar[str] = "email"

    backend: Literal["console", "file", "memory", "smtp", "provider"] = Field(
        "console",
        description="smtp and provider deliver; console and file are for looking at mails, memory for tests.",
    )
    file_dir: ProjectPath = Field(PROJECT_ROOT / "var/mail", description="The folder of the file backend.")
    host: str = Field("localhost", min_length=1, description="The SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 for STARTTLS, 465 for TLS.")
    user: str = Field("", description="The SMTP user.")
    password: SecretStr = Field(SecretStr(""), description="The SMTP password.")
    encryption: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the SMTP connection is kept private."
    )
    timeout_seconds: int = Field(10, ge=1, description="How long to wait for the SMTP server or the provider.")
    provider: Literal["brevo", "mailersend", "mailgun", "mandrill", "postmark", "resend", "sparkpost"] = Field(
        "postmark", description="Whose HTTP API the provider backend uses (django-anymail)."
    )
    provider_key: SecretStr = Field(SecretStr(""), description="The key of that API.")
    provider_url: str = Field(
        "", description="The address of that API where it is not the usual one, as for a region of its own."
    )
    sender: str = Field("Loupe <loupe@localhost>", min_length=3, description="`From` of every mail.")
    link_base_url: str = Field(
        "http://localhost:8000", description="What links in mails begin with; never taken from a request."
    )
    sms_sender: Literal["console", "webhook"] = Field("console", description="Who sends text messages.")
    sms_webhook_url: SecretStr | None = Field(
        None, description="Takes {to, text} as JSON by POST and delivers the message; may carry a token."
    )

    @field_validator("link_base_url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in url:
            raise ValueError("must be an http:// or https:// address without credentials, query or fragment")
        return url.rstrip("/")

    @field_validator("provider_url")
    @classmethod
    def _http_when_set(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("must be an http:// or https:// URL")
        return url

    @field_validator("sms_webhook_url")
    @classmethod
    def _none_when_empty(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be an http:// or https:// URL")
        return url

    def django_settings(self) -> dict[str, Any]:
        provided = {"ANYMAIL": self._anymail()} if self.backend == "provider" else {}
        return provided | {
            "EMAIL_BACKEND": _BACKENDS.get(self.backend, f"anymail.backends.{self.provider}.EmailBackend"),
            "EMAIL_FILE_PATH": str(self.file_dir),
            "EMAIL_HOST": self.host,
            "EMAIL_PORT": self.port,
            "EMAIL_HOST_USER": self.user,
            "EMAIL_HOST_PASSWORD": self.password.get_secret_value(),
            "EMAIL_USE_TLS": self.encryption == "starttls",
            "EMAIL_USE_SSL": self.encryption == "tls",
            "EMAIL_TIMEOUT": self.timeout_seconds,
            "DEFAULT_FROM_EMAIL": self.sender,
            "SERVER_EMAIL": self.sender,
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = self._provider() if self.backend == "provider" else []
        if not policy.mail_delivery_required:
            return problems
        problems += self._delivery()
        if not self.link_base_url.startswith("https://"):
            problems.append(
                Problem(
                    "plain_http_links",
                    "LOUPE_EMAIL_LINK_BASE_URL",
                    "Links with one-time tokens lead over plain HTTP.",
                    "Set the https:// address that people use.",
                )
            )
        problems += self._sms()
        return problems

    def _anymail(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            _PROVIDER_KEYS[self.provider]: self.provider_key.get_secret_value(),
            "REQUESTS_TIMEOUT": self.timeout_seconds,
        }
        if self.provider not in _TRACKING_IS_A_SETTING_OF_THE_DOMAIN:
            # a tracked link leads over the provider's server, and some of ours carry a one-time token
            settings["SEND_DEFAULTS"] = {"track_clicks": False, "track_opens": False}
        if self.provider_url:
            settings[f"{self.provider.upper()}_API_URL"] = self.provider_url
        return settings

    def _provider(self) -> list[Problem]:
        if not self.provider_key.get_secret_value():
            fix = f"Set the key that {self.provider} gave you."
            return [Problem("mail_not_delivered", "LOUPE_EMAIL_PROVIDER_KEY", "The provider takes no mail.", fix)]
        if find_spec("anymail") is None:
            fix = "Install django-anymail (the extra loupe[mail-providers])."
            return [Problem("mail_not_delivered", "LOUPE_EMAIL_BACKEND", "django-anymail is missing.", fix)]
        return []

    def _delivery(self) -> list[Problem]:
        if self.backend == "smtp":
            if self.encryption != "none":
                return []
            clear = "Mails and the password travel in clear."
            return [Problem("mail_in_clear", "LOUPE_EMAIL_ENCRYPTION", clear, "Set tls.")]
        if self.backend != "provider":
            fix = "Set it to smtp or provider."
            return [Problem("mail_not_delivered", "LOUPE_EMAIL_BACKEND", "Mails reach nobody.", fix)]
        if self.provider_url.startswith("http://"):
            clear = "Mails and the key travel in clear."
            return [Problem("mail_in_clear", "LOUPE_EMAIL_PROVIDER_URL", clear, "Set an https:// URL.")]
        return []

    def _sms(self) -> list[Problem]:
        url = self.sms_webhook_url.get_secret_value() if self.sms_webhook_url else ""
        if self.sms_sender == "webhook" and url.startswith("https://"):
            return []
        fix = "Set LOUPE_EMAIL_SMS_SENDER=webhook and an https:// URL in LOUPE_EMAIL_SMS_WEBHOOK_URL."
        key = "LOUPE_EMAIL_SMS_SENDER" if self.sms_sender == "console" else "LOUPE_EMAIL_SMS_WEBHOOK_URL"
        return [Problem("sms_not_delivered", key, "Codes by SMS reach nobody, or travel in clear.", fix)]
