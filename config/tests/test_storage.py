"""Files in a bucket: a real server that speaks S3 (moto), and failures as callers know them from a disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.module_loading import import_string

from config.environments import POLICIES, Environment
from config.services.storage import StorageConfigService
from config.testing import s3_service
from config.tests.conftest import Load

BUCKET = "pictures"
VARIABLES = {
    "LOUPE_STORAGE_BACKEND": "s3",
    "LOUPE_STORAGE_S3_BUCKET": BUCKET,
    "LOUPE_STORAGE_S3_PREFIX": "loupe/",
    "LOUPE_STORAGE_S3_REGION": "eu-central-1",
    "LOUPE_STORAGE_S3_ACCESS_KEY_ID": "made-up-id",
    "LOUPE_STORAGE_S3_SECRET_ACCESS_KEY": "made-up-key",
}


@pytest.fixture
def service() -> Iterator[StorageConfigService]:
    with s3_service() as made:
        yield made


@pytest.fixture
def storage(service: StorageConfigService) -> Any:
    made = storage_of(service)
    where = {"LocationConstraint": service.s3_region}
    made.connection.create_bucket(Bucket=service.s3_bucket, CreateBucketConfiguration=where)
    return made


def storage_of(service: StorageConfigService) -> Any:
    """As Django makes it from its settings."""
    chosen = service.django_settings()["STORAGES"]["default"]
    return import_string(chosen["BACKEND"])(**chosen.get("OPTIONS", {}))


def test_a_file_goes_in_and_comes_out_under_the_prefix(storage: Any) -> None:
    assert storage.save("images/a/1", ContentFile(b"one")) == "images/a/1"
    assert storage.save("images/b/2", ContentFile(b"")) == "images/b/2"
    with storage.open("images/a/1", "rb") as file:
        assert file.read() == b"one"
    with storage.open("images/b/2") as file:
        assert file.read() == b""
    keys = {each.key for each in storage.bucket.objects.all()}
    assert keys == {"loupe/images/a/1", "loupe/images/b/2"}
    assert storage.listdir("images") == (["a", "b"], [])
    assert storage.listdir("images/a") == ([], ["1"])
    assert (storage.size("images/a/1"), storage.exists("images/a/1"), storage.exists("images/a/2")) == (3, True, False)
    assert timezone.now() - storage.get_modified_time("images/a/1") < timedelta(minutes=5)
    storage.delete("images/a/1")
    storage.delete("images/a/1")
    assert storage.listdir("images/a") == ([], [])


def test_a_large_file_comes_out_whole(storage: Any) -> None:
    content = bytes(range(256)) * 4096 * 40  # 40 MiB: several parts, and more than is held in memory
    storage.save("large", ContentFile(content))
    with storage.open("large") as file:
        assert file.read() == content


def test_nothing_is_public(storage: Any) -> None:
    storage.save("secret", ContentFile(b"x"))
    grants = storage.bucket.Object("loupe/secret").Acl().grants
    assert not [each for each in grants if "URI" in each["Grantee"]]
    with pytest.raises(NotImplementedError):
        storage.url("secret")


def test_what_is_missing_is_missing_as_on_a_disk(storage: Any) -> None:
    for act in (storage.open, storage.size, storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            act("nowhere")
    assert storage.listdir("nowhere") == ([], [])


def test_a_storage_that_is_away_or_refuses_is_an_error_of_the_system(service: StorageConfigService) -> None:
    away = storage_of(service.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"}))
    no_bucket = storage_of(service)
    for storage, words in ((away, "did not answer"), (no_bucket, "refused")):
        with pytest.raises(OSError, match=words):
            storage.open("x")
        with pytest.raises(OSError, match=words):
            storage.save("x", ContentFile(b"x"))
    for act in (away.size, away.delete, away.exists, away.listdir, away.get_modified_time):
        with pytest.raises(OSError, match="did not answer"):
            act("x")


def test_a_full_storage_says_so(storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError
    from storages.backends.s3 import S3Storage

    def full(*args: Any) -> None:
        raise ClientError({"Error": {"Code": "QuotaExceeded"}}, "PutObject")

    monkeypatch.setattr(S3Storage, "_save", full)
    with pytest.raises(OSError, match="refused") as refused:
        storage.save("x", ContentFile(b"x"))
    assert refused.value.errno == errno.ENOSPC


def test_the_encryption_that_is_asked_for_is_asked_of_the_bucket(load: Load) -> None:
    service = load({**VARIABLES, "LOUPE_STORAGE_S3_ENCRYPTION": "aws:kms"}).storage_service
    assert storage_of(service).get_object_parameters("x") == {"ServerSideEncryption": "aws:kms"}
    assert storage_of(load(VARIABLES).storage_service).get_object_parameters("x") == {}


@pytest.mark.parametrize(
    ("missing", "codes"),
    [
        ("LOUPE_STORAGE_S3_BUCKET", ["incomplete_s3"]),
        ("LOUPE_STORAGE_S3_SECRET_ACCESS_KEY", ["incomplete_s3"]),
        ("LOUPE_STORAGE_S3_REGION", []),
    ],
)
def test_half_a_configuration_is_refused(load: Load, missing: str, codes: list[str]) -> None:
    problems = load({key: value for key, value in VARIABLES.items() if key != missing}).validate_configuration()
    assert [problem.code for problem in problems] == codes


def test_packages_that_are_missing_are_named_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.services.storage.find_spec", lambda name: None)
    service = StorageConfigService(backend="s3", s3_bucket=BUCKET)
    problems = service.validate_configuration(POLICIES[Environment.DEVELOPMENT])
    assert [problem.code for problem in problems] == ["s3_packages_missing"]
