"""Model fields whose values are ciphertext in the database and plaintext on the instance."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from accounts.services.encryption import EncryptionService


class Sealed:
    """A value as the database holds it, not opened yet. It never shows what is inside."""

    __slots__ = ("envelope",)

    def __init__(self, envelope: bytes) -> None:
        self.envelope = envelope

    def __repr__(self) -> str:
        return "<sealed>"


class _OpeningAttribute(DeferredAttribute):
    """Opens the value at first use, when the row and with it the key of the row are known."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Sealed):
            return value
        plaintext = EncryptionService().decrypt(value.envelope, self.field.context_of(instance)).decode()
        instance.__dict__[self.field.attname] = plaintext
        return plaintext

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text, encrypted by EncryptionService and bound to model, field and row (the primary key must be set before save).

    It cannot be searched, ordered or updated in bulk: look up by blind index. `values()` gives `Sealed`, never text.
    A row that cannot be opened cannot be saved either, so nothing is written over what another key may still open.
    """

    descriptor_class = _OpeningAttribute
    description = "Encrypted text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = kwargs.get("editable", True)
        super().__init__(*args, **kwargs)

    def context_of(self, instance: models.Model) -> str:
        """What the ciphertext is bound to: `app.model.field:primary-key`."""
        if instance.pk is None:
            raise FieldError(f"{self.model._meta.label}.{self.name} needs the primary key before it is saved")
        return f"{self.model._meta.label_lower}.{self.name}:{instance.pk}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def to_python(self, value: Any) -> Any:
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if isinstance(value, Sealed):
            # an envelope goes back as it came, unless the instance became another row meanwhile
            EncryptionService().decrypt(value.envelope, self.context_of(model_instance))
            return value
        return Sealed(EncryptionService().encrypt(str(value).encode(), self.context_of(model_instance)))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise FieldError(f"{self.name} is encrypted for its row: save the instance, or look up by blind index")
        return super().get_db_prep_value(None if value is None else value.envelope, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: look up by blind index")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is personal data and is not serialised; use the GDPR export or a backup")
