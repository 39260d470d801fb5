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


class ModelOutput(serializers.Serializer[Any]):
    """What the vision model did. `error` says why there are no names of it; the names are the measured ones then."""

    name = serializers.CharField()
    request_id = serializers.CharField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cached_tokens = serializers.IntegerField()
    dollars = serializers.DecimalField(max_digits=12, decimal_places=6)
    picture_factor = serializers.FloatField(allow_null=True, help_text="How much smaller the model saw the picture.")
    error = serializers.CharField(allow_null=True)


class ExtractionOutput(serializers.ModelSerializer[Extraction]):
    pixel_ratio_given = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField()
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
            "cached",
            "created_at",
            "started_at",
            "finished_at",
            "timings",
            "model",
            "error",
        )
        read_only_fields = fields
        extra_kwargs = {"cached": {"help_text": "Whether the result is that of an earlier extraction of yours."}}

    def get_pixel_ratio_given(self, row: Extraction) -> bool:
        return row.pixel_ratio_asked is not None

    @extend_schema_field(ModelOutput(allow_null=True))
    def get_model(self, row: Extraction) -> dict[str, Any] | None:
        if not (row.model or row.naming_error):
            return None
        return {
            "name": row.model,
            "request_id": row.request_id,
            "input_tokens": row.input_tokens,
            "output_tokens": row.output_tokens,
            "cached_tokens": row.cached_tokens,
            "dollars": f"{row.dollars:.6f}",
            "picture_factor": row.picture_factor,
            "error": row.naming_error or None,
        }

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
