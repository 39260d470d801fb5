"""The configuration as a Django app, so that its commands and checks are found."""

from django.apps import AppConfig
from django.core import checks


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = "Configuration"

    def ready(self) -> None:
        from config.checks import TAG, check_configuration

        checks.register(check_configuration, TAG)
