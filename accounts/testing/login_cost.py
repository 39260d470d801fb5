"""What a log-in costs the processor beside its hash, and on what: the request in this process, without a client."""

from __future__ import annotations

import io
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import check_password, get_hashers
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView

from accounts.api.login import LoginInput
from accounts.api.token_output import LoginOutput
from accounts.models import User
from accounts.models.auth_session import AuthSessionQuerySet
from accounts.models.user import UserManager
from accounts.services import login
from accounts.services.encryption import EncryptionService
from accounts.services.lockout import AccountLockoutService
from accounts.services.login import AuthService
from accounts.services.mfa import SecondFactors
from accounts.services.session import SessionManager
from audit import logger
from audit.logger import AuditLogger
from config.orchestrator import get_orchestrator
from config.rate_limits import RateLimiter
from config.serving import hold_database_open
from config.testing import configured

_PASSWORD = "a password of the benchmark"
_PARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "middleware, routing": ((WSGIHandler, "__call__"),),
    "view": ((APIView, "dispatch"),),
    "input": ((LoginInput, "read"),),
    "rate limit": ((RateLimiter, "hit"),),
    "service, what is left": ((AuthService, "login"),),
    "account looked up": ((AuthService, "_find"),),
    "lockout": ((AccountLockoutService, "charge"), (AccountLockoutService, "succeed")),
    "hash": ((login, "matches"),),
    "second factors": ((SecondFactors, "methods_of"),),
    "session, what is left": ((SessionManager, "start"),),
    "account held, device": ((UserManager, "hold_for_log_in"), (SessionManager, "_remember_device")),
    "session, their limit": ((AuthSessionQuerySet, "begin"),),
    "encryption": ((EncryptionService, "encrypt"), (EncryptionService, "blind_index")),
    "audit entry": ((AuditLogger, "record"),),
    "log and metrics": ((logger, "_to_log"),),
    "tokens signed": ((SessionManager, "_tokens"),),
    "transaction": ((Atomic, "__enter__"), (Atomic, "__exit__")),
    "connection": ((BaseDatabaseWrapper, "connect"), (BaseDatabaseWrapper, "close_if_unusable_or_obsolete")),
    "output": ((LoginOutput, "to_representation"), (JSONRenderer, "render")),
}


def report(rounds: int, marker: str) -> Iterator[str]:
    """Lines of the report: the total over the configured hash, over the cheapest one, and the parts of it."""
    orchestrator = get_orchestrator()
    unlimited = orchestrator.api_service.model_copy(update={"rate_credentials": "1000000/second"})
    cheapest = {"argon2_time_cost": 1, "argon2_memory_kib": 64, "argon2_parallelism": 1}
    with _as_served(), configured(api_service=unlimited), _user(f"cost-{marker}@example.org") as user:
        yield "as configured:   " + _over_the_hash(user, rounds)
    security = orchestrator.security_service.model_copy(update=cheapest)
    with _as_served(), configured(api_service=unlimited, security_service=security):
        _forget_hasher()  # Django keeps the one of the first cost
        with _user(f"cheap-{marker}@example.org") as user:
            yield "cheapest hash:   " + _over_the_hash(user, rounds)
            yield from _parts(user, rounds)
    _forget_hasher()


@contextmanager
def _as_served() -> Iterator[None]:
    """With what runs beside the server and spares requests work."""
    stop = threading.Event()
    holder = threading.Thread(target=hold_database_open, args=(stop,))
    if connection.vendor == "sqlite":
        holder.start()
    try:
        yield
    finally:
        stop.set()
        if holder.is_alive():
            holder.join()


def _forget_hasher() -> None:
    cached: Any = get_hashers
    cached.cache_clear()


@contextmanager
def _user(email: str) -> Iterator[User]:
    user = User.objects.create_user(email, _PASSWORD, email_verified_at=timezone.now())
    try:
        yield user
    finally:
        user.delete()


def _over_the_hash(user: User, rounds: int) -> str:
    """Request and hash take turns, so that what disturbs the machine disturbs both."""
    handler = WSGIHandler()
    requests, hashes = [], []
    for number in range(rounds + 5):
        taken = [_cpu(lambda: _log_in(handler, user)), _cpu(lambda: check_password(_PASSWORD, user.password))]
        if number >= 5:  # the first ones warm up
            requests.append(taken[0])
            hashes.append(taken[1])
    low, median, high = statistics.quantiles([one - other for one, other in zip(requests, hashes, strict=True)], n=4)
    return (
        f"log-in {statistics.median(requests):.2f} ms, hash {statistics.median(hashes):.2f} ms,"
        f" over the hash {median:.2f} ms of CPU (middle half {low:.2f} to {high:.2f}, n={rounds})"
    )


def _cpu(act: Callable[[], object]) -> float:
    """Milliseconds of this process, all its threads."""
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000


def _log_in(handler: WSGIHandler, user: User) -> None:
    body = json.dumps({"identifier": user.email, "password": _PASSWORD}).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/auth/login",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_USER_AGENT": "benchmark",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    statuses: list[str] = []
    response_parts: list[bytes] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return response_parts.append

    response = handler(environ, start_response)
    response_parts += response
    response.close()
    assert statuses == ["200 OK"], (statuses, response_parts)


def _parts(user: User, rounds: int) -> Iterator[str]:
    """What each part takes without those inside it. The clocks cost too, so it is scaled to what they did not see."""
    handler, clocks = WSGIHandler(), _Clocks()
    plain = statistics.median(_cpu(lambda: _log_in(handler, user)) for _ in range(rounds))
    with clocks.around(_PARTS):
        for _ in range(rounds):
            _log_in(handler, user)
    seen = sum(clocks.taken.values())
    for name, seconds in clocks.taken.most_common():
        share = seconds / seen
        yield f"  {name:22} {plain * share * 1000:6.0f} µs {share:6.1%}"


@dataclass(slots=True)
class _Clocks:
    """CPU seconds of this thread, by part."""

    taken: Counter[str] = field(default_factory=Counter)
    _open: list[float] = field(default_factory=list)

    @contextmanager
    def around(self, parts: dict[str, tuple[tuple[Any, str], ...]]) -> Iterator[None]:
        with ExitStack() as stack:
            for name, places in parts.items():
                for owner, attribute in places:
                    stack.enter_context(mock.patch.object(owner, attribute, self._clocked(name, owner, attribute)))
            yield

    def _clocked(self, name: str, owner: Any, attribute: str) -> Any:
        found = owner.__dict__.get(attribute, getattr(owner, attribute))
        act = found.__func__ if isinstance(found, classmethod) else found

        def clocked(*args: Any, **kwargs: Any) -> Any:
            self._open.append(0.0)
            began = time.thread_time()
            try:
                return act(*args, **kwargs)
            finally:
                whole = time.thread_time() - began
                self.taken[name] += whole - self._open.pop()  # type: ignore[assignment]  # Counter of seconds
                if self._open:
                    self._open[-1] += whole

        return classmethod(clocked) if isinstance(found, classmethod) else clocked
