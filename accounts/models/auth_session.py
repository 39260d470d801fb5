"""A signed-in device: the root of one family of refresh tokens."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings  # noqa: TID251 - Django's own way to name the user model in a foreign key
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Least, TruncDate
from django.utils import timezone

from accounts.fields import EncryptedTextField
from config.inserted_row import insert


class EndReason(models.TextChoices):
    """Why a session is over."""

    LOGOUT = "logout"
    ENDED_BY_USER = "ended_by_user"
    ENDED_BY_STAFF = "ended_by_staff"
    REUSED = "refresh_token_reused"
    CREDENTIALS_CHANGED = "credentials_changed"
    TOO_MANY = "too_many_sessions"


class AuthSessionQuerySet(models.QuerySet["AuthSession"]):
    def live(self) -> AuthSessionQuerySet:
        """Neither ended nor out of time."""
        now = timezone.now()
        return self.filter(ended_at__isnull=True, expires_at__gt=now, idle_expires_at__gt=now)

    def begin(self, session: AuthSession, most: int) -> list[uuid.UUID]:
        """Insert a new session of the user whom the caller holds; the keys of those live ones that end, the oldest,
        so that they are at most so many. One statement while there is room. Written out, as every log-in asks it.
        """
        key, now = AuthSession._meta.pk, connection.ops.adapt_datetimefield_value(timezone.now())
        others = insert(session, returning=_LIVE_BESIDE, values=[now, now])
        if others is None or others[0] < most:
            return []
        own = [key.get_db_prep_value(each, connection) for each in (session.user_id, session.pk)]
        with connection.cursor() as cursor:
            cursor.execute(_END_BEYOND, [now, EndReason.TOO_MANY, *own, now, now, most - 1])
            return [key.to_python(ended) for (ended,) in cursor.fetchall()]

    def for_refresh(self, key: uuid.UUID) -> AuthSession | None:
        """What a refresh needs of the session and its user, in a statement that is written out: the busiest path of
        all, on which putting the same SQL together each time would cost more than running it.
        """
        found = list(self.raw(_FOR_REFRESH, [AuthSession._meta.pk.get_db_prep_value(key, connection)]))
        return found[0] if found else None


class AuthSession(models.Model):
    """Refresh token number `counter` is the current one; each refresh raises it.

    `secret` keys the tokens of this family, so the table alone yields none. `epoch` is the user's at log-in. `aal` is
    the authenticator assurance level (NIST SP 800-63B-4), `amr` how the user proved who they are (RFC 8176),
    `auth_time` when they last did. `ends_on` is the day (UTC) on which it runs out of time if nothing happens; unlike
    the times it may be in an index, as a refresh seldom changes it, and one that changes no index stays cheap.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="auth_sessions")
    device = models.ForeignKey("accounts.KnownDevice", on_delete=models.SET_NULL, null=True, related_name="+")
    secret = EncryptedTextField()
    counter = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField()
    aal = models.PositiveSmallIntegerField(default=1)
    amr = models.CharField(max_length=64)
    auth_time = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rotated_at = models.DateTimeField(default=timezone.now)
    idle_expires_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ends_on = models.GeneratedField(
        expression=TruncDate(Least("idle_expires_at", "expires_at")),
        output_field=models.DateField(),
        db_persist=True,
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=24, choices=EndReason, blank=True)
    address = EncryptedTextField(null=True, blank=True)
    agent = EncryptedTextField(null=True, blank=True)

    objects: ClassVar[models.Manager[AuthSession]] = AuthSessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="sessions_newest_first"),
            models.Index(fields=["-created_at", "-id"], name="all_sessions_newest_first"),
            models.Index(
                fields=["-created_at", "-id"], name="ended_sessions_newest_first", condition=Q(ended_at__isnull=False)
            ),
            models.Index(fields=["user"], name="sessions_not_ended", condition=Q(ended_at__isnull=True)),
            models.Index(
                fields=["-ends_on", "-created_at", "-id"],
                name="sessions_by_end",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="sessions_by_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def methods(self) -> list[str]:
        return self.amr.split()

    def is_live(self, now: datetime) -> bool:
        """Whether it has neither ended nor run out of time."""
        return self.ended_at is None and now < self.expires_at and now < self.idle_expires_at

    def may_act(self, now: datetime) -> bool:
        """Whether it may act for its user: no event has ended the credentials of its time."""
        return self.is_live(now) and self._user_state() == (True, self.epoch)

    def advance(self, now: datetime, idle_expires_at: datetime) -> bool:
        """Go on to the next refresh token, if nobody else has: the update takes the row's lock and compares."""
        adapt = connection.ops.adapt_datetimefield_value
        key = self._meta.pk.get_db_prep_value(self.pk, connection)
        with connection.cursor() as cursor:
            cursor.execute(_ADVANCE, [adapt(now), adapt(idle_expires_at), key, self.counter])
            moved = bool(cursor.rowcount)
        self.counter += 1
        return moved

    def rotated_within(self, seconds: int, now: datetime) -> bool:
        """Whether the current refresh token is at most so old."""
        return now - self.rotated_at <= timedelta(seconds=seconds)

    def _user_state(self) -> tuple[bool, int]:
        """Whether the user is active, and their epoch; from `for_refresh` without another query."""
        joined = self.__dict__
        if "user_epoch" in joined:
            return bool(joined["user_active"]), joined["user_epoch"]
        return self.user.is_active, self.user.epoch


_LIVE_BESIDE = """(
    SELECT count(*) FROM accounts_authsession o
    WHERE o.user_id = accounts_authsession.user_id AND o.id <> accounts_authsession.id
      AND o.ended_at IS NULL AND o.expires_at > %s AND o.idle_expires_at > %s)"""
_END_BEYOND = f"""
    UPDATE accounts_authsession SET ended_at = %s, end_reason = %s WHERE id IN (
        SELECT id FROM accounts_authsession
        WHERE user_id = %s AND id <> %s AND ended_at IS NULL AND expires_at > %s AND idle_expires_at > %s
        ORDER BY created_at DESC, id DESC LIMIT {2**31 - 1} OFFSET %s) RETURNING id"""  # noqa: S608 - no value in it
_FOR_REFRESH = """
    SELECT s.id, s.user_id, s.secret, s.counter, s.epoch, s.aal, s.amr, s.auth_time, s.rotated_at, s.idle_expires_at,
           s.expires_at, s.ended_at, u.is_active AS user_active, u.epoch AS user_epoch
    FROM accounts_authsession s JOIN accounts_user u ON u.id = s.user_id WHERE s.id = %s"""
_ADVANCE = """
    UPDATE accounts_authsession SET counter = counter + 1, rotated_at = %s, idle_expires_at = %s
    WHERE id = %s AND counter = %s AND ended_at IS NULL"""
