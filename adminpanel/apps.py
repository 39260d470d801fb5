"""The adminpanel app."""

from django.apps import AppConfig


class AdminPanelConfig(AppConfig):
    name = "adminpanel"
    verbose_name = "Operation"

    def ready(self) -> None:
        from accounts.personal_data import register_source
        from accounts.retention import register_rules
        from adminpanel.personal_data import ADMINISTRATION_DATA
        from adminpanel.services.bulk import BULK_RULES

        register_source(ADMINISTRATION_DATA)
        register_rules(*BULK_RULES)
