"""What the tests of this API begin with: alice's client, her picture, her finished extraction, her design system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from designsystem.models import Batch, DesignSystem, Extraction, Validation, WebhookEndpoint
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Kept, Options, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.services.webhooks import WebhookService
from designsystem.tests import pictures


@pytest.fixture
def api(alice: Any, signed_in: Callable[[Any], APIClient]) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def extraction(alice: Any) -> Extraction:
    picture = Upload("/pictures/0", "Häuser & Höfe.png", pictures.page)
    (outcome,) = ExtractionService().extract(alice, [picture], Options(pixel_ratio=1.0))
    assert isinstance(outcome, tuple)
    return outcome[1]


@pytest.fixture
def system(alice: Any) -> DesignSystem:
    return DesignSystemService().create(alice, "Shop")


@pytest.fixture
def validation(alice: Any, system: DesignSystem, extraction: Extraction) -> Validation:
    """Of the screen "settings", without a baseline yet."""
    picture = Kept("/image", extraction.image_id)
    request = ValidationRequest(picture, name="settings", pixel_ratio=1.0, design_system=system)
    return ValidationService().validate(alice, request)


@pytest.fixture
def batch(alice: Any, extraction: Extraction) -> Batch:
    return BatchService().create(alice, Pictures(images=[extraction.image_id]), Options(pixel_ratio=1.0))


@pytest.fixture
def webhook(alice: Any) -> WebhookEndpoint:
    """With a test message that waits."""
    made = WebhookService().create(alice, "Shop", "https://hooks.example.com/loupe", ["batch.completed"]).webhook
    WebhookService().ping(made)
    return made


def picture_file(content: bytes | None = None, name: str = "page.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.page() if content is None else content)
