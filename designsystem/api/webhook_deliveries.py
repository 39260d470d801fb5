"""What was sent: GET webhooks/{id}/deliveries; GET webhooks/{id}/deliveries/{delivery}; POST .../redeliver."""

from __future__ import annotations

import json
import uuid
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from config.api.filtering import ListFilter
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate
from designsystem.models import WebhookDelivery, WebhookEndpoint
from designsystem.services.webhooks import WebhookService


class DeliveryOutput(serializers.ModelSerializer[WebhookDelivery]):
    message_id = serializers.CharField(help_text="The header webhook-id, the same at every attempt.")
    error = serializers.SerializerMethodField()
    next_attempt_at = serializers.SerializerMethodField()

    class Meta:
        model = WebhookDelivery
        fields: tuple[str, ...] = (
            "id", "message_id", "event", "state", "attempts", "status_code", "duration_ms", "error",
            "next_attempt_at", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True, help_text="Why the last attempt did not arrive."))
    def get_error(self, row: WebhookDelivery) -> str | None:
        return row.error_code or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_attempt_at(self, row: WebhookDelivery) -> Any:
        return row.due_at if row.under_way else None


class DeliveryDetail(DeliveryOutput):
    payload = serializers.SerializerMethodField()

    class Meta(DeliveryOutput.Meta):
        fields = (*DeliveryOutput.Meta.fields, "payload")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_payload(self, row: WebhookDelivery) -> Any:
        return json.loads(row.body)


class DeliveryViewSet(ApiViewSet):
    serializer_class = DeliveryOutput
    queryset = WebhookDelivery.objects.none()

    def get_queryset(self) -> Any:
        return WebhookDelivery.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=DeliveryOutput(many=True),
        summary="What was sent to a webhook",
    )
    def list(self, request: Request, id: uuid.UUID) -> Response:
        webhook = found_or_404(WebhookEndpoint.objects.visible_to(user_of(request)), pk=id)
        page = self.paginate_queryset(webhook.deliveries.defer("body"))
        return self.get_paginated_response(DeliveryOutput(page, many=True).data)

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=DeliveryDetail, summary="One delivery")
    def retrieve(self, request: Request, id: uuid.UUID, delivery: uuid.UUID) -> Response:
        return Response(DeliveryDetail(self._delivery(id, delivery)).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        request=None,
        responses={202: DeliveryOutput},
        summary="Send a message again",
        description="With the same webhook-id, so that a receiver that has it already can tell.",
    )
    def redeliver(self, request: Request, id: uuid.UUID, delivery: uuid.UUID) -> Response:
        return Response(DeliveryOutput(WebhookService().redeliver(self._delivery(id, delivery))).data, status=202)

    def _delivery(self, id: uuid.UUID, delivery: uuid.UUID) -> WebhookDelivery:
        found: WebhookDelivery = found_or_404(
            self.get_queryset().select_related("endpoint"), endpoint_id=id, pk=delivery
        )
        return found
