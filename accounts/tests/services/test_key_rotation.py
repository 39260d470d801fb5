"""Rotating keys: nothing is lost, nobody is missed, nobody twice, and it may be killed at any point."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pydantic import SecretStr

from accounts.models import BlindIndex, User
from accounts.services.key_rotation import KeyRotation, Progress
from accounts.tests.conftest import Configure
from audit.personal import PersonalData
from config.errors import DomainError
from config.keys import parse_keyring

pytestmark = pytest.mark.django_db

Key = Callable[[str], str]


@pytest.fixture
def old_rows(configure: Configure, make_key: Key) -> list[str]:
    """Five users under the old keys, and the ring turned so that new ones write; gives the new and old keys."""
    old, new, old_index, new_index = make_key("a"), make_key("b"), make_key("ia"), make_key("ib")
    configure(LOUPE_SECURITY_ENCRYPTION_KEYS=old, LOUPE_SECURITY_BLIND_INDEX_KEYS=old_index)
    for number in range(5):
        User.objects.create_user(f"user{number}@example.org", name=f"User {number}")
    configure(LOUPE_SECURITY_ENCRYPTION_KEYS=f"{new},{old}", LOUPE_SECURITY_BLIND_INDEX_KEYS=f"{new_index},{old_index}")
    return [new, old, new_index, old_index]


def test_after_a_rotation_the_old_keys_can_go(old_rows: list[str], configure: Configure) -> None:
    out = io.StringIO()
    call_command("rotate_encryption_keys", "--retire-index-key", "ia", stdout=out, stderr=io.StringIO())
    assert "accounts.user.email: b 5" in out.getvalue()
    assert "encryption key a may be taken out" in out.getvalue()
    assert "index key ia may be taken out" in out.getvalue()
    configure(LOUPE_SECURITY_ENCRYPTION_KEYS=old_rows[0], LOUPE_SECURITY_BLIND_INDEX_KEYS=old_rows[2])
    found = User.objects.by_email("USER3@example.org")
    assert found is not None
    assert found.name == "User 3"
    assert BlindIndex.objects.count() == 5


def test_the_trail_opens_and_is_written_on_without_the_old_key(old_rows: list[str], make_key: Key) -> None:
    """Log-ins write their address under the subject's key, so that they would fail with it."""
    new, old = (parse_keyring(SecretStr(key)) for key in old_rows[:2])
    before, entry = PersonalData(wrapping_keys=old), uuid.uuid4()
    sealed = before.seal("user:anna", entry, {"address": "192.0.2.7"})
    PersonalData(wrapping_keys=parse_keyring(SecretStr(make_key("c")))).seal("user:lost", entry, {})
    rotation = KeyRotation(trail=PersonalData(wrapping_keys={**new, **old}))
    assert rotation.rows_per_key()["audit.subjectkey"] == {"a": 1, "not in the ring": 1}
    assert rotation.reencrypt(lambda progress: None) == 1
    assert rotation.rows_per_key()["audit.subjectkey"] == {"b": 1, "not in the ring": 1}
    after = PersonalData(wrapping_keys=new)
    assert after.open("user:anna", entry, sealed) == {"address": "192.0.2.7"}
    again = after.seal("user:anna", entry, {"address": "192.0.2.8"})
    assert after.open("user:anna", entry, again) == {"address": "192.0.2.8"}
    assert after.erase("user:anna")
    assert rotation.reencrypt(lambda progress: None) == 1


def test_a_dry_run_changes_nothing(old_rows: list[str]) -> None:
    out = io.StringIO()
    call_command("rotate_encryption_keys", "--dry-run", stdout=out, stderr=io.StringIO())
    assert "accounts.user.email: a 5" in out.getvalue()
    assert "encryption key a must stay: 10 rows" in out.getvalue()
    assert BlindIndex.objects.filter(key_id="ib").count() == 0


def test_a_rotation_that_was_killed_goes_on_where_work_is_left(old_rows: list[str]) -> None:
    rotation = KeyRotation(page_size=2)

    def dies(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.reencrypt(dies)
    assert rotation.rows_per_key()["accounts.user.email"] == {"b": 2, "a": 3}
    assert {User.objects.by_email(f"user{n}@example.org").name for n in range(5)} == {f"User {n}" for n in range(5)}  # type: ignore[union-attr]
    seen: list[Progress] = []
    assert rotation.reencrypt(seen.append) == 0
    assert seen[-1].done == 3
    assert rotation.rows_per_key()["accounts.user.email"] == {"b": 5}


def test_an_address_is_taken_under_old_and_new_keys_alike(old_rows: list[str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("user0@example.org")
    KeyRotation().reindex(lambda progress: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("user0@example.org")
    assert User.objects.count() == 5


def test_an_index_key_that_somebody_needs_is_not_retired(old_rows: list[str]) -> None:
    with pytest.raises(DomainError, match="5 identifiers"):
        KeyRotation().retire_index_key("ia")
    with pytest.raises(DomainError, match="first index key"):
        KeyRotation().retire_index_key("ib")


def test_what_cannot_be_opened_is_left_alone_and_told(old_rows: list[str]) -> None:
    user = User.objects.by_email("user1@example.org")
    assert user is not None
    with connection.cursor() as cursor:
        key = user.pk.hex if connection.vendor == "sqlite" else str(user.pk)
        cursor.execute("SELECT name FROM accounts_user WHERE id = %s", [key])
        broken = bytes(cursor.fetchone()[0])[:-1] + b"\0"
        cursor.execute("UPDATE accounts_user SET name = %s WHERE id = %s", [broken, key])
    with pytest.raises(CommandError, match="1 rows cannot be opened"):
        call_command("rotate_encryption_keys", "--page-size", "1", stdout=io.StringIO(), stderr=io.StringIO())
    assert KeyRotation().rows_per_key()["accounts.user.name"] == {"b": 4, "a": 1}
