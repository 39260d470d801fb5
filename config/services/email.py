"""Mail and text messages: who sends them, from whom they come, and where their links lead."""

from __future__ import annotations

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


class EmailConfigService(ConfigService):
    section: ClassVar[str] = "email"

    backend: Literal["console", "file", "memory", "smtp"] = Field(
        "console", description="smtp delivers; console and file are for looking at mails, memory for tests."
    )
    file_dir: ProjectPath = Field(PROJECT_ROOT / "var/mail", description="The folder of the file backend.")
    host: str = Field("localhost", min_length=1, description="The SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 for STARTTLS, 465 for TLS.")
    user: str = Field("", description="The SMTP user.")
    password: SecretStr = Field(SecretStr(""), description="The SMTP password.")
    encryption: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the SMTP connection is kept private."
    )
    timeout_seconds: int = Field(10, ge=1, description="How long to wait for the SMTP server.")
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

    @field_validator("sms_webhook_url")
    @classmethod
    def _none_when_empty(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None or not url.get_secret_value():
            return None
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be an http:// or https:// URL")
        return url

    def django_settings(self) -> dict[str, Any]:
        return {
            "EMAIL_BACKEND": _BACKENDS[self.backend],
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
        if not policy.mail_delivery_required:
            return []
        problems = []
        if self.backend != "smtp":
            problems.append(
                Problem("mail_not_delivered", "LOUPE_EMAIL_BACKEND", "Mails reach nobody.", "Set it to smtp.")
            )
        elif self.encryption == "none":
            problems.append(
                Problem(
                    "mail_in_clear", "LOUPE_EMAIL_ENCRYPTION", "Mails and the password travel in clear.", "Set tls."
                )
            )
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

    def _sms(self) -> list[Problem]:
        url = self.sms_webhook_url.get_secret_value() if self.sms_webhook_url else ""
        if self.sms_sender == "webhook" and url.startswith("https://"):
            return []
        fix = "Set LOUPE_EMAIL_SMS_SENDER=webhook and an https:// URL in LOUPE_EMAIL_SMS_WEBHOOK_URL."
        key = "LOUPE_EMAIL_SMS_SENDER" if self.sms_sender == "console" else "LOUPE_EMAIL_SMS_WEBHOOK_URL"
        return [Problem("sms_not_delivered", key, "Codes by SMS reach nobody, or travel in clear.", fix)]
