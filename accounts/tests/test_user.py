"""What the database holds of a user, and how a user is found again."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.services.encryption import DecryptionError

pytestmark = pytest.mark.django_db


def test_an_address_is_found_however_it_is_written_and_never_stored_in_clear() -> None:
    user = User.objects.create_user("Alice@Example.org", "correct horse battery", name="Alice Liddell")
    assert User.objects.by_email("  alice@EXAMPLE.org ") == user
    assert User.objects.get(pk=user.pk).email == "Alice@Example.org", "mail goes to the address as it was typed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name, password FROM accounts_user")
        row = b"|".join(bytes(part) if not isinstance(part, str) else part.encode() for part in cursor.fetchone())
    assert b"example" not in row.lower()
    assert b"Liddell" not in row
    assert b"argon2id" in row


def test_one_address_belongs_to_one_user() -> None:
    User.objects.create_user("alice@example.org", "correct horse battery")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ALICE@example.org", "another horse battery")
    assert User.objects.count() == 1


def test_a_ciphertext_copied_to_another_row_does_not_open() -> None:
    alice = User.objects.create_user("alice@example.org")
    bob = User.objects.create_user("bob@example.org")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET email = (SELECT email FROM accounts_user WHERE id = %s) WHERE id = %s",
            [_key(alice), _key(bob)],
        )
    with pytest.raises(DecryptionError):
        _ = User.objects.get(pk=bob.pk).email


def test_an_encrypted_field_refuses_look_ups_and_bulk_updates() -> None:
    with pytest.raises(FieldError):
        User.objects.filter(name="Alice").exists()
    with pytest.raises(FieldError):
        User.objects.update(name="Alice")


def _key(user: User) -> str:
    return user.pk.hex if connection.vendor == "sqlite" else str(user.pk)
