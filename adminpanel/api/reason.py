"""Why somebody acts on another's account: asked for by every such operation, kept in the trail."""

from __future__ import annotations

from typing import Any

from rest_framework.serializers import ValidationError

from audit.redaction import allowed_details
from config.api.serializers import Input, LineField


class ReasonField(LineField):
    """Plain text that may stand in the trail, such as a ticket: no e-mail address fits in."""

    def __init__(self, **kwargs: Any) -> None:
        text = "Stays in the trail for good. ASCII without @: name a ticket or a cause, not a person."
        super().__init__(min_length=3, max_length=200, help_text=text, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            allowed_details({"reason": text})
        except ValueError:
            raise ValidationError("Plain ASCII text without @, as it stays in the trail.", code="not_plain") from None
        return text


class ReasonInput(Input):
    reason = ReasonField()
