"""Blind indexes: what lets an encrypted identifier be looked up and be unique, under more than one key at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models


class Identifier(models.TextChoices):
    """What a person may sign in or be found by."""

    EMAIL = "email"
    PHONE = "phone"


class BlindIndexQuerySet(models.QuerySet["BlindIndex"]):
    def write(self, rows: Iterable[BlindIndex]) -> None:
        """Insert the rows, or give those that are there another digest; IntegrityError when an identifier is taken."""
        self.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["user", "identifier", "key_id"],
            update_fields=["digest"],
        )


class BlindIndex(models.Model):
    """One identifier of one user under one index key.

    Uniqueness lives here: two users cannot hold the same identifier under any key. While keys rotate, every user has
    a row for the old key and one for the new one.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blind_indexes")
    identifier = models.CharField(max_length=8, choices=Identifier)
    key_id = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[BlindIndex]] = BlindIndexQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identifier", "key_id", "digest"], name="one_user_per_identifier"),
            models.UniqueConstraint(fields=["user", "identifier", "key_id"], name="one_identifier_per_user"),
        ]

    def __str__(self) -> str:
        return f"{self.identifier} under {self.key_id}"
