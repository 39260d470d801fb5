"""The configuration as a Django app, so that its commands and checks are found."""

from django.apps import AppConfig


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = "Configuration"
