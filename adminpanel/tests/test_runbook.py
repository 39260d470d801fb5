"""The runbook names only commands, options, settings and routes that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve

from config.registry import settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / "runbook.md", ROOT / "docs" / "administration.md"]
NOBODYS = "00000000-0000-4000-8000-000000000000"
TEXT = "\n".join(page.read_text() for page in PAGES)
CALLS = sorted(set(re.findall(r"manage\.py (\w+)([^\n`#]*)", TEXT)))
NAMED_SETTINGS = sorted(set(re.findall(r"LOUPE_[A-Z_]+", TEXT)))
ROUTES = sorted(set(re.findall(r"(/(?:api|health|metrics)[a-z/{}-]*)", TEXT)))


@pytest.mark.parametrize(("name", "rest"), CALLS, ids=[f"{name}{rest}" for name, rest in CALLS])
def test_a_command_exists_with_its_options(name: str, rest: str) -> None:
    assert name in get_commands()
    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    described = parser.format_help()
    for action in parser._actions:  # subcommands have a help of their own
        if isinstance(action.choices, dict):
            described += "".join(each.format_help() for each in action.choices.values())
    for option in re.findall(r"--[a-z-]+", rest):
        assert option in described, f"{name} has no {option}"


@pytest.mark.parametrize("name", NAMED_SETTINGS)
def test_a_setting_exists(name: str) -> None:
    assert name in settings()


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_exists(route: str) -> None:
    path = route.replace("{id}", NOBODYS).replace("{series}", "log_ins")
    if path == "/api/admin/":  # where the routes begin
        path += "system"
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"there is no {route}")


def test_the_pages_name_something_of_each() -> None:
    assert CALLS
    assert NAMED_SETTINGS
    assert ROUTES
