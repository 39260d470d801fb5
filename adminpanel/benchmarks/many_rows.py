"""The million accounts and ten million entries that the console is measured over, as like real ones as they can be made
in minutes: every account has its own ciphertext, blind index and session, the trail is a year long.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.identifiers import canonical_email
from accounts.models import Identifier, User
from accounts.services.encryption import EncryptionService
from adminpanel.services.analytics import roll_up

ENTRY_EVERY = timedelta(seconds=3.15)  # ten million are a year
ACCOUNT_EVERY = timedelta(seconds=30)  # a million are a year
# every so many accounts one is in this state
_STATES = {"is_active": 100, "email_verified_at": 50, "restricted_at": 1000, "is_staff": 5000}
_ACTORS = 100_000  # of the trail; every tenth entry is by the first of them, as a program's would be
_ACCOUNT_COLUMNS = (
    "id", "password", "is_superuser", "email", "name", "is_active", "is_staff", "epoch", "password_changed_at",
    "created_at", "email_verified_at", "restricted_at",
)  # fmt: skip
_DEVICES = """
    INSERT INTO accounts_knowndevice (id, user_id, fingerprint, created_at)
    SELECT gen_random_uuid(), id, md5(id::text), created_at FROM accounts_user"""
# two of each device, one ended or out of time; nobody refreshes these sessions, so there is nothing in their secrets
_SESSIONS = """
    INSERT INTO accounts_authsession (id, user_id, device_id, secret, counter, epoch, aal, amr, auth_time, created_at,
                                      rotated_at, idle_expires_at, expires_at, ended_at, end_reason)
    SELECT gen_random_uuid(), user_id, id, ''::bytea, 0, 0, 1, 'pwd', created_at, created_at, now(),
           now() + days * interval '1 day', now() + interval '20 days',
           CASE WHEN days < 0 AND created_at > now() - interval '90 days' THEN created_at END, ''
    FROM accounts_knowndevice, (VALUES (1), (-1)) AS age (days)"""
# keys are UUIDs of version 7 by their time; what stopped long ago (extractions) and what is rare (suspensions) is there
_ENTRIES = """
    INSERT INTO audit_auditlog (id, schema_version, occurred_at, action, outcome, actor, on_behalf_of, target, session,
                                request_id, method, subject, details)
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '7' || substr(mixed, 1, 3) || 'a' || substr(mixed, 4, 15))::uuid, 1, at,
           CASE WHEN number %% 5000 = 7 THEN 'account.suspended'
                WHEN number > 0.9 * total AND number %% 4 = 1 THEN 'extraction.created'
                ELSE (ARRAY['authentication.login', 'authentication.token_refreshed', 'factor.used', 'session.ended'])
                     [1 + number %% 4] END,
           CASE WHEN number %% 20 = 0 THEN 'refused' WHEN number %% 100000 = 9 THEN 'failed' ELSE 'success' END,
           'user:' || md5(CASE WHEN number %% 10 = 3 THEN '0' ELSE (number %% actors)::text END)::uuid,
           '', 'authsession:' || md5((number / 10)::text)::uuid, '', mixed::uuid, 'pwd', '', '{}'
    FROM (SELECT number, %s AS total, %s AS actors, md5('request ' || number) AS mixed,
                 now() - number * %s * interval '1 second' AS at FROM generate_series(%s, 1, -1) AS number) AS entry"""
_SEALS = """
    INSERT INTO audit_seal (position, entry_id, link, chain_key)
    SELECT row_number() OVER (ORDER BY occurred_at), id, repeat('0', 64), 'none' FROM audit_auditlog"""


def fill(users: int, entries: int) -> None:
    """Into empty tables, and counted for analytics. Without the time limit of statements, as some take minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '1GB'")
    fill_accounts(users)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditlog DISABLE TRIGGER audit_queue")  # the seals come all at once
        with _without_indexes(cursor, "audit_auditlog"):
            cursor.execute(_ENTRIES, [entries, _ACTORS, ENTRY_EVERY.total_seconds(), entries])
        with _without_indexes(cursor, "audit_seal"):
            cursor.execute(_SEALS)
        cursor.execute("ALTER TABLE audit_auditlog ENABLE TRIGGER audit_queue")
    while roll_up():
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does it in time
        cursor.execute("RESET statement_timeout")


def fill_accounts(count: int) -> None:
    """Each with a session on one device."""
    with connection.cursor() as cursor:
        _accounts(cursor, count)
        for table, statement in (("accounts_knowndevice", _DEVICES), ("accounts_authsession", _SESSIONS)):
            with _without_indexes(cursor, table):
                cursor.execute(statement)


def actor(number: int) -> str:
    """How the trail names an account of the filling; number 0 is the busy one."""
    return f"user:{_uuid(str(number))}"


def target(number: int) -> str:
    """What ten entries near the `10 * number`th newest are about."""
    return f"authsession:{_uuid(str(number))}"


def request_id(number: int) -> str:
    """Of the `number`th newest entry."""
    return str(_uuid(f"request {number}"))


def email(number: int) -> str:
    """Of the `number`th newest account."""
    return f"person.{number}@benchmark.invalid"


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(md5(text.encode(), usedforsecurity=False).hexdigest())


def _accounts(cursor: Any, count: int) -> None:
    now, encryption = timezone.now(), EncryptionService()
    keys = [uuid.uuid4() for _ in range(count)]
    with _copy(cursor, "accounts_user", _ACCOUNT_COLUMNS) as copy:
        for number in range(count, 0, -1):
            copy.write_row(_account(encryption, keys[number - 1], number, now))
    with _copy(cursor, "accounts_blindindex", ("user_id", "identifier", "key_id", "digest")) as copy:
        for number, key in enumerate(keys, start=1):
            for key_id in encryption.index_keys:
                digest = encryption.blind_index(canonical_email(email(number)), Identifier.EMAIL, key_id)
                copy.write_row((key, Identifier.EMAIL.value, key_id, digest))


def _account(encryption: EncryptionService, key: uuid.UUID, number: int, now: datetime) -> tuple[Any, ...]:
    created = now - number * ACCOUNT_EVERY
    is_in = {state: number % every == 1 for state, every in _STATES.items()}
    label = User._meta.label_lower
    return (
        key, "!", False,
        encryption.encrypt(email(number).encode(), f"{label}.email:{key}"),
        encryption.encrypt(f"Person {number}".encode(), f"{label}.name:{key}"),
        not is_in["is_active"], is_in["is_staff"], 0, created, created,
        None if is_in["email_verified_at"] else created,
        now if is_in["restricted_at"] else None,
    )  # fmt: skip


def _copy(cursor: Any, table: str, columns: tuple[str, ...]) -> Any:
    return cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN")


@contextmanager
def _without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Built once behind the rows, which is many times faster than with each of them."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in found:
        cursor.execute(definition)
