"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from auditlog.registry import auditlog  # it needs the models

        from accounts.account_data import ACCOUNT_DATA
        from accounts.personal_data import register_source
        from accounts.retention import register_rules
        from accounts.services.retention import ACCOUNT_RULES

        register_source(ACCOUNT_DATA)
        register_rules(*ACCOUNT_RULES)
        # what is personal or secret stays out of the change log: its values are stored in clear
        auditlog.register(self.get_model("User"), exclude_fields=["password", "email", "phone", "name"])
