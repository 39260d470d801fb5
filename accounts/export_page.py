"""The page of an export: everything that is held of a person, for reading. It loads nothing and runs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.html import escape

from accounts.personal_data import Holding, holdings, sources
from accounts.retention import in_words

if TYPE_CHECKING:
    from accounts.models import User

MAX_ROWS = 1000  # of a section, so that a browser can still show the page; the JSON has all
_MAX_TEXT = 300
_NAMED_ID = re.compile(r"(?:[a-z]+:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDS = {
    "aal": "level",
    "amr": "proved by",
    "agent": "program",
    "sha256": "SHA-256",
    "text_sha256": "SHA-256 of the text",
}
_STYLE = Path(__file__).resolve().parent / "static" / "accounts" / "export.css"
_POLICY = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"


def write_page(page: IO[bytes], user: User, counts: Mapping[str, int]) -> None:
    """Write it; `counts` says how many rows each section has."""
    page.write(_head(user).encode())
    page.write(_contents(counts).encode())
    for source in sources():
        for name, rows in source.sections.items():
            page.write(_section_head(name, counts[name]).encode())
            if counts[name]:
                _write_rows(page, name, rows(user), counts[name])
            page.write(b"</section>\n")
    page.write(b"</main></body></html>\n")


def _head(user: User) -> str:
    style = _stylesheet()
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Your data</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{style}</style></head>\n'
        f"<body><header><h1>Your data</h1><p>Everything that Loupe holds of "
        f"<strong>{escape(user.email)}</strong>, as of {_told(timezone.now())}.</p>"
        f"<p>Each part says how long it is kept and what becomes of it when you have your account erased. The folder "
        f"<code>data</code> has the same as JSON, for programs; the folder <code>files</code> has your pictures. "
        f"Secrets, such as your password and the keys of your second factors, are left out: they are kept as digests "
        f"or encrypted, and would help only somebody who found this file. Keep it like a letter from your bank.</p>"
        f"</header>\n"
    )


def _contents(counts: Mapping[str, int]) -> str:
    entries = "".join(
        f'<li><a href="#{name}">{_title(name)}</a> <span>{count:,}</span></li>' for name, count in counts.items()
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2><ul>{entries}</ul></nav>\n<main>'


def _section_head(name: str, count: int) -> str:
    about = [each for each in holdings() if name in each.exported.split(", ")]
    lines = "".join(_about(each) for each in about)
    all_of = f"all {count:,}; the first {MAX_ROWS:,} are shown here" if count > MAX_ROWS else "the same"
    link = f'<p class="json"><a href="data/{name}.json">data/{name}.json</a> has {all_of}.</p>' if count else ""
    nothing = '<p class="nothing">Nothing is held.</p>' if not count else ""
    return f'<section id="{name}"><h2>{_title(name)} <span>{count:,}</span></h2>{lines}{link}{nothing}'


def _about(holding: Holding) -> str:
    what = holding.what[:1].upper() + holding.what[1:]
    return (
        f'<p class="about">{escape(what)}. <span>Kept: {escape(in_words(holding.kept))}.</span> '
        f"<span>Erased: {escape(holding.erased)}.</span></p>"
    )


def _write_rows(page: IO[bytes], name: str, rows: Iterable[Mapping[str, Any]], count: int) -> None:
    shown = islice(rows, MAX_ROWS)
    if count == 1:
        for row in shown:
            pairs = "".join(
                f"<div><dt>{_title(key)}</dt><dd>{_cell(key, value)}</dd></div>" for key, value in row.items()
            )
            page.write(f"<dl>{pairs}</dl>".encode())
        return
    heading = False
    for row in shown:
        if not heading:
            cells = "".join(f'<th scope="col">{_title(key)}</th>' for key in row)
            page.write(f'<div class="scroll" tabindex="0"><table><thead><tr>{cells}</tr></thead><tbody>'.encode())
            heading = True
        cells = "".join(f"<td>{_cell(key, value)}</td>" for key, value in row.items())
        page.write(f"<tr>{cells}</tr>\n".encode())
    page.write(b"</tbody></table></div>" if heading else b"")


def _cell(key: str, value: Any) -> str:
    if key == "file" and value:
        path = escape(value)
        return f'<a href="{path}"><img src="{path}" alt="" loading="lazy"></a>'
    text = _told(value)
    if _is_id(value):
        return f'<code class="id">{escape(text)}</code>'
    if len(text) > _MAX_TEXT:
        size = len(text.encode())
        return f'<span class="long">{escape(text[:80])}… ({size:,} bytes, all of it in the JSON)</span>'
    return escape(text)


def _is_id(value: Any) -> bool:
    return isinstance(value, UUID) or (isinstance(value, str) and _NAMED_ID.fullmatch(value) is not None)


def _told(value: Any) -> str:
    """A value in words."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%-d %b %Y, %H:%M:%S} UTC"
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{each.replace('_', ' ')}: {_told(inner)}" for each, inner in value.items())
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')


def _title(name: str) -> str:
    """`api_keys` as "API keys", `created_at` as "Created"."""
    words = _WORDS.get(name) or name.removeprefix("is_").removesuffix("_at").removesuffix("_id").replace("_", " ")
    words = " ".join({"api": "API", "id": "id"}.get(each, each) for each in words.split())
    return words[:1].upper() + words[1:]


@cache
def _stylesheet() -> str:
    return _STYLE.read_text()
