"""The designsystem app."""

from django.apps import AppConfig


class DesignSystemConfig(AppConfig):
    name = "designsystem"
    verbose_name = "Design systems"

    def ready(self) -> None:
        from accounts.personal_data import register_source
        from accounts.retention import register_rules
        from designsystem.personal_data import DESIGN_SYSTEM_DATA  # it needs the models
        from designsystem.services.retention import DESIGN_SYSTEM_RULES

        register_source(DESIGN_SYSTEM_DATA)
        register_rules(*DESIGN_SYSTEM_RULES)
