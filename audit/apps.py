"""The audit app."""

from __future__ import annotations

import threading

from django.apps import AppConfig

from config.serving import register_background


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        register_background("audit-sealer", _seal, embedded_only=False)


def _seal(stop: threading.Event) -> None:
    from audit.sealing import Sealing  # it needs the models

    Sealing().run(stop)
