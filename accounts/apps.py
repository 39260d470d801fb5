"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from auditlog.registry import auditlog  # it needs the models

        # what is personal or secret stays out of the change log: its values are stored in clear
        auditlog.register(self.get_model("User"), exclude_fields=["password", "email", "phone", "name"])
