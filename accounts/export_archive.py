"""The archive of an export: JSON for programs, one page of HTML for people, and the person's files; streamed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.html import escape

from accounts.personal_data import PersonalDataSource, sources

if TYPE_CHECKING:
    from accounts.models import User

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "th,td{border:1px solid #8888;padding:.25rem .5rem;text-align:left;vertical-align:top}"
)


def write_archive(target: IO[bytes], user: User) -> int:
    """Write the zip of everything held of the user; its size in bytes. `target` need not be able to seek."""
    counting = _Counting(target)
    with ZipFile(counting, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # write and flush are enough
        for source in sources():
            for name, rows in source.sections.items():
                with archive.open(f"data/{name}.json", "w") as member:
                    _write_json(member, rows(user))
        with archive.open("index.html", "w") as page:
            _write_page(page, user)
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


def _write_json(member: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    member.write(b"[")
    for number, row in enumerate(rows):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        member.write((b",\n" if number else b"\n") + text.encode())
    member.write(b"\n]\n")


def _write_page(page: IO[bytes], user: User) -> None:
    page.write(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title><style>{_STYLE}</style>'
        f"<h1>Your data</h1><p>Everything that is held of you, as of {timezone.now():%-d %B %Y, %H:%M} UTC. "
        f"The same is in the folder data as JSON, and your files are in the folder files.</p>".encode()
    )
    for source in sources():
        for name, rows in source.sections.items():
            page.write(f"<h2>{escape(name.replace('_', ' ').capitalize())}</h2>".encode())
            _write_table(page, rows(user))


def _write_table(page: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    empty = True
    for row in rows:
        if empty:
            page.write(f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in row)}</tr>".encode())
        empty = False
        page.write(f"<tr>{''.join(f'<td>{escape(_told(value))}</td>' for value in row.values())}</tr>".encode())
    page.write(b"<p>Nothing.</p>" if empty else b"</table>")


def _told(value: Any) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')
    return text if len(text) <= 300 else f"{text[:300]}… (all of it is in the JSON)"


def _write_files(archive: ZipFile, source: PersonalDataSource, user: User) -> None:
    for file in source.files(user):
        info = ZipInfo(f"files/{file.path}", date_time=timezone.now().timetuple()[:6])
        info.compress_type = ZIP_STORED  # pictures are compressed as they are
        with archive.open(info, "w") as member:
            member.write(file.read())
