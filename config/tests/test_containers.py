"""The image and the composition, as far as they can be judged without a container engine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from packaging.requirements import Requirement

from config.celery import app
from config.registry import settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("web", "worker", "webhooks", "beat", "migrate")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def test_everything_that_runs_our_code_is_read_only_and_has_no_rights(services: dict[str, Any]) -> None:
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_web_server_is_reached_from_outside_and_only_from_this_machine(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_every_start_command_exists(services: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    commands = [service["command"] for name, service in services.items() if name in OURS and "command" in service]
    default = re.search(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert default is not None
    commands.append(yaml.safe_load(default[1]))
    for command in commands:
        if command[:2] == ["python", "manage.py"]:
            assert command[2] in get_commands(), command
        else:
            assert command[:3] == ["celery", "-A", "config.celery"], command


def test_every_queue_that_a_task_is_sent_to_has_a_worker(services: dict[str, Any]) -> None:
    served = [
        service["command"][service["command"].index("-Q") + 1] for service in services.values() if _works(service)
    ]
    app.loader.import_default_modules()  # as a worker does; before, no task of another app is known
    routed = {app.amqp.router.route({}, name)["queue"].name for name in app.tasks if not name.startswith("celery.")}
    assert sorted(served) == sorted(routed) == sorted(app.amqp.queues)


def _works(service: dict[str, Any]) -> bool:
    return "worker" in service.get("command", ())


def test_the_image_does_not_run_as_root_checks_its_health_and_sets_only_variables_that_exist() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert re.search(r"^USER \d+$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert "--require-hashes" in dockerfile
    known = set(settings())
    assert set(re.findall(r"\b(LOUPE_[A-Z_]+)=", dockerfile)) <= known


def test_the_image_holds_every_extra_at_the_versions_that_run_elsewhere() -> None:
    named = re.search(r"^ARG REQUIREMENTS=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert named
    image, plain = _pinned(named[1]), _pinned("requirements.txt")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {Requirement(each) for packages in extras.values() for each in packages}
    assert [str(each) for each in wanted if not each.specifier.contains(image.get(each.name, "0"))] == []
    assert {name: image.get(name) for name in plain} == plain


def _pinned(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))
