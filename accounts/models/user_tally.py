"""How many accounts there are, without reading them: PostgreSQL takes a second to count some millions."""

from __future__ import annotations

from typing import ClassVar

from django.db import connection, models
from django.db.models import Sum

from accounts.models.user import User


class UserTallyQuerySet(models.QuerySet["UserTally"]):
    def total(self) -> int:
        """Accounts, right to the row: counted where the database keeps no tally (SQLite)."""
        if connection.vendor != "postgresql":
            counted: int = User.objects.count()
            return counted
        return self.aggregate(total=Sum("change"))["total"] or 0

    def fold(self) -> None:
        """Put all rows into one, so that there are never many; who asks meanwhile sees them before or after."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_FOLD)


class UserTally(models.Model):
    """By how many accounts a statement changed their number. The database itself writes a row with each (migration
    0021), so that nothing passes it by and no two sign-ups wait for each other, as they would for one number.
    """

    change = models.BigIntegerField()

    objects: ClassVar[models.Manager[UserTally]] = UserTallyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.change:+}"


_FOLD = """
    WITH gone AS (DELETE FROM accounts_usertally RETURNING change)
    INSERT INTO accounts_usertally (change) SELECT sum(change) FROM gone HAVING count(*) > 0"""
