"""An extraction as the API tells it."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from designsystem.models import Extraction


class ErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ExtractionOutput(serializers.ModelSerializer[Extraction]):
    pixel_ratio_given = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Extraction
        fields: tuple[str, ...] = (
            "id",
            "name",
            "state",
            "provider",
            "image",
            "design_system",
            "pixel_ratio",
            "pixel_ratio_given",
            "pixel_ratio_confidence",
            "token_count",
            "attempts",
            "created_at",
            "started_at",
            "finished_at",
            "timings",
            "error",
        )
        read_only_fields = fields

    def get_pixel_ratio_given(self, row: Extraction) -> bool:
        return row.pixel_ratio_asked is not None

    @extend_schema_field(ErrorOutput(allow_null=True))
    def get_error(self, row: Extraction) -> dict[str, str] | None:
        return {"code": row.error_code, "detail": row.error_detail} if row.error_code else None


class ExtractionDetail(ExtractionOutput):
    """With the tokens: a DTCG 2025.10 document, its evidence under `$extensions`."""

    tokens = serializers.SerializerMethodField()

    class Meta(ExtractionOutput.Meta):
        fields = (*ExtractionOutput.Meta.fields, "tokens")
        read_only_fields = fields

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_tokens(self, row: Extraction) -> Any:
        return json.loads(row.document) if row.document else None
