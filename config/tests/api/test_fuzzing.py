"""Machine-made requests against the running application: whatever they try, nothing fails on our side."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import rate_limits
from config.orchestrator import get_orchestrator
from config.services.api import ApiConfigService

SECONDS = 25
# what holds for every answer; whether each status is written down one by one is not asked, "default" covers problems
ENDS_THE_SESSION = "/auth/(logout|sessions|password)"  # after which every other answer would be 401
CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance,unsupported_method,ignored_auth"


@pytest.mark.django_db(transaction=True)
def test_no_generated_request_meets_a_server_error(
    live_server: Any, alice: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is missing: no requests are generated")
    unlimited = dataclasses.replace(get_orchestrator(), api_service=ApiConfigService(throttling=False))
    monkeypatch.setattr(rate_limits, "get_orchestrator", lambda: unlimited)
    authorization = signed_in(alice)._credentials["HTTP_AUTHORIZATION"]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{live_server}/api/schema"),
            *("--checks", CHECKS, "--seed", "20261125", "--max-time", str(SECONDS), "--max-examples", "40"),
            *("--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--no-color"),
            *("--exclude-path-regex", ENDS_THE_SESSION),
            *("--header", f"Authorization: {authorization}", "--request-timeout", "20", "--warnings", "off"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS * 5,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    generated = re.search(r"(\d+) generated", run.stdout)
    assert generated is not None
    assert int(generated[1]) > 0  # how many fit into the time is the machine's affair
