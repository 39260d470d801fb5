"""Does the time of a log-in tell who has an account? Medians for unknown, wrong and unusable, with their spread.
With --cost: what a log-in that succeeds takes of the processor beside its hash, and on what.
"""

from __future__ import annotations

import contextlib
import statistics
import time
import uuid
from argparse import ArgumentParser
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import LockoutCounter, User
from accounts.services.lockout import AccountLockoutService
from accounts.services.login import AuthService
from accounts.testing.login_cost import report
from config.errors import DomainError
from config.orchestrator import get_orchestrator

_TOLERANCE = 0.03
_PATIENCE = 987_654_321  # so many failures lock nobody out; it also marks the counters of the benchmark


class Command(BaseCommand):
    help = (
        "Times refused log-ins in turn, in this process and against the configured database. Makes and deletes users."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=200, help="log-ins of each sort (200)")
        parser.add_argument("--cost", action="store_true", help="the cost over one hash, and its parts, instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rounds"] < 10:
            raise CommandError("--rounds must be at least 10")
        marker = uuid.uuid4().hex
        if options["cost"]:
            for line in report(options["rounds"], marker):
                self.stdout.write(line)
            return
        wrong = self._user(f"wrong-{marker}@example.org", "a password of the benchmark")
        unusable = self._user(f"unusable-{marker}@example.org", None)
        cases = {
            "unknown": f"unknown-{marker}@example.org",
            "wrong": wrong.email,
            "unusable": unusable.email,
        }
        try:
            self._report(self._measure(cases, options["rounds"]))
        finally:
            for user in (wrong, unusable):
                user.delete()
            LockoutCounter.objects.filter(threshold=_PATIENCE).delete()

    def _user(self, email: str, password: str | None) -> User:
        return User.objects.create_user(email, password, email_verified_at=timezone.now())

    def _measure(self, cases: dict[str, str], rounds: int) -> dict[str, list[_Taken]]:
        """The three take turns, so that what disturbs the machine disturbs them alike."""
        patient = {
            "lockout_threshold": _PATIENCE,
            "lockout_hard_stop": _PATIENCE,
            "lockout_address_threshold": _PATIENCE,
        }
        limits = get_orchestrator().authentication_service.model_copy(update=patient)
        service = AuthService(lockout=AccountLockoutService(limits))
        taken: dict[str, list[_Taken]] = {name: [] for name in cases}
        names = list(cases)
        for number in range(rounds + 3):
            for name in names[number % 3 :] + names[: number % 3]:
                wall, cpu = time.perf_counter(), time.process_time()
                with contextlib.suppress(DomainError):
                    service.login(cases[name], "another password than that")
                if number >= 3:  # the first ones warm up
                    taken[name].append(_Taken(time.perf_counter() - wall, time.process_time() - cpu))
        return taken

    def _report(self, taken: dict[str, list[_Taken]]) -> None:
        apart = [self._compare(clock, taken) for clock in _Taken._fields]
        if max(apart) > _TOLERANCE:
            raise CommandError("the time tells who has an account")

    def _compare(self, clock: str, taken: dict[str, list[_Taken]]) -> float:
        medians: list[float] = []
        for name, values in taken.items():
            times = [getattr(each, clock) * 1000 for each in values]
            low, median, high = statistics.quantiles(times, n=4)
            medians.append(median)
            self.stdout.write(
                f"{name:9} {clock:4} median {median:8.3f} ms, middle half {low:.3f} to {high:.3f}, n={len(times)}"
            )
        apart = max(medians) / min(medians) - 1
        self.stdout.write(f"medians of the {clock} time are {apart:.2%} apart; allowed are {_TOLERANCE:.0%}")
        return apart


class _Taken(NamedTuple):
    """Seconds of one log-in: what a caller sees, and what this process worked."""

    wall: float
    cpu: float
