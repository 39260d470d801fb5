"""Sends the administration's tasks by name, once what they need is committed."""

from __future__ import annotations

import uuid
from functools import partial

from django.db import transaction

from designsystem.dispatch import send

RUN_BULK = "adminpanel.run_bulk"


def run_bulk_on_commit(key: uuid.UUID) -> None:
    """Has a worker do the job; a broker that is away loses nothing, as the sweeper sends it again."""
    transaction.on_commit(partial(send, RUN_BULK, key))
