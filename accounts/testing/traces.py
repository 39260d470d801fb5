"""Where traces of a person could be: everything in PostgreSQL, in Redis and under a folder, as bytes to search."""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

_LONG = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def dump() -> dict[str, set[bytes]]:
    """The rows of every table as `pg_dump` writes them, without the framework's own; skips where it is missing."""
    program = _program("pg_dump")
    if connection.vendor != "postgresql":
        pytest.skip("DATABASE_URL is missing: there is no PostgreSQL to dump")
    if program is None:
        pytest.skip("pg_dump is missing: the database is not searched")
    found = connection.settings_dict
    environment = {**os.environ, "PGPASSWORD": str(found["PASSWORD"] or "")}
    where = ["-h", found["HOST"] or "", "-p", str(found["PORT"] or 5432), "-U", found["USER"], "-d", found["NAME"]]
    text = subprocess.run(
        [program, "--data-only", "--no-owner", *where], check=True, capture_output=True, env=environment
    ).stdout
    tables: dict[str, set[bytes]] = {}
    rows: set[bytes] | None = None
    for line in text.splitlines():
        if line.startswith(b"COPY "):
            rows = tables.setdefault(line.split()[1].decode().removeprefix("public."), set())
        elif line == b"\\.":
            rows = None
        elif rows is not None:
            rows.add(line)
    return tables


def redis_values(client: Any) -> Iterator[tuple[str, int, bytes]]:
    """(key, seconds to live or -1, the value) of every key of the client's database.

    The other databases of a server belong to other workers of the same run of tests.
    """
    for key in client.scan_iter(count=1000):
        value = _value(client, key)
        if value is not None:  # else it ended meanwhile
            yield key.decode("utf-8", "replace"), client.ttl(key), value


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder: its path and its bytes."""
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()
    }


def found_in(content: bytes, needles: Iterable[str | bytes]) -> list[str]:
    """The needles that the content holds: as they are, in hexadecimal, or inside base64, in any case of letters."""
    views = [content.lower(), *(each.lower() for each in _decoded(content))]
    found = []
    for needle in needles:
        plain = needle.encode() if isinstance(needle, str) else needle
        forms = (plain.lower(), binascii.hexlify(plain))
        if any(form in view for form in forms for view in views):
            found.append(needle if isinstance(needle, str) else plain.hex()[:40])
    return found


def _decoded(content: bytes) -> Iterator[bytes]:
    """What base64 in the content stands for: the broker's messages, tokens, and pictures inside documents."""
    joined = []
    for match in _LONG.finditer(content):
        text = match.group().replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            joined.append(base64.b64decode(text + b"=" * (-len(text) % 4)))
        except (binascii.Error, ValueError):
            continue
    yield b"\n".join(joined)


def _value(client: Any, key: bytes) -> bytes | None:
    kind = client.type(key)
    if kind == b"none":
        return None
    if kind == b"string":
        return bytes(client.get(key) or b"")
    if kind == b"hash":
        return b"\n".join(part for pair in client.hgetall(key).items() for part in pair)
    if kind == b"list":
        return b"\n".join(client.lrange(key, 0, -1))
    if kind == b"set":
        return b"\n".join(client.smembers(key))
    if kind == b"zset":
        return b"\n".join(client.zrange(key, 0, -1))
    raise AssertionError(f"a key of an unknown kind: {kind!r}")


def _program(name: str) -> str | None:
    """On the path, or where Debian puts PostgreSQL's programs."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)
