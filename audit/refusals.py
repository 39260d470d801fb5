"""Every refused authorisation stands in the trail (OWASP ASVS 5.0 16.3.2), also one that a 404 hides from the caller,
and a flood of them cannot fill it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError
from django.db.models import Q

from audit import context
from audit.actions import Action, Outcome
from audit.logger import AuditLogger, reference
from audit.redaction import DetailValue
from config.api.refusals import Refusal

logger = structlog.get_logger("audit.refusals")

_HIDDEN = "hidden"
OF_HIDDEN = Q(action=Action.ACCESS_DENIED, details__contains=f'"reason":"{_HIDDEN}"')
"""Entries that say what a 404 hid; whoever was answered 404 must not read them."""
_Key = tuple[str, str, str, bool]  # actor, method, route, whether it was hidden
_MOST_IDS = 100


@dataclass(slots=True)
class _Window:
    began: float
    count: int = 0
    told: int = 0  # of `count`, how many the trail knows of


@dataclass(slots=True)
class RefusalRecorder:
    """The first `each` refusals of an actor at an operation in `seconds` are an entry each. Of more, those at which the
    count reaches a power of ten, and the first of a later window, are entries whose `count` sums up the ones between.
    Each process counts for itself, `most` actors and operations at a time.
    """

    each: int = 5
    seconds: float = 60
    most: int = 10_000
    clock: Callable[[], float] = time.monotonic
    _windows: OrderedDict[_Key, _Window] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, refusal: Refusal) -> None:
        """Record it, unless what refused has done so with more to say."""
        recorded = context.refusal_recorded.get()
        context.refusal_recorded.set(False)
        if recorded:
            return
        details: dict[str, DetailValue] = {
            "reason": refusal.code if refusal.hidden is None else _HIDDEN,
            "operation": refusal.method,
            "route": refusal.route[:200],
            "ids": list(refusal.ids),
        }
        try:
            self._record(refusal, details)
        except (DatabaseError, ValueError):  # the answer stays a refusal
            logger.exception("audit_refusal_not_recorded", **details)

    def _record(self, refusal: Refusal, details: dict[str, DetailValue]) -> None:
        hidden = [] if refusal.hidden is None else list(refusal.hidden.only("pk")[:_MOST_IDS])
        if refusal.hidden is not None and not hidden:
            return  # there is no such thing
        count = self._count((context.current().actor, refusal.method, refusal.route, bool(hidden)))
        if not count:
            return
        target = reference(hidden[0]) if hidden else ""
        if not refusal.ids:
            details["ids"] = [str(row.pk) for row in hidden]
        AuditLogger().record(Action.ACCESS_DENIED, Outcome.REFUSED, target=target, details={**details, "count": count})
        context.refusal_recorded.set(False)

    def _count(self, key: _Key) -> int:
        """How many refusals an entry for this one has to tell of; 0 for none now."""
        with self._lock:
            window = self._windows.pop(key, None)
            now, untold = self.clock(), 0
            if window is None or now - window.began >= self.seconds:
                untold = window.count - window.told if window else 0
                window = _Window(now)
            self._windows[key] = window
            if len(self._windows) > self.most:
                self._windows.popitem(last=False)
            window.count += 1
            if window.count > self.each and str(window.count).strip("0") != "1":
                return 0
            untold += window.count - window.told
            window.told = window.count
            return untold
