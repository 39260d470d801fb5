"""Machine-made requests against the running application: whatever they try, nothing fails on our side."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.models import Scope, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.testing.authenticator_app import SEED as TOTP_SEED
from config import rate_limits
from config.orchestrator import get_orchestrator
from config.services.api import ApiConfigService

SECONDS = 25
STATEFUL_SECONDS = 12
SEED = "20261125"
# what holds for every answer; whether each status is written down one by one is not asked, "default" covers problems
ENDS_THE_SESSION = "/auth/(logout|sessions|password)"  # after which every other answer would be 401
CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance,unsupported_method,ignored_auth"
# what one call gives goes into the next, so what was deleted is used again, and ids go where they do not belong
STATEFUL_CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance,use_after_free"

SignedIn = Callable[[User], Any]


@pytest.fixture
def credential_of(signed_in: SignedIn, request: pytest.FixtureRequest) -> Callable[[str], str]:
    def made(persona: str) -> str:
        if persona == "api_key":
            charlie = request.getfixturevalue("charlie")
            scopes = [each for each in Scope if each is not Scope.ADMIN_AUDIT_READ]
            return f"Api-Key {ApiKeyService().create(charlie, 'CI', scopes, [], 1).secret}"
        user: User = request.getfixturevalue(persona)
        if persona == "staff":
            user.groups.add(Group.objects.get(name="owner"))
            TotpDevice.objects.create(user=user, name="app", seed=TOTP_SEED)
        credential: str = signed_in(user)._credentials["HTTP_AUTHORIZATION"]
        return credential

    return made


def generated(live_server: Any, credential: str, folder: Path, seconds: int, *options: str) -> int:
    """How many requests schemathesis made; nothing that it checks may have failed. Where the time was over before the
    first one, as on a busy machine, there is more of it.
    """
    found = 0
    while not found and seconds < 600:
        found = _generated(live_server, credential, folder, seconds, *options)
        seconds *= 4
    return found


def _generated(live_server: Any, credential: str, folder: Path, seconds: int, *options: str) -> int:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is missing: no requests are generated")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{live_server}/api/schema"),
            *("--seed", SEED, "--max-time", str(seconds), "--generation-database", "none", "--no-color"),
            *("--exclude-path-regex", ENDS_THE_SESSION),
            *("--header", f"Authorization: {credential}", "--request-timeout", "300", "--warnings", "off"),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    found = re.search(r"(\d+) generated", run.stdout)
    return int(found[1]) if found else 0


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    unlimited = dataclasses.replace(get_orchestrator(), api_service=ApiConfigService(throttling=False))
    monkeypatch.setattr(rate_limits, "get_orchestrator", lambda: unlimited)


@pytest.mark.django_db(transaction=True)
def test_no_generated_request_meets_a_server_error(
    live_server: Any, credential_of: Callable[[str], str], tmp_path: Path
) -> None:
    phases = ("--checks", CHECKS, "--max-examples", "40", "--phases", "examples,coverage,fuzzing")
    # how many fit into the time is the machine's affair
    assert generated(live_server, credential_of("alice"), tmp_path, SECONDS, *phases) > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("persona", ["alice", "staff", "api_key"])
def test_no_chain_of_requests_meets_a_server_error(
    live_server: Any, credential_of: Callable[[str], str], tmp_path: Path, persona: str
) -> None:
    phases = ("--checks", STATEFUL_CHECKS, "--max-examples", "20", "--phases", "stateful")
    assert generated(live_server, credential_of(persona), tmp_path, STATEFUL_SECONDS, *phases) > 0
