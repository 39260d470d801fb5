"""What was counted of the trail: how often each thing happened in each hour and day that is over."""

from __future__ import annotations

from django.db import models


class Grain(models.TextChoices):
    HOUR = "hour"
    DAY = "day"


class Figure(models.Model):
    """`value` events of `series` in the hour or day (UTC) that begins at `start`. Nothing happened, no row."""

    series = models.CharField(max_length=32)
    grain = models.CharField(max_length=4, choices=Grain)
    start = models.DateTimeField()
    value = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grain", "series", "start"], name="one_figure_a_bucket")]

    def __str__(self) -> str:
        return f"{self.series} {self.start:%Y-%m-%dT%H}"


class RollUp(models.Model):
    """One row: the hour before which figures are complete; None before the first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.until)
