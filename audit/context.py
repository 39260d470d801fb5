"""Who acts, from where, in which request: carried beside the call, so that no service passes it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any

SYSTEM = "system"
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class AuditContext:
    """`actor` and `on_behalf_of` are opaque ids ("user:<uuid>", "system", "anonymous"); `address` and `agent` are
    personal and only ever stored encrypted; `method` says how the actor proved who they are ("password", "api_key").
    """

    actor: str = SYSTEM
    on_behalf_of: str = ""
    session: str = ""
    request_id: str = ""
    method: str = ""
    address: str = ""
    agent: str = ""


_NOBODY = AuditContext()
refusal_recorded: ContextVar[bool] = ContextVar("refusal_recorded", default=False)
"""Whether this request's refusal stands in the trail already."""
_current: ContextVar[AuditContext] = ContextVar("audit_context", default=_NOBODY)


def current() -> AuditContext:
    """The context of this request, task or command."""
    return _current.get()


def amend(**changes: str) -> None:
    """Add what was found out on the way: authentication knows the actor only after the middleware ran."""
    _current.set(replace(_current.get(), **changes))


@contextmanager
def acting(context: AuditContext) -> Iterator[None]:
    """Everything inside happens in `context`."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def to_headers() -> dict[str, str]:
    """The context as message headers, for the worker that goes on with it."""
    return {key: value for key, value in asdict(current()).items() if value}


def from_headers(headers: dict[str, Any]) -> AuditContext:
    """The context out of message headers; unknown keys are ignored, so that old messages still run."""
    known = AuditContext.__dataclass_fields__
    return AuditContext(**{key: value for key, value in headers.items() if key in known and isinstance(value, str)})
