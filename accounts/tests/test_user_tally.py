"""The tally of accounts is what counting them would say, whoever changes their number and however."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from accounts.models import User, UserTally
from accounts.tests.conftest import at_once

pytestmark = pytest.mark.django_db


def counted() -> bool:
    return bool(UserTally.objects.total() == User.objects.count())


def test_every_way_to_make_and_to_delete_accounts_counts() -> None:
    before = UserTally.objects.total()
    people = [User.objects.create_user(f"person-{number}@example.org") for number in range(5)]
    assert UserTally.objects.total() == before + 5
    people[0].delete()
    User.objects.filter(pk=people[1].pk).delete()
    nobodys = User.objects.filter(pk=people[2].pk)
    with connection.cursor() as cursor:  # as an administrator of the database would
        connection.check_constraints()
        cursor.execute("DELETE FROM accounts_blindindex")
        sql, values = nobodys.values("pk").query.sql_with_params()
        cursor.execute(f"DELETE FROM accounts_user WHERE id IN ({sql})", values)
    assert UserTally.objects.total() == before + 2
    assert counted()


def test_what_is_rolled_back_was_never_counted() -> None:
    with transaction.atomic():
        User.objects.create_user("person@example.org")
        assert counted()
        transaction.set_rollback(True)
    assert counted()


def test_folding_changes_the_number_of_rows_and_not_what_they_say() -> None:
    for number in range(3):
        User.objects.create_user(f"person-{number}@example.org").delete()
    User.objects.create_user("person@example.org")
    UserTally.objects.fold()
    UserTally.objects.fold()
    assert UserTally.objects.count() == (1 if connection.vendor == "postgresql" else 0)
    assert counted()


@pytest.mark.usefixtures("parallel")
def test_folding_while_people_come_and_go_loses_none_of_them() -> None:
    def come_and_go(number: int) -> None:
        User.objects.create_user(f"stays-{number}@example.org")
        User.objects.create_user(f"goes-{number}@example.org").delete()
        UserTally.objects.fold()

    at_once(6, come_and_go)
    assert UserTally.objects.total() == User.objects.count() == 6
