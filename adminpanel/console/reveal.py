"""What somebody revealed with a reason stays in clear for them for a few minutes, and only in that session."""

from __future__ import annotations

import time

from django.db.models import Model
from django.http import HttpRequest

from audit.logger import reference

SECONDS = 300
_KEY = "revealed"


def note_revealed(request: HttpRequest, row: Model) -> None:
    """The trail has it already: this only remembers how long it may be shown."""
    now = time.time()
    kept = {name: until for name, until in request.session.get(_KEY, {}).items() if until > now}
    request.session[_KEY] = {**kept, reference(row): now + SECONDS}


def is_revealed(request: HttpRequest, row: Model) -> bool:
    until = request.session.get(_KEY, {}).get(reference(row), 0)
    return bool(until > time.time())
