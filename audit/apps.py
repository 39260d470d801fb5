"""The audit app."""

from __future__ import annotations

import threading

from django.apps import AppConfig

from config.request_metrics import REGISTRY
from config.serving import register_background


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit.metrics import AuditCollector  # it needs the models

        register_background("audit-sealer", _seal, embedded_only=False)
        REGISTRY.register(AuditCollector())


def _seal(stop: threading.Event) -> None:
    from audit.sealing import Sealing  # it needs the models

    Sealing().run(stop)
