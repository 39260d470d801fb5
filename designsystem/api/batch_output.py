"""A batch and its items as the API tells them."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from designsystem.api.extraction_output import ErrorOutput
from designsystem.models import Batch, BatchItem


class ProgressOutput(serializers.Serializer[Any]):
    """How many items ended how; `version` grows with every change."""

    version = serializers.IntegerField()
    state = serializers.CharField()
    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class BatchOutput(serializers.ModelSerializer[Batch]):
    progress = ProgressOutput(source="*", read_only=True)
    error = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields: tuple[str, ...] = (
            "id",
            "name",
            "state",
            "provider",
            "design_system",
            "progress",
            "created_at",
            "changed_at",
            "finished_at",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(ErrorOutput(allow_null=True))
    def get_error(self, row: Batch) -> dict[str, str] | None:
        return {"code": row.error_code, "detail": row.error_detail} if row.error_code else None


class ChoiceOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    pictures = serializers.IntegerField()


class ConflictOutput(serializers.Serializer[Any]):
    """Where pictures disagree; the first choice is that of most pictures and was taken."""

    kind = serializers.CharField()
    token = serializers.CharField()
    theme = serializers.CharField(allow_null=True)
    choices = ChoiceOutput(many=True)


class BatchDetail(BatchOutput):
    """With the merged tokens (DTCG 2025.10), the themes (a resolver document) and the conflicts, once it is done."""

    tokens = serializers.SerializerMethodField()
    themes = serializers.SerializerMethodField()
    conflicts = ConflictOutput(many=True, read_only=True)

    class Meta(BatchOutput.Meta):
        fields = (*BatchOutput.Meta.fields, "tokens", "themes", "conflicts")
        read_only_fields = fields

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_tokens(self, row: Batch) -> Any:
        return json.loads(row.document) if row.document else None

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_themes(self, row: Batch) -> Any:
        return json.loads(row.resolver) if row.resolver else None


class BatchItemOutput(serializers.ModelSerializer[BatchItem]):
    error = serializers.SerializerMethodField()

    class Meta:
        model = BatchItem
        fields: tuple[str, ...] = (
            "id",
            "position",
            "name",
            "state",
            "image",
            "extraction",
            "attempts",
            "created_at",
            "started_at",
            "finished_at",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(ErrorOutput(allow_null=True))
    def get_error(self, row: BatchItem) -> dict[str, str] | None:
        return {"code": row.error_code, "detail": row.error_detail} if row.error_code else None
