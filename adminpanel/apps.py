"""The adminpanel app."""

from django.apps import AppConfig


class AdminPanelConfig(AppConfig):
    name = "adminpanel"

    def ready(self) -> None:
        from accounts.personal_data import register_source
        from adminpanel.personal_data import ADMINISTRATION_DATA

        register_source(ADMINISTRATION_DATA)
