"""The designsystem app."""

from django.apps import AppConfig


class DesignSystemConfig(AppConfig):
    name = "designsystem"
    verbose_name = "Design systems"

    def ready(self) -> None:
        from accounts.personal_data import register_source
        from designsystem.personal_data import DESIGN_SYSTEM_DATA  # it needs the models

        register_source(DESIGN_SYSTEM_DATA)
