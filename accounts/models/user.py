"""The user: an opaque id, an encrypted e-mail address and phone number, a password hash."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone
from guardian.mixins import GuardianUserMixin

from accounts.fields import EncryptedTextField
from accounts.identifiers import canonical_email, canonical_phone
from accounts.models.blind_index import BlindIndex, Identifier
from accounts.services.encryption import EncryptionService


class UserManager(BaseUserManager["User"]):
    """Users come and are found by canonical identifiers."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user; IntegrityError when the address or number is taken, ValueError when it is none."""
        user = self.model(**fields)
        user.email = canonical_email(email)
        user.phone = canonical_phone(user.phone) if user.phone else None
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        trusted = {"is_staff": True, "is_superuser": True, "email_verified_at": timezone.now()}
        return self.create_user(email, password, **trusted, **fields)

    def by_identifier(self, identifier: Identifier, canonical: str) -> User | None:
        """The user who holds this canonical identifier, under any index key."""
        encryption = EncryptionService()
        digests = [encryption.blind_index(canonical, identifier, key_id) for key_id in encryption.index_keys]
        return self.filter(blind_indexes__identifier=identifier, blind_indexes__digest__in=digests).distinct().first()

    def by_email(self, email: str) -> User | None:
        """The user with this address however it is written; None also for what is no address."""
        try:
            return self.by_identifier(Identifier.EMAIL, canonical_email(email))
        except ValueError:
            return None

    def get_by_natural_key(self, username: str | None) -> User:
        user = self.by_email(username or "")
        if user is None:
            raise self.model.DoesNotExist
        return user


class User(GuardianUserMixin, AbstractBaseUser, PermissionsMixin):
    """Somebody with an account.

    `epoch` grows when every credential of the user must die at once; tokens carry it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = EncryptedTextField()
    phone = EncryptedTextField(null=True, blank=True)
    name = EncryptedTextField(null=True, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=0)
    password_changed_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="users_newest_first")]

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and the blind indexes of its identifiers in one transaction."""
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            written = kwargs.get("update_fields")
            for identifier in Identifier:
                if written is None or identifier.value in written:
                    self._index(identifier)

    def _index(self, identifier: Identifier) -> None:
        canonical = getattr(self, identifier.value)
        if canonical is None:
            self.blind_indexes.filter(identifier=identifier).delete()
            return
        encryption = EncryptionService()
        for key_id in encryption.index_keys:
            BlindIndex.objects.update_or_create(
                user=self,
                identifier=identifier,
                key_id=key_id,
                defaults={"digest": encryption.blind_index(canonical, identifier, key_id)},
            )


def no_anonymous_user(user_model: type[User]) -> None:
    """guardian asks for a row that stands for strangers; there is none (ANONYMOUS_USER_NAME is None)."""
    raise RuntimeError("strangers have no object permissions")
