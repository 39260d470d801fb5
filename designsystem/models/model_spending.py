"""What a person's pictures cost at the vision model on one day (UTC), so that nobody spends more than is allowed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User


class ModelSpending(models.Model):
    """`dollars` are those spent and those set aside for questions that are under way."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    dollars = models.DecimalField(max_digits=12, decimal_places=6, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "day"], name="one_model_spending_per_owner_and_day")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.day}"

    @classmethod
    def set_aside(cls, owner: User, dollars: Decimal, limit: Decimal) -> ModelSpending | None:
        """Today's row with `dollars` more, in one step; None when that would be above `limit`."""
        today, _ = cls.objects.get_or_create(owner=owner, day=timezone.now().date())
        affordable = cls.objects.filter(pk=today.pk, dollars__lte=limit - dollars)
        return today if affordable.update(dollars=models.F("dollars") + dollars) else None

    def correct(self, difference: Decimal) -> None:
        """The real price in place of what was set aside."""
        type(self).objects.filter(pk=self.pk).update(dollars=models.F("dollars") + difference)
