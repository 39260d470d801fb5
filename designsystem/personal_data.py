"""What design systems hold of a person: their part of the inventory, and what an erasure does to shared work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.personal_data import Holding, PersonalDataSource, PersonalFile
from designsystem.models import (
    Baseline,
    Batch,
    BatchItem,
    DesignSystem,
    DesignSystemGrant,
    Extraction,
    MemberRole,
    ModelSpending,
    SourceImage,
    TokenSetVersion,
    Validation,
    WebhookDelivery,
    WebhookEndpoint,
)
from designsystem.services.batch_files import remove_files

_WITH_ACCOUNT, _UNTIL_ERASURE = "with the account", "as long as the account, or until deleted"


def _pictures(user: User) -> Iterator[Mapping[str, Any]]:
    for each in SourceImage.objects.filter(owner=user).order_by("created_at").iterator(500):
        names = ("id", "name", "sha256", "media_type", "width", "height", "size", "created_at")
        yield {"file": f"files/{_path(each)}", **_told(each, *names)}


def _extractions(user: User) -> Iterator[Mapping[str, Any]]:
    for each in Extraction.objects.filter(owner=user).order_by("created_at").iterator(100):
        yield _told(each, "id", "name", "image_id", "state", "provider", "token_count", "created_at", "document")


def _systems(user: User) -> Iterator[Mapping[str, Any]]:
    for each in DesignSystem.objects.visible_to(user).order_by("created_at"):
        yield {**_told(each, "id", "name", "description", "created_at"), "role": each.role_of_caller.value}


def _token_sets(user: User) -> Iterator[Mapping[str, Any]]:
    for each in TokenSetVersion.objects.filter(design_system__owner=user).order_by("created_at").iterator(100):
        yield _told(each, "id", "design_system_id", "number", "state", "reason", "created_at", "document")


def _validations(user: User) -> Iterator[Mapping[str, Any]]:
    for each in Validation.objects.filter(owner=user).order_by("created_at").iterator(100):
        yield _told(each, "id", "name", "image_id", "state", "outcome", "findings", "failing", "created_at", "document")


def _batches(user: User) -> Iterator[Mapping[str, Any]]:
    for each in Batch.objects.filter(owner=user).order_by("created_at").iterator(100):
        yield _told(each, "id", "name", "state", "total", "done", "failed", "created_at", "document")


def _batch_items(user: User) -> Iterator[Mapping[str, Any]]:
    items = BatchItem.objects.filter(batch__owner=user).order_by("batch", "position")
    for each in items.iterator(1000):
        yield _told(each, "batch_id", "position", "name", "state", "image_id", "extraction_id", "error_code")


def _baselines(user: User) -> Iterator[Mapping[str, Any]]:
    for each in Baseline.objects.filter(approved_by=user).order_by("created_at"):
        yield _told(each, "id", "name", "number", "design_system_id", "image_id", "reason", "created_at")


def _spending(user: User) -> Iterator[Mapping[str, Any]]:
    return (_told(each, "day", "dollars") for each in ModelSpending.objects.filter(owner=user).order_by("day"))


def _webhooks(user: User) -> Iterator[Mapping[str, Any]]:
    for each in WebhookEndpoint.objects.filter(owner=user).order_by("created_at"):
        yield _told(each, "id", "name", "url", "events", "design_system_id", "disabled_reason", "created_at")


def _deliveries(user: User) -> Iterator[Mapping[str, Any]]:
    for each in WebhookDelivery.objects.filter(endpoint__owner=user).order_by("created_at").iterator(500):
        yield _told(each, "id", "endpoint_id", "event", "body", "state", "status_code", "created_at")


def _files(user: User) -> Iterator[PersonalFile]:
    for each in SourceImage.objects.filter(owner=user).order_by("created_at").iterator(500):
        yield PersonalFile(_path(each), each.read)
    for item in BatchItem.objects.filter(batch__owner=user).exclude(file="").order_by("pk").iterator(500):
        yield PersonalFile(f"batches/{item.batch_id}/{item.position}", partial(_read, item))


def _read(item: BatchItem) -> bytes:
    return item.read() or b""


def _path(picture: SourceImage) -> str:
    return f"pictures/{picture.pk}.{picture.media_type.rpartition('/')[2]}"


def _erase(user: User) -> dict[str, int]:
    """Shared design systems pass to the owner who joined first, the others go with everything in them."""
    # results are many and their documents long: only keys are read to delete them
    batches = list(Batch.objects.filter(owner=user).only("pk"))
    for batch in batches:
        transaction.on_commit(partial(remove_files, batch))
    Batch.objects.filter(owner=user).only("pk").delete()
    validations = Validation.objects.filter(owner=user).only("pk").delete()[1].get("designsystem.Validation", 0)
    extractions = Extraction.objects.filter(owner=user).only("pk").delete()[1].get("designsystem.Extraction", 0)
    pictures = list(SourceImage.objects.filter(owner=user))
    for each in pictures:
        each.delete()
    passed_on = sum(_pass_on(each) for each in DesignSystem.objects.filter(owner=user))
    gone = DesignSystem.objects.filter(owner=user).delete()[1].get("designsystem.DesignSystem", 0)
    return {
        "pictures": len(pictures),
        "extractions": extractions,
        "validations": validations,
        "batches": len(batches),
        "design_systems": gone,
        "design_systems_passed_on": passed_on,
    }


def _pass_on(system: DesignSystem) -> bool:
    owners = DesignSystemGrant.members(system).filter(role=MemberRole.OWNER).select_related("user")
    heir = owners.filter(user__is_active=True).order_by("created_at", "pk").first()
    if heir is None:
        return False
    with transaction.atomic():
        system.owner = heir.user
        system.name = _free_name(system)
        system.save(update_fields=["owner", "name", "updated_at"])
        DesignSystemGrant.objects.filter(content_object=system, user=heir.user).delete()
    return True


def _free_name(system: DesignSystem) -> str:
    """Its own name, or one that its new owner has not given yet."""
    taken = set(DesignSystem.objects.filter(owner=system.owner).exclude(pk=system.pk).values_list("name", flat=True))
    name, number = system.name, 2
    while name in taken:
        name, number = f"{system.name[:190]} ({number})", number + 1
    return name


def _told(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


DESIGN_SYSTEM_DATA = PersonalDataSource(
    name="designsystem",
    holdings=(
        Holding("designsystem.sourceimage", "uploaded pictures", "pictures, files", _WITH_ACCOUNT, _UNTIL_ERASURE),
        Holding("designsystem.extraction", "tokens measured from them", "extractions", _WITH_ACCOUNT, _UNTIL_ERASURE),
        Holding(
            "designsystem.designsystem",
            "design systems",
            "design_systems",
            "pass to another owner, else with the account",
            _UNTIL_ERASURE,
        ),
        Holding(
            "designsystem.tokensetversion",
            "versions of their token sets",
            "token_sets",
            "with the design system; the author's link goes",
            "as long as the design system",
        ),
        Holding(
            "designsystem.designsystemgrant",
            "who may use which design system",
            "design_systems",
            "with the account",
            "as long as both",
        ),
        Holding("designsystem.validation", "verdicts on pictures", "validations", _WITH_ACCOUNT, _UNTIL_ERASURE),
        Holding("designsystem.batch", "many pictures measured as one", "batches", _WITH_ACCOUNT, _UNTIL_ERASURE),
        Holding(
            "designsystem.batchitem", "which pictures, and how it went", "batch_items", "with the batch", "as the batch"
        ),
        Holding(
            "designsystem.messagebatch",
            "which questions the vision model was asked together",
            "batches",
            "the link goes; what runs at the service is ended and deleted there",
            "as the batch",
        ),
        Holding(
            "designsystem.baseline",
            "pictures that were approved",
            "baselines",
            "with the picture; the approver's link goes",
            "as long as the design system",
        ),
        Holding(
            "designsystem.modelspending",
            "what pictures cost at the vision model, a day",
            "model_spending",
            _WITH_ACCOUNT,
            "as long as the account",
        ),
        Holding(
            "designsystem.webhookendpoint",
            "where to tell what happens; address and secrets, encrypted",
            "webhooks",
            _WITH_ACCOUNT,
            _UNTIL_ERASURE,
        ),
        Holding(
            "designsystem.webhookdelivery",
            "messages to webhooks: ids and links",
            "webhook_deliveries",
            "with the webhook",
            "30 days after they ended",
        ),
    ),
    sections={
        "pictures": _pictures,
        "extractions": _extractions,
        "design_systems": _systems,
        "token_sets": _token_sets,
        "validations": _validations,
        "batches": _batches,
        "batch_items": _batch_items,
        "baselines": _baselines,
        "model_spending": _spending,
        "webhooks": _webhooks,
        "webhook_deliveries": _deliveries,
    },
    files=_files,
    erase=_erase,
)
