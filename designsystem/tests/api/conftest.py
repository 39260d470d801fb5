"""What the tests of this API begin with: alice's client, her picture, her finished extraction, her design system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from designsystem.models import DesignSystem, Extraction
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
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


def picture_file(content: bytes | None = None, name: str = "page.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.page() if content is None else content)
