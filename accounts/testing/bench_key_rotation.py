"""Rotates the keys of many users while clients log in, kills the rotation once, and says what came of it.

    DATABASE_URL=postgresql://… python -m accounts.testing.bench_key_rotation --users 100000 --clients 8

The database must be empty: it is filled, and left filled.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PASSWORD = "a password of the benchmark"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        _fill(options.users)
        return 0
    old, new = _ring("old"), _ring("new")
    _run(["-m", "accounts.testing.bench_key_rotation", "--fill", "--users", str(options.users)], old)
    rings = {name: f"{new[name]},{old[name]}" for name in old}
    os.environ.update(rings)
    return _rotate_under_load(options.users, options.clients, rings)


def _rotate_under_load(users: int, clients: int, rings: dict[str, str]) -> int:
    import django

    django.setup()
    stop = threading.Event()
    with ThreadPoolExecutor(clients) as pool:
        loads = [pool.submit(_log_in, stop, users) for _ in range(clients)]
        started = time.perf_counter()
        killed = _killed_after(users // 3, rings)
        _run(["manage.py", "rotate_encryption_keys"], rings)
        seconds = time.perf_counter() - started
        stop.set()
        outcomes = [load.result() for load in loads]
    good, bad = (sum(each[index] for each in outcomes) for index in (0, 1))
    print(f"rotated {users} users in {seconds:.0f} s, killed once after {killed} rows; {good} log-ins, {bad} failed")
    problems = list(_problems(users)) + ([f"{bad} log-ins failed"] if bad else [])
    print("\n".join(problems) or "every value and index is under the new keys; nobody is missing, nobody twice")
    return 1 if problems else 0


def _problems(users: int) -> Iterator[str]:
    from accounts.models import BlindIndex, User
    from accounts.services.key_rotation import KeyRotation

    for subject, per_key in KeyRotation().rows_per_key().items():
        if subject.startswith("accounts.user.") and set(per_key) - {"new"}:
            yield f"{subject}: {dict(per_key)}"
    indexed = BlindIndex.objects.filter(key_id="new").values("user").distinct().count()
    if User.objects.count() != users or indexed != users:
        yield f"{User.objects.count()} users, {indexed} of them indexed under the new key"


def _log_in(stop: threading.Event, users: int) -> tuple[int, int]:
    from django.db import connections

    from accounts.services.login import AuthService

    good = bad = 0
    while not stop.is_set():
        try:
            AuthService().login(f"user{secrets.randbelow(users)}@example.org", PASSWORD)
            good += 1
        except Exception as error:  # whatever it is, it is a failed log-in
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            bad += 1
    connections.close_all()
    return good, bad


def _killed_after(rows: int, rings: dict[str, str]) -> int:
    """Start the rotation and kill it, as a power cut would, when it has done so many rows."""
    command = [sys.executable, "manage.py", "rotate_encryption_keys"]
    process = subprocess.Popen(command, env={**os.environ, **rings}, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    done = 0
    for line in process.stderr:
        if line.startswith("accounts.user:"):
            done = int(line.split()[1])
        if done >= rows:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    return done


def _fill(users: int) -> None:
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.utils import timezone

    from accounts.models import BlindIndex, Identifier, User
    from accounts.services.encryption import EncryptionService

    call_command("migrate", verbosity=0)
    hashed, now, encryption = make_password(PASSWORD), timezone.now(), EncryptionService()
    plain: Any = User._base_manager  # the users' own refuses what would leave them without indexes; they come below
    for start in range(0, users, 5000):
        numbers = range(start, min(start + 5000, users))
        rows = [
            User(email=f"user{n}@example.org", name=f"User {n}", password=hashed, email_verified_at=now)
            for n in numbers
        ]
        plain.bulk_create(rows)
        BlindIndex.objects.bulk_create(
            BlindIndex(
                user=row,
                identifier=Identifier.EMAIL,
                key_id=encryption.primary_index_key_id,
                digest=encryption.blind_index(row.email, Identifier.EMAIL),
            )
            for row in rows
        )


def _ring(key_id: str) -> dict[str, str]:
    names = ("LOUPE_SECURITY_ENCRYPTION_KEYS", "LOUPE_SECURITY_BLIND_INDEX_KEYS")
    return {name: f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for name in names}


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, *arguments]
    subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
