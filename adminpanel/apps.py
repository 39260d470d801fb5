"""The adminpanel app."""

from django.apps import AppConfig

from config.request_metrics import REGISTRY
from config.serving import register_background


class AdminPanelConfig(AppConfig):
    name = "adminpanel"
    verbose_name = "Operation"

    def ready(self) -> None:
        from accounts.personal_data import register_source
        from accounts.retention import register_rules
        from adminpanel.metrics import WorkCollector
        from adminpanel.personal_data import ADMINISTRATION_DATA
        from adminpanel.services import samples
        from adminpanel.services.bulk import BULK_RULES
        from adminpanel.services.latencies import record

        register_background("latencies", record, embedded_only=False)
        register_background("samples", samples.record, embedded_only=False)
        REGISTRY.register(WorkCollector())
        register_source(ADMINISTRATION_DATA)
        register_rules(*BULK_RULES)
