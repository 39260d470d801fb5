"""The one table of the house itself: requests that must not be done twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from config.uuid7 import uuid7

_SALT = "loupe.idempotency.principal"
LIFETIME = timedelta(hours=24)
LEASE = timedelta(minutes=5)  # after which a request that never finished counts as lost


class IdempotentRequestQuerySet(models.QuerySet["IdempotentRequest"]):
    def over(self) -> IdempotentRequestQuerySet:
        """Answers that need not be kept any longer, and requests that died on the way."""
        now = timezone.now()
        lost = models.Q(status=None, created_at__lt=now - LEASE)
        return self.filter(models.Q(created_at__lt=now - LIFETIME) | lost)

    def of(self, principals: Iterable[str]) -> IdempotentRequestQuerySet:
        """What these principals asked for."""
        return self.filter(principal__in=[principal_digest(each) for each in principals])

    def claim(self, digest: str, fingerprint: str, principal: str = "") -> tuple[IdempotentRequest | None, bool]:
        """(the row, whether the caller won it); no row when it was released at this very moment."""
        self.filter(digest=digest).over().delete()
        try:
            with transaction.atomic():
                row = self.create(digest=digest, fingerprint=fingerprint, principal=principal_digest(principal))
                return row, True
        except IntegrityError:
            return self.filter(digest=digest).first(), False


class IdempotentRequest(models.Model):
    """One use of an Idempotency-Key.

    `digest` is keyed over principal, operation and key, `principal` over the principal alone, `fingerprint` over the
    body, so that the table tells nothing;
    `status` stays None while the work is under way.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    principal = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = IdempotentRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="idempotent_requests_by_age"),
            models.Index(fields=["principal"], name="idempotent_requests_of_one"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def finish(self, status: int, location: str, body: str) -> None:
        """Keep the answer for whoever repeats the request."""
        type(self).objects.filter(pk=self.pk).update(status=status, location=location, body=body)

    def release(self) -> None:
        """Nothing was done: the key may be used again."""
        type(self).objects.filter(pk=self.pk).delete()


def principal_digest(principal: str) -> str:
    """Keyed, so that only who knows a principal finds its rows."""
    return salted_hmac(_SALT, principal, algorithm="sha256").hexdigest()
