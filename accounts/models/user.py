"""The user: an opaque id, an encrypted e-mail address and phone number, a password hash."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.db import connection, models, router, transaction
from django.db.models import Q
from django.utils import timezone
from guardian.mixins import GuardianUserMixin

from accounts.credential_cache import mark_users
from accounts.fields import EncryptedTextField
from accounts.identifiers import canonical_email, canonical_phone
from accounts.models.blind_index import BlindIndex, Identifier
from accounts.services.encryption import EncryptionService
from audit.bulk import AuditedQuerySet
from config.orchestrator import get_orchestrator

_CANONICAL = {Identifier.EMAIL: canonical_email, Identifier.PHONE: canonical_phone}


class UserQuerySet(AuditedQuerySet["User"]):
    """Refuses what would leave a user without blind indexes, and lets no change pass the cached credentials by."""

    def update(self, **kwargs: Any) -> int:
        mark_users(list(self.values_list("pk", flat=True)))
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]  # templates must not call it

    def restricted(self) -> UserQuerySet:
        """Whose data are kept and not processed (GDPR Art. 18)."""
        return self.filter(restricted_at__isnull=False)

    def hold(self, pk: uuid.UUID) -> bool:
        """Whether the account is there; then nobody can erase it until the transaction ends. Many may hold it at once:
        this is the lock that a foreign key takes at the commit, taken before any file is written.
        """
        sql, parameters = self.filter(pk=pk).values("pk").order_by().query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"{sql} FOR KEY SHARE" if connection.features.has_select_for_no_key_update else sql, parameters
            )
            return cursor.fetchone() is not None

    def hold_for_log_in(self, user: User, fingerprint: str) -> tuple[bool, uuid.UUID | None]:
        """Whether the account may still be signed in to, its credentials being those of `user`, and its known device of
        this fingerprint. Nobody else signs in to it or changes them until the transaction ends, so that of parallel
        log-ins each sees the sessions of those before it.
        """
        key = self.model._meta.pk
        lock = "FOR NO KEY UPDATE OF u" if connection.features.has_select_for_no_key_update else ""
        with connection.cursor() as cursor:
            cursor.execute(_WITH_DEVICE + lock, [fingerprint, key.get_db_prep_value(user.pk, connection), user.epoch])
            found = cursor.fetchone()
        return found is not None, key.to_python(found[0]) if found else None

    def delete(self) -> tuple[int, dict[str, int]]:
        mark_users(list(self.values_list("pk", flat=True)))
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a user needs blind indexes: save one at a time")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a user needs blind indexes: save one at a time")


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Users come and are found by canonical identifiers."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user; IntegrityError when the address or number is taken, ValueError when it is none."""
        user: User = self.model(email=email.strip(), **fields)
        user.phone = canonical_phone(user.phone) if user.phone else None
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Trusted from the start; ValidationError for a bad password, which Django's command lets pass."""
        if password is not None:
            validate_password(password, self.model(email=email))
        trusted = {"is_staff": True, "is_superuser": True, "email_verified_at": timezone.now()}
        return self.create_user(email, password, **trusted, **fields)

    def by_identifier(self, identifier: Identifier, canonical: str, *, device: uuid.UUID | None = None) -> User | None:
        """The user who holds this canonical identifier, under any index key; with it which factors they have, and
        whether the device is known to be theirs.

        The statement is written out: to put the same SQL together for each log-in would cost more than running it.
        """
        encryption = EncryptionService()
        digests = [encryption.blind_index(canonical, identifier, key_id) for key_id in encryption.index_keys]
        marks = ", ".join(["%s"] * len(digests))
        device_key = self.model._meta.pk.get_db_prep_value(device, connection)
        values = [device_key, identifier, *encryption.index_keys, *digests]
        found: list[User] = list(self.raw(_BY_IDENTIFIER.format(marks=marks), values))
        return found[0] if found else None

    def keys_by_identifier(self, identifier: Identifier, canonicals: Sequence[str]) -> dict[str, uuid.UUID]:
        """Which of these canonical identifiers are held, and by whom; a query for each 500."""
        encryption = EncryptionService()
        found: dict[str, uuid.UUID] = {}
        for first in range(0, len(canonicals), 500):
            digests = {
                encryption.blind_index(each, identifier, key_id): each
                for each in canonicals[first : first + 500]
                for key_id in encryption.index_keys
            }
            rows = BlindIndex.objects.using(self.db).filter(identifier=identifier, digest__in=list(digests))
            found |= {digests[digest]: key for digest, key in rows.values_list("digest", "user_id")}
        return found

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

    `email` is kept as it was typed, because mail goes there; two spellings of one address share a blind index.
    `restricted_at`: since then what is held is kept and not processed (GDPR Art. 18).
    `password_needs_second_factor`: the password is too short to be the only factor (NIST SP 800-63B-4, 3.1.1.2).
    `epoch` grows when every credential of the user must die at once; tokens carry it.
    """

    last_login = None  # the sessions tell it
    # told by `by_identifier`, so that log-in asks once; None: not known
    has_totp: bool | None = None
    has_passkey: bool | None = None
    knows_device: bool = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = EncryptedTextField()
    phone = EncryptedTextField(null=True, blank=True)
    name = EncryptedTextField(null=True, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=0)
    restricted_at = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(default=timezone.now)
    password_needs_second_factor = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="users_newest_first"),
            # few of many: without an index of their own a list of them reads everybody
            *(
                models.Index(fields=["-created_at", "-id"], name=f"users_{name}", condition=condition)
                for name, condition in (
                    ("suspended", Q(is_active=False)),
                    ("staff", Q(is_staff=True)),
                    ("unverified", Q(email_verified_at__isnull=True)),
                    ("restricted", Q(restricted_at__isnull=False)),
                )
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """As it was typed: `canonical_email` decides what is the same."""
        return username

    def clean(self) -> None:
        """The identifiers are checked when they are saved."""

    def set_password(self, raw_password: str | None) -> None:
        """Hash the password in Unicode NFC, so that it is the same from every keyboard (NIST SP 800-63B-4, 3.1.1.2)."""
        password = None if raw_password is None else unicodedata.normalize("NFC", raw_password)
        super().set_password(password)
        alone = get_orchestrator().authentication_service.password_min_length
        self.password_needs_second_factor = password is not None and len(password) < alone

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password; hashes it anew when the cost in the configuration has changed."""
        return super().check_password(None if raw_password is None else unicodedata.normalize("NFC", raw_password))

    def verify_email(self) -> None:
        """The address has proved itself; saves, and leaves the time of the first proof."""
        if self.email_verified_at is None:
            self.email_verified_at = timezone.now()
            self.save(update_fields=["email_verified_at"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and the blind indexes of its identifiers in one transaction."""
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        written, new = kwargs.get("update_fields"), self._state.adding
        with transaction.atomic(using=using):
            super().save(*args, **kwargs)
            if not new:
                mark_users([self.pk])
            self.index([each for each in Identifier if written is None or each.value in written], using)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        mark_users([self.pk])
        return super().delete(*args, **kwargs)

    def index(self, identifiers: Iterable[Identifier], using: str | None = None) -> None:
        """Write these identifiers' blind indexes under every key of the ring; IntegrityError when one is taken."""
        gone = [each for each in identifiers if getattr(self, each.value) is None]
        if gone:
            BlindIndex.objects.using(using).filter(user=self, identifier__in=gone).delete()
        BlindIndex.objects.using(using).write(self.index_rows(identifiers))

    def index_rows(self, identifiers: Iterable[Identifier]) -> list[BlindIndex]:
        """The blind indexes of those of these identifiers that there are, under every key of the ring; not saved."""
        encryption = EncryptionService()
        return [
            BlindIndex(
                user=self,
                identifier=each,
                key_id=key_id,
                digest=encryption.blind_index(_CANONICAL[each](getattr(self, each.value)), each, key_id),
            )
            for each in identifiers
            if getattr(self, each.value) is not None
            for key_id in encryption.index_keys
        ]


_BY_IDENTIFIER = """
    SELECT u.*,
           EXISTS (SELECT 1 FROM accounts_totpdevice t WHERE t.user_id = u.id AND t.confirmed) AS has_totp,
           EXISTS (SELECT 1 FROM accounts_passkey p WHERE p.user_id = u.id) AS has_passkey,
           EXISTS (SELECT 1 FROM accounts_knowndevice d WHERE d.id = %s AND d.user_id = u.id) AS knows_device
    FROM accounts_blindindex b JOIN accounts_user u ON u.id = b.user_id
    WHERE b.identifier = %s AND b.key_id IN ({marks}) AND b.digest IN ({marks}) LIMIT 1"""
_WITH_DEVICE = """
    SELECT d.id FROM accounts_user u
    LEFT JOIN accounts_knowndevice d ON d.user_id = u.id AND d.fingerprint = %s
    WHERE u.id = %s AND u.epoch = %s AND u.is_active """


def no_anonymous_user(user_model: type[User]) -> None:
    """guardian asks for a row that stands for strangers; there is none (ANONYMOUS_USER_NAME is None)."""
    raise RuntimeError("strangers have no object permissions")
