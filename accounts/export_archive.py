"""The archive of an export: JSON for programs, one page of HTML for people, and the person's files; streamed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.export_page import write_page
from accounts.personal_data import PersonalDataSource, sources

if TYPE_CHECKING:
    from accounts.models import User


def write_archive(target: IO[bytes], user: User) -> int:
    """Write the zip of everything held of the user; its size in bytes. `target` need not be able to seek."""
    counting = _Counting(target)
    with ZipFile(counting, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # write and flush are enough
        counts: dict[str, int] = {}
        for source in sources():
            for name, rows in source.sections.items():
                with archive.open(f"data/{name}.json", "w") as member:
                    counts[name] = _write_json(member, rows(user))
        with archive.open("index.html", "w") as page:
            write_page(page, user, counts)
        for source in sources():
            _write_files(archive, source, user)
    return counting.size


class _Counting:
    """What ZipFile needs of a stream that only goes forward."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self.size = target, 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return self._target.write(data)

    def flush(self) -> None:
        """The target keeps its own chunks."""


def _write_json(member: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> int:
    """How many rows that were."""
    count = 0
    member.write(b"[")
    for row in rows:
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        member.write((b",\n" if count else b"\n") + text.encode())
        count += 1
    member.write(b"\n]\n")
    return count


def _write_files(archive: ZipFile, source: PersonalDataSource, user: User) -> None:
    for file in source.files(user):
        info = ZipInfo(f"files/{file.path}", date_time=timezone.now().timetuple()[:6])
        info.compress_type = ZIP_STORED  # pictures are compressed as they are
        with archive.open(info, "w") as member:
            member.write(file.read())
