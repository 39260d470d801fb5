"""Files in a folder of this machine: a full disk leaves no half of one behind, and a second name costs no room."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage


class StoredContent(ContentFile):  # type: ignore[type-arg]  # not generic when it runs
    """Bytes that the storage may have already, as the file `stored_as`."""

    def __init__(self, content: bytes, stored_as: str) -> None:
        super().__init__(content)
        self.stored_as = stored_as


class PrivateFileStorage(FileSystemStorage):
    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        wanted = name or str(content.name)
        free = self.get_available_name(wanted, max_length)
        if isinstance(content, StoredContent) and content.stored_as and self._linked(content.stored_as, free):
            return free
        try:
            return super().save(free, content, max_length)
        except OSError:
            self.delete(free)  # what there is of it
            raise

    def _linked(self, source: str, name: str) -> bool:
        """Whether `name` is now another name of the file `source`; not every file system can do that."""
        path = Path(self.path(name))
        with suppress(OSError):
            # else sweepers would take the new name for an old file that nobody wants
            os.utime(self.path(source))
            for folder in reversed([each for each in path.parents if not each.exists()]):
                folder.mkdir(mode=self.directory_permissions_mode or 0o777, exist_ok=True)
            path.hardlink_to(self.path(source))
            return True
        return False
