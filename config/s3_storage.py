"""Files in a bucket that speaks S3, private, whose failures are those of a disk: callers know one kind of storage."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from s3transfer.exceptions import S3UploadFailedError
from storages.backends.s3 import S3Storage, clean_name

_IN_MEMORY = 32 * 1024 * 1024  # what is larger waits on disk while it is read
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_FULL = frozenset(
    {"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
)


class PrivateS3Storage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Raises FileNotFoundError, OSError(ENOSPC) when the storage says that it is full, and OSError otherwise.

    Nothing is public: there are no addresses of objects, the application answers with their bytes.
    """

    def __init__(self, **settings: Any) -> None:
        client = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 3},
            s3={"addressing_style": settings.get("addressing_style") or "auto"},
        )
        super().__init__(
            client_config=client,
            default_acl=None,
            file_overwrite=True,
            max_memory_size=_IN_MEMORY,
            **settings,
        )

    def url(self, *args: Any, **kwargs: Any) -> str:
        raise NotImplementedError("files are private")

    def _open(self, name: str, mode: str = "rb") -> Any:
        if mode != "rb":
            with _as_of_a_disk():
                return super()._open(name, mode)
        key = self._normalize_name(clean_name(name))
        content = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
        try:
            with _as_of_a_disk():
                answer = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=key)
                shutil.copyfileobj(answer["Body"], content)
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return File(content, name)

    def _save(self, name: str, content: Any) -> str:
        with _as_of_a_disk():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _as_of_a_disk():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_of_a_disk():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _as_of_a_disk():
            return int(super().size(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _as_of_a_disk():
            folders, files = super().listdir(path)
            return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _as_of_a_disk():
            found: datetime = super().get_modified_time(name)
            return found


@contextmanager
def _as_of_a_disk() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise FileNotFoundError(errno.ENOENT, "no such object") from None
        raise OSError(errno.ENOSPC if code in _FULL else errno.EIO, f"the storage refused: {code[:64]}") from None
    except (BotoCoreError, S3UploadFailedError) as error:
        raise OSError(errno.EIO, f"the storage did not answer: {type(error).__name__}") from None
