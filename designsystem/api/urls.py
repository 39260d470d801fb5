"""The routes under /api/design-system/, on one page."""

from __future__ import annotations

from typing import Any

from django.urls import path

from designsystem.api.baselines import BaselineViewSet
from designsystem.api.batch_events import BatchEventsViewSet
from designsystem.api.batch_tokens import BatchTokensViewSet
from designsystem.api.batches import BatchItemViewSet, BatchViewSet
from designsystem.api.catalogue import CatalogueViewSet
from designsystem.api.extract import ExtractViewSet
from designsystem.api.extractions import ExtractionFileViewSet, ExtractionViewSet
from designsystem.api.images import ImageContentViewSet, ImageViewSet
from designsystem.api.members import MemberViewSet
from designsystem.api.picture_links import LinkedPictureViewSet, PictureLinkViewSet
from designsystem.api.systems import SystemViewSet
from designsystem.api.validations import ValidationFileViewSet, ValidationViewSet
from designsystem.api.version_diff import VersionDiffViewSet
from designsystem.api.versions import VersionFileViewSet, VersionViewSet
from designsystem.api.webhook_deliveries import DeliveryViewSet
from designsystem.api.webhooks import WebhookViewSet

Actions = dict[str, Any]

ONE: Actions = {"get": "retrieve", "delete": "destroy"}
ALL: Actions = {"get": "list", "post": "create"}
DELIVERY = "webhooks/<uuid:id>/deliveries/<uuid:delivery>"
VERSION = "systems/<uuid:id>/versions/<int:number>"

urlpatterns = [
    path("extract", ExtractViewSet.as_view({"post": "extract"})),
    path("extractions", ExtractionViewSet.as_view({"get": "list"})),
    path("extractions/<uuid:id>", ExtractionViewSet.as_view(ONE)),
    path("extractions/<uuid:id>/tokens", ExtractionFileViewSet.as_view({"get": "tokens"})),
    path("extractions/<uuid:id>/report", ExtractionFileViewSet.as_view({"get": "report"})),
    path("extractions/<uuid:id>/overlay", ExtractionFileViewSet.as_view({"get": "overlay"})),
    path("batch", BatchViewSet.as_view({"post": "create"})),
    path("batches", BatchViewSet.as_view({"get": "list"})),
    path("batches/<uuid:id>", BatchViewSet.as_view(ONE)),
    path("batches/<uuid:id>/items", BatchItemViewSet.as_view({"get": "list"})),
    path("batches/<uuid:id>/tokens", BatchTokensViewSet.as_view({"get": "tokens"})),
    path("batches/<uuid:id>/events", BatchEventsViewSet.as_view({"get": "events"})),
    path("batches/<uuid:id>/cancel", BatchViewSet.as_view({"post": "cancel"})),
    path("batches/<uuid:id>/retry", BatchViewSet.as_view({"post": "retry"})),
    path("images", ImageViewSet.as_view(ALL)),
    path("images/<uuid:id>", ImageViewSet.as_view(ONE)),
    path("images/<uuid:id>/content", ImageContentViewSet.as_view({"get": "content"})),
    path("images/<uuid:id>/links", PictureLinkViewSet.as_view({"post": "create"})),
    path("images/<uuid:id>/linked", LinkedPictureViewSet.as_view({"get": "retrieve"})),
    path("validate", ValidationViewSet.as_view({"post": "validate"})),
    path("validations", ValidationViewSet.as_view({"get": "list"})),
    path("validations/<uuid:id>", ValidationViewSet.as_view(ONE)),
    path("validations/<uuid:id>/report", ValidationFileViewSet.as_view({"get": "report"})),
    path("validations/<uuid:id>/overlay", ValidationFileViewSet.as_view({"get": "overlay"})),
    path("validations/<uuid:id>/approve", ValidationViewSet.as_view({"post": "approve"})),
    path("systems", SystemViewSet.as_view(ALL)),
    path("systems/<uuid:id>", SystemViewSet.as_view({**ONE, "patch": "partial_update"})),
    path("systems/<uuid:id>/members", MemberViewSet.as_view({"get": "list"})),
    path("systems/<uuid:id>/members/<uuid:user>", MemberViewSet.as_view({"put": "update", "delete": "destroy"})),
    path("systems/<uuid:id>/versions", VersionViewSet.as_view(ALL)),
    path("systems/<uuid:id>/baselines", BaselineViewSet.as_view({"get": "list"})),
    path("systems/<uuid:id>/diff", VersionDiffViewSet.as_view({"get": "diff"})),
    path(VERSION, VersionViewSet.as_view(ONE)),
    path(f"{VERSION}/tokens", VersionFileViewSet.as_view({"get": "tokens"})),
    path(f"{VERSION}/publish", VersionViewSet.as_view({"post": "publish"})),
    path("webhooks", WebhookViewSet.as_view(ALL)),
    path("webhooks/<uuid:id>", WebhookViewSet.as_view({**ONE, "patch": "partial_update"})),
    path("webhooks/<uuid:id>/rotate", WebhookViewSet.as_view({"post": "rotate"})),
    path("webhooks/<uuid:id>/ping", WebhookViewSet.as_view({"post": "ping"})),
    path("webhooks/<uuid:id>/deliveries", DeliveryViewSet.as_view({"get": "list"})),
    path(DELIVERY, DeliveryViewSet.as_view({"get": "retrieve"})),
    path(f"{DELIVERY}/redeliver", DeliveryViewSet.as_view({"post": "redeliver"})),
    path("formats", CatalogueViewSet.as_view({"get": "formats"})),
    path("providers", CatalogueViewSet.as_view({"get": "providers"})),
]
