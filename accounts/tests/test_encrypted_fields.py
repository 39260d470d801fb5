"""Everything that Django may do with an encrypted field, and what must not happen."""

from __future__ import annotations

import io
import uuid

import pytest
from auditlog.registry import auditlog
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.fields import EncryptedTextField, Sealed
from accounts.models import BlindIndex, User
from accounts.services.encryption import DecryptionError
from accounts.tests.conftest import Configure

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org", "correct horse battery", name="Alice")


def test_a_deferred_value_opens_when_it_is_asked_for(alice: User) -> None:
    assert User.objects.defer("name").get(pk=alice.pk).name == "Alice"
    assert User.objects.only("pk").get(pk=alice.pk).email == "alice@example.org"


def test_refreshing_shows_what_was_written_elsewhere(alice: User) -> None:
    other = User.objects.get(pk=alice.pk)
    other.name = "Alice Liddell"
    other.save(update_fields=["name"])
    alice.refresh_from_db()
    assert alice.name == "Alice Liddell"


def test_saving_an_unopened_row_keeps_its_values(alice: User) -> None:
    unopened = User.objects.get(pk=alice.pk)
    unopened.is_staff = True
    unopened.save()
    assert User.objects.get(pk=alice.pk).name == "Alice"


def test_a_copy_of_an_unopened_row_is_refused_rather_than_stored_unreadable(alice: User) -> None:
    copy = User.objects.defer().get(pk=alice.pk)
    copy.pk = uuid.uuid4()
    copy._state.adding = True
    with pytest.raises(DecryptionError):
        copy.save()


def test_values_are_never_text(alice: User) -> None:
    (value,) = User.objects.values_list("name", flat=True)
    assert isinstance(value, Sealed)
    assert "Alice" not in repr(value)


def test_bulk_writes_that_would_lose_the_blind_index_are_refused(alice: User) -> None:
    with pytest.raises(TypeError):
        User.objects.bulk_create([User(email="bob@example.org")])
    with pytest.raises(TypeError):
        User.objects.bulk_update([alice], ["email"])


def test_a_value_moved_to_another_field_does_not_open(alice: User) -> None:
    User.objects.update(name=F("email"))
    with pytest.raises(DecryptionError):
        _ = User.objects.get(pk=alice.pk).name


def test_a_row_under_an_unknown_key_is_neither_shown_nor_overwritten(
    alice: User, configure: Configure, make_key: object
) -> None:
    configure(LOUPE_SECURITY_ENCRYPTION_KEYS=make_key("other"))  # type: ignore[operator]
    stranger = User.objects.get(pk=alice.pk)
    with pytest.raises(DecryptionError):
        _ = stranger.name
    with pytest.raises(DecryptionError):
        stranger.save()


def test_personal_data_is_not_dumped(alice: User) -> None:
    with pytest.raises(CommandError, match="personal data"):
        call_command("dumpdata", "accounts.user", stdout=io.StringIO())


def test_the_change_log_of_every_model_leaves_out_secrets_and_encrypted_fields() -> None:
    registered = auditlog.get_models()
    assert User in registered
    for model in apps.get_models():
        if model not in registered:
            continue
        excluded = auditlog.get_model_fields(model)["exclude_fields"]
        secret = [each.name for each in model._meta.fields if isinstance(each, EncryptedTextField)]
        assert set(secret) <= set(excluded)
    assert "password" in auditlog.get_model_fields(User)["exclude_fields"]


def test_clearing_a_number_frees_it(alice: User) -> None:
    alice.phone = "+41446681800"
    alice.save()
    alice.phone = None
    alice.save()
    assert not BlindIndex.objects.filter(identifier="phone").exists()
