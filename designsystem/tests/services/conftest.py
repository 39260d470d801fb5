"""A vision model that answers by a script, and alice, who agreed to ask it; and both kinds of storage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage, storages

from accounts.testing.consents import agree
from config.testing import configured, s3_service
from designsystem import dispatch
from designsystem.tests.providers.messages_server import Script, messages_server
from designsystem.tests.services.test_naming import GOOD, settings


@pytest.fixture
def script(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """The model's answers; the application is configured to ask it, and tasks are run by hand."""
    agree(alice)
    monkeypatch.setattr(dispatch, "send", lambda name, key: None)
    with messages_server() as (address, script), configured(vision_service=settings(address)):
        script.text = GOOD
        yield script


@pytest.fixture(params=["file", "s3"])
def storage(request: pytest.FixtureRequest, settings: Any) -> Iterator[Any]:
    """The storage of uploads, as either configuration makes it."""
    if request.param == "file":
        yield default_storage
        return
    with s3_service() as service:
        settings.STORAGES = service.django_settings()["STORAGES"]
        bucket: Any = storages["default"]
        where = {"LocationConstraint": service.s3_region}
        bucket.connection.create_bucket(Bucket=service.s3_bucket, CreateBucketConfiguration=where)
        yield default_storage
