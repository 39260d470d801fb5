"""How long the check of an API key takes, among many keys; what it makes is rolled back."""

from __future__ import annotations

import secrets
import statistics
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ApiKey, Scope, User
from accounts.services.api_keys import ApiKeyService, digest_of
from config.api_key_format import generate_api_key
from config.orchestrator import get_orchestrator


class Command(BaseCommand):
    help = "Measures the check of an API key: digest, look-up with its owner, expiry, network."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keys", type=int, default=1000, help="keys in the table beside what is there (1000)")
        parser.add_argument("--checks", type=int, default=2000, help="checks to measure (2000)")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            known = _fill(options["keys"])
            took = sorted(_measure(known, options["checks"]))
            transaction.set_rollback(True)
        p99 = took[int(len(took) * 0.99)]
        self.stdout.write(
            f"{connection.vendor}: {len(took)} checks among {options['keys']} keys: "
            f"median {statistics.median(took):.3f} ms, p99 {p99:.3f} ms"
        )


def _fill(count: int) -> list[str]:
    owner = User.objects.create_user(f"{secrets.token_hex(8)}@benchmark.invalid", None)
    known = [generate_api_key(get_orchestrator().environment) for _ in range(count)]
    now = timezone.now()
    ApiKey.objects.bulk_create(
        ApiKey(
            user=owner,
            name="benchmark",
            digest=digest_of(each),
            ending=each[-4:],
            scopes=[Scope.ACCOUNT_READ],
            epoch=0,
            expires_at=now + timedelta(days=1),
            last_used_at=now + timedelta(hours=1),
        )
        for each in known
    )
    return known


def _measure(known: list[str], checks: int) -> list[float]:
    service, took = ApiKeyService(), []
    for _ in range(checks):
        key = secrets.choice(known)
        started = time.perf_counter()
        found = service.check(key, None)
        took.append((time.perf_counter() - started) * 1000)
        assert found is not None
    return took
