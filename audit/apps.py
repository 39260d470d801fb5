"""The audit app."""

from __future__ import annotations

import threading

from django.apps import AppConfig

from config.api.refusals import register_refusal_listener
from config.request_metrics import REGISTRY
from config.serving import register_background


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit.metrics import AuditCollector  # they need the models
        from audit.refusals import RefusalRecorder

        register_background("audit-sealer", _seal, embedded_only=False)
        register_refusal_listener(RefusalRecorder())
        REGISTRY.register(AuditCollector())


def _seal(stop: threading.Event) -> None:
    from audit.sealing import Sealing  # it needs the models

    Sealing().run(stop)
