"""An uploaded picture: kept once for each owner, in private storage, with the type that its bytes have."""

from __future__ import annotations

import errno
import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models, transaction
from django.utils import timezone
from structlog import get_logger

from config.errors import DomainError, Kind
from config.uuid7 import uuid7
from designsystem.models.design_system import DesignSystem

if TYPE_CHECKING:
    from accounts.models import User

FOLDER = "images"
logger = get_logger(__name__)


class PictureUnavailable(DomainError, OSError):
    """To whoever asked it is a refusal that says when to come again, to a worker a storage that it tries again."""

    def __init__(self) -> None:
        message = "The storage of the pictures does not answer; try again soon."
        super().__init__("storage_unavailable", message, Kind.UNAVAILABLE, retry_after=5)


class StorageFull(DomainError, OSError):
    """As above, when there is no room left."""

    def __init__(self) -> None:
        super().__init__("storage_full", "There is no room to keep the picture.", Kind.UNAVAILABLE, retry_after=60)


def not_stored(error: OSError) -> PictureUnavailable | StorageFull:
    """What it means when the storage does not take a picture."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    logger.error("storage_full" if full else "picture_not_stored", errno=error.errno)
    return StorageFull() if full else PictureUnavailable()


class SourceImageQuerySet(models.QuerySet["SourceImage"]):
    def visible_to(self, user: User) -> SourceImageQuerySet:
        """One's own: pictures show other people's unreleased work."""
        return self.filter(owner=user)

    def shown_to(self, user: User) -> SourceImageQuerySet:
        """Those, and what was approved as the look of a screen in a design system that one may see."""
        approved = DesignSystem.objects.visible_to(user).values("baselines__image")
        return self.filter(models.Q(owner=user) | models.Q(pk__in=approved))

    def held(self, **which: Any) -> SourceImage | None:
        """The picture, which nobody can delete until the transaction ends; None when there is none."""
        return self.select_for_update(of=("self",), no_key=True).filter(**which).first()


def place(image: SourceImage, filename: str) -> str:
    """Where the bytes lie: by their digest and our own ids, never by a name that somebody sent."""
    return f"{FOLDER}/{image.owner_id.hex}/{image.sha256}-{image.id.hex}"


class SourceImage(models.Model):
    """`media_type`, `width` and `height` are what the decoder found; `name` is what the owner calls it.

    Content-addressed for each owner: the digest finds the row, stands in the file's name, and is checked whenever the
    bytes are read. Each row has a file of its own, so that deleting one never takes the bytes of one that comes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="source_images")
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    file = models.FileField(upload_to=place, max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SourceImageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_image_per_owner_and_content")]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="images_newest_first")]

    def __str__(self) -> str:
        return str(self.pk)

    def read(self) -> bytes:
        """The bytes as they were uploaded; PictureUnavailable when the storage does not answer or has other bytes."""
        try:
            with self.file.open("rb") as file:
                content = bytes(file.read())
        except OSError:
            logger.exception("picture_not_read", image=str(self.pk))
            raise PictureUnavailable from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            logger.error("picture_changed", image=str(self.pk))
            raise PictureUnavailable
        return content

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """The row now, the bytes when that is committed."""
        storage, name = self.file.storage, str(self.file.name)
        deleted = super().delete(*args, **kwargs)
        transaction.on_commit(lambda: storage.delete(name))
        return deleted
