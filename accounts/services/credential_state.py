"""Whether a session is still good, asked once a request: in the cache first, else in the database, else refused."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.core.cache import BaseCache
from django.db import DatabaseError, models
from django.utils import timezone

from accounts.credential_cache import ENTRY_SECONDS, MARK, credential_cache, session_key, user_key
from accounts.fields import EncryptedTextField, Sealed
from accounts.models import AuthSession, User
from config.errors import DomainError, Kind

logger = structlog.get_logger(__name__)

# the hash of the password, and that it is a short one, never enter the cache; whoever needs them reads the row
_UNCACHED = ("password", "password_needs_second_factor")
_USER_FIELDS = [each for each in User._meta.concrete_fields if each.attname not in _UNCACHED]

_USER_COLUMNS = [each.attname for each in _USER_FIELDS]


@dataclass(frozen=True, slots=True)
class CredentialState:
    """Users are kept in the cache as their rows are in the database: identifiers stay encrypted.

    A change does not delete an entry but puts a mark in its place (`accounts.credential_cache`); an entry is only ever
    added where there is none, so nobody who read the old row just before can bring it back over a mark.
    """

    cache: BaseCache | None = field(default_factory=credential_cache)
    read: Callable[[Sequence[str]], Mapping[str, Any]] | None = None  # from the cache, where a caller has more to ask

    def user_of(self, user_id: str, session_id: str, epoch: int) -> User | None:
        """The user when session, account and epoch still stand, else None.

        DomainError (UNAVAILABLE) when neither cache nor database answers.
        """
        if not _is_uuid(user_id) or not _is_uuid(session_id):
            return None
        user, session_ends = self._cached(user_id, session_id)
        if user is None or session_ends is None:
            found = self._stored(user_id, session_id)
            if found is None:
                return None
            user, session_ends = found
        if not user.is_active or user.epoch != epoch or session_ends <= timezone.now():
            return None
        return user

    def _cached(self, user_id: str, session_id: str) -> tuple[User | None, datetime | None]:
        if self.cache is None:
            return None, None
        of_user, of_session = user_key(user_id), session_key(session_id)
        try:
            found = (self.read or self.cache.get_many)([of_user, of_session])
        except Exception as error:  # whatever the driver raises: the database knows as well
            logger.warning("credential_cache_unavailable", error=type(error).__name__)
            return None, None
        user, session = found.get(of_user, MARK), found.get(of_session, MARK)
        if user == MARK or session == MARK or session[0] != user_id:
            return None, None
        return _thawed(user), datetime.fromisoformat(session[1])

    def _stored(self, user_id: str, session_id: str) -> tuple[User, datetime] | None:
        try:
            session = next(
                iter(AuthSession.objects.select_related("user").filter(pk=session_id, user_id=user_id)), None
            )
        except DatabaseError as error:
            logger.error("credential_check_unavailable", error=type(error).__name__)
            raise DomainError(
                "unavailable", "Credentials cannot be checked right now.", Kind.UNAVAILABLE, retry_after=5
            ) from None
        if session is None or not session.may_act(timezone.now()):
            return None
        ends = min(session.expires_at, session.idle_expires_at)
        self._fill(session.user, session.pk, ends)
        return session.user, ends

    def _fill(self, user: User, session_id: uuid.UUID, ends: datetime) -> None:
        if self.cache is None:
            return
        try:
            self.cache.add(user_key(user.pk), _frozen(user), ENTRY_SECONDS)
            self.cache.add(session_key(session_id), [str(user.pk), ends.isoformat()], ENTRY_SECONDS)
        except Exception as error:
            logger.warning("credential_cache_unavailable", error=type(error).__name__)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _frozen(user: User) -> list[Any]:
    return [_plain(each, user.__dict__.get(each.attname)) for each in _USER_FIELDS]


def _plain(each: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(value, Sealed):
        return base64.b64encode(value.envelope).decode()
    if isinstance(each, EncryptedTextField) and value is not None:
        raise TypeError(f"{each.name} was opened and may not enter the cache")
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _thawed(values: list[Any]) -> User:
    typed = [None if value is None else restore(value) for restore, value in zip(_RESTORE, values, strict=True)]
    return User.from_db("default", _USER_COLUMNS, typed)


def _restored(each: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(each, EncryptedTextField):
        return lambda value: Sealed(base64.b64decode(value))
    if isinstance(each, models.DateTimeField):
        return datetime.fromisoformat
    return uuid.UUID if isinstance(each, models.UUIDField) else lambda value: value


_RESTORE = [_restored(each) for each in _USER_FIELDS]
