"""GET, POST webhooks; GET, PATCH, DELETE webhooks/{id}; POST webhooks/{id}/rotate and /ping."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.step_up import RecentLogin
from config.api.filtering import ListFilter
from config.api.lookup import found_or_404
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input, LineField
from config.errors import DomainError, FieldError, Kind
from config.rate_limits import Rate
from designsystem.api.webhook_deliveries import DeliveryOutput
from designsystem.models import DesignSystem, DisabledReason, WebhookEndpoint
from designsystem.services.webhook_events import subscribable
from designsystem.services.webhooks import MAX_OVERLAP_SECONDS, NewSecret, WebhookService
from designsystem.webhooks.target import MAX_URL

EVENTS = [each.value for each in subscribable()]
_ONCE = "The answer is the only place where the secret stands: keep it, it is never shown again."


class WebhookChange(Input):
    name = LineField(max_length=100, required=False)
    url = serializers.CharField(max_length=MAX_URL, trim_whitespace=False, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENTS), required=False, allow_empty=False, max_length=len(EVENTS)
    )
    active = serializers.BooleanField(required=False)


class WebhookInput(Input):
    name = LineField(max_length=100)
    url = serializers.CharField(max_length=MAX_URL, trim_whitespace=False)
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS), allow_empty=False, max_length=len(EVENTS))
    design_system = serializers.UUIDField(
        required=False, allow_null=True, help_text="Tell only what happens to this one; none: everything of yours."
    )


class SecretRotationInput(Input):
    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=MAX_OVERLAP_SECONDS, default=86_400, help_text="How long the old secret signs as well."
    )


class WebhookOutput(serializers.ModelSerializer[WebhookEndpoint]):
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS))
    active = serializers.SerializerMethodField()
    disabled_reason = serializers.SerializerMethodField()

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = (
            "id", "name", "url", "events", "design_system", "active", "disabled_reason", "failing_since",
            "previous_secret_until", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_active(self, row: WebhookEndpoint) -> bool:
        return not row.disabled_reason

    @extend_schema_field(serializers.ChoiceField(DisabledReason.choices, allow_null=True))
    def get_disabled_reason(self, row: WebhookEndpoint) -> str | None:
        return row.disabled_reason or None


class NewSecretOutput(serializers.Serializer[NewSecret]):
    secret = serializers.CharField(help_text="For a library of Standard Webhooks: whsec_ and base64.")
    webhook = WebhookOutput()


class WebhookViewSet(ApiViewSet):
    serializer_class = WebhookOutput
    queryset = WebhookEndpoint.objects.none()

    def get_queryset(self) -> Any:
        return WebhookEndpoint.objects.visible_to(user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=ListFilter,
        responses=WebhookOutput(many=True),
        summary="Your webhooks",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(WebhookOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=WebhookInput,
        responses={201: NewSecretOutput},
        summary="Make a webhook",
        description=f"Messages follow Standard Webhooks and hold ids and links only. {_ONCE}",
    )
    def create(self, request: Request) -> Response:
        given = WebhookInput.read(request.data)
        made = WebhookService().create(
            user_of(request), given["name"], given["url"], given["events"], _system(request, given)
        )
        location = f"/api/design-system/webhooks/{made.webhook.pk}"
        return Response(NewSecretOutput(made).data, status=201, headers={"Location": location})

    @operation(permissions=[IsAuthenticated], rate=Rate.READ, responses=WebhookOutput, summary="One webhook")
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        return Response(WebhookOutput(self._webhook(id)).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=WebhookChange,
        responses=WebhookOutput,
        summary="Change a webhook, or switch it off and on",
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Response:
        changes = WebhookChange.read(request.data)
        return Response(WebhookOutput(WebhookService().change(self._webhook(id), changes)).data)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        summary="Delete a webhook and its deliveries",
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        WebhookService().delete(self._webhook(id))
        return Response(status=204)

    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.WRITE,
        request=SecretRotationInput,
        responses={201: NewSecretOutput},
        summary="Replace the secret of a webhook",
        description=_ONCE,
    )
    def rotate(self, request: Request, id: uuid.UUID) -> Response:
        overlap = SecretRotationInput.read(request.data)["overlap_seconds"]
        return Response(NewSecretOutput(WebhookService().rotate(self._webhook(id), overlap)).data, status=201)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.COSTLY,
        request=None,
        responses={202: DeliveryOutput},
        summary="Send a test message to a webhook",
    )
    def ping(self, request: Request, id: uuid.UUID) -> Response:
        return Response(DeliveryOutput(WebhookService().ping(self._webhook(id))).data, status=202)

    def _webhook(self, id: uuid.UUID) -> WebhookEndpoint:
        found: WebhookEndpoint = found_or_404(self.get_queryset(), pk=id)
        return found


def _system(request: Request, given: dict[str, Any]) -> DesignSystem | None:
    if given.get("design_system") is None:
        return None
    system = DesignSystem.objects.visible_to(user_of(request)).filter(pk=given["design_system"]).first()
    if system is None:
        detail = "There is no such design system."
        raise DomainError(
            "design_system_not_found",
            detail,
            Kind.NOT_FOUND,
            errors=[FieldError("/design_system", "not_found", detail)],
            hidden=DesignSystem.objects.filter(pk=given["design_system"]),
        )
    return system
