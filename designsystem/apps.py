"""The designsystem app."""

from django.apps import AppConfig


class DesignSystemConfig(AppConfig):
    name = "designsystem"
