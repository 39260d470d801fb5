"""Pictures come in: looked at before they are kept, kept once, and gone when their owner says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.core.files.storage import default_storage
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.logger import AuditLogger
from config.errors import DomainError, Kind
from config.file_storage import StoredContent
from config.orchestrator import get_orchestrator
from config.services.storage import StorageConfigService
from designsystem.engine.decode import Limits, decode
from designsystem.engine.errors import PictureError
from designsystem.engine.raster import Raster
from designsystem.models import SourceImage
from designsystem.models.source_image import FOLDER, not_stored
from designsystem.services.owners import hold_owner
from designsystem.services.picture_errors import refused

_CHUNK = 500  # names that are looked up at once
_SETTLED = timedelta(hours=1)  # a younger file may belong to a request that is not committed yet


@dataclass(frozen=True, slots=True)
class UploadService:
    storage: StorageConfigService = field(default_factory=lambda: get_orchestrator().storage_service)
    audit: AuditLogger = field(default_factory=AuditLogger)

    @property
    def limits(self) -> Limits:
        return Limits(self.storage.max_picture_bytes, self.storage.max_picture_pixels)

    def upload(self, owner: User, content: bytes, name: str, pointer: str = "/picture") -> tuple[SourceImage, bool]:
        """(the kept picture, whether it is new); DomainError when it is no picture or too large."""
        return self.keep(owner, content, name, self.look_at(content, pointer))

    def look_at(self, content: bytes, pointer: str) -> Raster:
        """The decoded picture; DomainError when it is none or too large."""
        try:
            return decode(content, self.limits)
        except PictureError as error:
            raise refused(error, pointer) from None

    def keep(
        self, owner: User, content: bytes, name: str, raster: Raster, stored_as: str = ""
    ) -> tuple[SourceImage, bool]:
        """The same for bytes that are already decoded, and that may be `stored_as` another file. The same content of
        the same owner is kept once. PictureUnavailable or StorageFull when the storage does not take it.

        Called inside a transaction, the picture stays until that ends, whoever deletes it meanwhile.
        """
        with transaction.atomic():
            hold_owner(owner)
            while (known := SourceImage.objects.held(owner=owner, sha256=raster.sha256)) is None:
                made = self._make(owner, StoredContent(content, stored_as), name, raster)
                if made is not None:
                    return made, True
            return known, False

    def _make(self, owner: User, content: StoredContent, name: str, raster: Raster) -> SourceImage | None:
        """A new row with its file; None when another request was faster."""
        image = SourceImage(
            owner=owner,
            name=name,
            sha256=raster.sha256,
            media_type=raster.media_type,
            width=raster.width,
            height=raster.height,
            size=content.size,
        )
        try:
            image.file.save("", content, save=False)
        except OSError as error:
            raise not_stored(error) from None
        try:
            with transaction.atomic():
                image.save(force_insert=True)
                self.audit.record(Action.PICTURE_UPLOADED, target=image, details={"size": image.size})
        except BaseException as error:
            image.file.storage.delete(str(image.file.name))
            if not isinstance(error, IntegrityError):
                raise
            return None
        return image

    def delete(self, image: SourceImage) -> None:
        """DomainError while extractions or validations show it as their evidence."""
        try:
            with transaction.atomic():
                held = SourceImage.objects.select_for_update().filter(pk=image.pk).first()  # a result may be on its way
                if held is None:
                    raise DomainError("not_found", "There is no such picture.", Kind.NOT_FOUND)
                self.audit.record(Action.PICTURE_DELETED, target=image)
                image.delete()
        except models.RestrictedError:
            raise DomainError(
                "image_in_use", "Results were measured from this picture; delete them first.", Kind.CONFLICT
            ) from None

    def remove_orphans(self) -> int:
        """Delete the files whose row is gone with its owner or was never committed; how many that were."""
        removed = 0
        before = timezone.now() - _SETTLED
        for names, gone in _stored():
            known = set(SourceImage.objects.filter(file__in=names).values_list("file", flat=True))
            for name in set(names) - known:
                if gone or _is_settled(name, before):
                    default_storage.delete(name)
                    removed += 1
        return removed


def _stored() -> Iterator[tuple[list[str], bool]]:
    """The names of all picture files, some at a time, and whether their owner is gone."""
    for owner in _listed(FOLDER, 0):
        gone = not User.objects.filter(pk=owner).exists()
        names = iter(_listed(f"{FOLDER}/{owner}", 1))
        while some := [f"{FOLDER}/{owner}/{name}" for name in islice(names, _CHUNK)]:
            yield some, gone


def _is_settled(name: str, before: datetime) -> bool:
    """Whether the file is old enough to be judged."""
    try:
        return default_storage.get_modified_time(name) < before
    except FileNotFoundError:
        return False


def _listed(folder: str, kind: int) -> list[str]:
    """The folders (0) or files (1) in `folder`; none when it is not there."""
    try:
        return sorted(default_storage.listdir(folder)[kind])
    except FileNotFoundError:
        return []
