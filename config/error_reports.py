"""What an error page or an error mail may tell: never a secret, not even one inside a URL or a local variable."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from config.masking import MASK, mask_urls
from config.registry import PREFIX, settings


class RedactingReporterFilter(SafeExceptionReporterFilter):
    """Django hides names that sound secret; this one also hides our secret variables, credentials in URLs, bodies, and,
    outside of debug mode, every local variable."""

    cleansed_substitute = MASK

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        setting = settings().get(str(key).removesuffix("_FILE"))
        if value and ((setting and setting.secret) or (setting is None and str(key).startswith(PREFIX))):
            return self.cleansed_substitute
        cleansed = super().cleanse_setting(key, value)
        return mask_urls(cleansed) if isinstance(cleansed, str) else cleansed

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        if request is None:
            return {}
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        if self.is_active(request):
            return [(name, self.cleansed_substitute) for name, _ in variables]
        return [(name, mask_urls(value) if isinstance(value, str) else value) for name, value in variables]
