"""What happens is told in the transaction in which it happens: once, and to whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from config.services.storage import StorageConfigService
from config.testing import configured
from designsystem.models import Batch, Extraction, MemberRole, Validation, WebhookDelivery, WebhookEvent
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionWorker, Upload
from designsystem.services.members import MemberService
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.validation_worker import ValidationWorker
from designsystem.tests import pictures
from designsystem.tests.api.test_systems import DOCUMENT
from designsystem.tests.webhooks.messages import OPTIONS, PICTURE, data, extract, webhook
from designsystem.tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
BROKEN = Upload("/pictures/0", "broken.png", lambda: pictures.page()[:200])


def told() -> list[str]:
    return list(WebhookDelivery.objects.order_by("created_at").values_list("event", flat=True))


def test_what_is_rolled_back_is_not_told(alice: Any, server: Receiver) -> None:
    webhook(alice, server)
    with transaction.atomic():
        extract(alice)
        assert told() == ["extraction.completed"]
        transaction.set_rollback(True)
    assert told() == []


def test_everything_that_ends_is_told_once(alice: Any, server: Receiver) -> None:
    webhook(alice, server)
    extract(alice, replace(OPTIONS, later=True, fresh=True))
    ExtractionWorker().run(Extraction.objects.get().pk)
    ExtractionWorker().run(Extraction.objects.get().pk)
    assert told() == ["extraction.completed"]
    ValidationService().validate(alice, ValidationRequest(PICTURE, pixel_ratio=1.0))
    assert told()[1:] == ["validation.completed"]
    system = DesignSystemService().create(alice, "Shop")
    version = DesignSystemService().add_version(system, alice, DOCUMENT, "")
    DesignSystemService().publish(version)
    row = WebhookDelivery.objects.get(event="version.published")
    assert (data(row)["design_system"], data(row)["version"]) == (str(system.pk), 1)


def test_a_validation_that_waited_is_told_when_it_ends(alice: Any, server: Receiver) -> None:
    webhook(alice, server)
    rows = [ValidationService().validate(alice, ValidationRequest(PICTURE, later=True)) for _ in range(3)]
    assert told() == []
    ValidationWorker().run(rows[0].pk)
    ValidationWorker().run(rows[0].pk)
    with configured(storage_service=StorageConfigService(max_picture_pixels=1000)):
        ValidationWorker().run(rows[1].pk)
    Validation.objects.filter(pk=rows[2].pk).update(attempts=3)
    ValidationWorker().sweep()
    assert told() == ["validation.completed", "validation.failed", "validation.failed"]
    failed = WebhookDelivery.objects.filter(event="validation.failed").order_by("created_at")
    assert [data(each)["state"] for each in failed] == ["failed", "quarantined"]


def test_an_extraction_that_fails_or_ends_its_workers_is_told(alice: Any, server: Receiver) -> None:
    webhook(alice, server, [WebhookEvent.EXTRACTION_FAILED])
    row = extract(alice, replace(OPTIONS, later=True))
    with configured(storage_service=StorageConfigService(max_picture_pixels=1000)):
        ExtractionWorker().run(row.pk)
    poison = extract(alice, replace(OPTIONS, later=True))
    Extraction.objects.filter(pk=poison.pk).update(attempts=3)
    ExtractionWorker().sweep()
    ExtractionWorker().sweep()
    states = [
        (data(each)["extraction"], data(each)["state"]) for each in WebhookDelivery.objects.order_by("created_at")
    ]
    assert states == [(str(row.pk), "failed"), (str(poison.pk), "quarantined")]


def test_a_batch_is_told_as_one(alice: Any, server: Receiver) -> None:
    webhook(alice, server)
    good = BatchService().create(alice, Pictures(uploads=[PICTURE]), OPTIONS)
    bad = BatchService().create(alice, Pictures(uploads=[BROKEN]), OPTIONS)
    stopped = BatchService().create(alice, Pictures(uploads=[PICTURE]), OPTIONS)
    BatchService().cancel(stopped)
    for batch in (good, bad):
        BatchWorker().run(batch.items.get().pk)
    BatchMerge().run(good.pk)
    assert told() == ["batch.cancelled", "batch.failed", "batch.completed"]
    row = WebhookDelivery.objects.get(event="batch.completed")
    assert (data(row)["batch"], data(row)["done"], data(row)["state"]) == (str(good.pk), 1, "done")
    assert Batch.objects.get(pk=bad.pk).error_code == data(WebhookDelivery.objects.get(event="batch.failed"))["error"]


def test_only_what_was_asked_for_is_told(alice: Any, bob: Any, server: Receiver) -> None:
    system = DesignSystemService().create(alice, "Shop")
    webhook(alice, server, [WebhookEvent.BATCH_COMPLETED])
    of_system = webhook(alice, server, system=system).webhook
    webhook(bob, server)
    extract(alice)
    assert told() == []
    extract(alice, replace(OPTIONS, design_system=system))
    assert WebhookDelivery.objects.get().endpoint == of_system


def test_a_version_is_told_to_members_while_they_are(alice: Any, bob: Any, charlie: Any, server: Receiver) -> None:
    system = DesignSystemService().create(alice, "Shop")
    for person in (alice, bob, charlie):
        webhook(person, server)
    MemberService().set_role(system, bob.pk, MemberRole.VIEWER)

    def publish() -> set[Any]:
        DesignSystemService().publish(DesignSystemService().add_version(system, alice, DOCUMENT, ""))
        owners = set(WebhookDelivery.objects.values_list("endpoint__owner", flat=True))
        WebhookDelivery.objects.all().delete()
        return owners

    assert publish() == {alice.pk, bob.pk}
    MemberService().remove(system, bob.pk)
    assert publish() == {alice.pk}
