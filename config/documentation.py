"""Writes the reference and the starter file from the registry, so that neither can tell something that is not so."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from enum import Enum
from itertools import groupby
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import SecretStr

from config.environments import POLICIES, Environment
from config.migrations_of_config import CURRENT_VERSION, STEPS, variable_of
from config.problems import CATALOGUE
from config.registry import BOOTSTRAP, SERVICES, Setting, settings
from config.services.model import PROJECT_ROOT

_TYPES = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path", SecretStr: "text"}
_LIMITS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"), ("min_length", "length ≥"))


def reference() -> str:
    """`docs/configuration.md`: the policy table, every setting, every problem id, every change of the schema."""
    return "\n".join([*_head(), *_policy_table(), *_sections(), *_problems(), *_history()]) + "\n"


def starter_file() -> str:
    """`loupe.example.toml`: every setting with its default as a comment; secrets name their better places."""
    lines = [
        "# Loupe's configuration. Copy to loupe.toml and take away the # of what you change.",
        "# Secrets are better kept out of it: set NAME_FILE=/path, or LOUPE_SECRETS_DIR (docs/configuration-guide.md).",
        f"schema_version = {CURRENT_VERSION}",
    ]
    for section, chosen in groupby(settings().values(), key=lambda setting: setting.section):
        lines += ["", f"[{section}]"] if section else []
        for setting in chosen:
            lines += _starter_entry(setting)
    return "\n".join(lines) + "\n"


def type_of(setting: Setting) -> str:
    """The type and the limits in words."""
    if setting.choices:
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    base = _base_type(setting.info.annotation)
    limits = [
        f"{sign} {getattr(each, name):,}".replace(",", "\N{NO-BREAK SPACE}")
        for each in setting.info.metadata
        for name, sign in _LIMITS
        if getattr(each, name, None) is not None
    ]
    return ", ".join([base, *limits])


def default_of(setting: Setting) -> str:
    """The default as it would stand in the file; paths from the project's root; secrets are not told."""
    value = setting.default
    if value is None:
        return "none"
    if setting.secret and value != ():
        return "development's own"
    return _toml_value(value)


def _head() -> list[str]:
    order = "defaults < `loupe.toml` < `.env` < environment < secret files (`NAME_FILE`, `LOUPE_SECRETS_DIR`)"
    return [
        "# Configuration",
        "",
        "<!-- Written by `manage.py generate_config_docs` from the registry. Do not edit: change the service. -->",
        "",
        f"Later sources win: {order}. How to use them: [configuration-guide.md](configuration-guide.md).",
        "An empty variable is no value. Lists are arrays in the file, and separated by commas in a variable.",
        "",
        "Where the sources are (environment only):",
        "",
        *[f"- `{name}`: {doc}" for name, doc in BOOTSTRAP.items()],
        "",
    ]


def _policy_table() -> list[str]:
    names = [str(environment) for environment in Environment]
    columns = [asdict(POLICIES[environment]) for environment in Environment]
    rows = [
        f"| {demand.replace('_', ' ')} | " + " | ".join(_yes_or_number(column[demand]) for column in columns) + " |"
        for demand in columns[0]
    ]
    return ["## What each environment demands", "", f"| | {' | '.join(names)} |", "|---|---|---|---|", *rows, ""]


def _sections() -> Iterator[str]:
    models = {model.section: model for model in SERVICES.values()}
    for section, chosen in groupby(settings().values(), key=lambda setting: setting.section):
        yield f"## {section or 'general'}"
        yield ""
        yield (sys.modules[models[section].__module__].__doc__ or "").strip()
        yield ""
        yield "| variable | in the file | type | default | what it is |"
        yield "|---|---|---|---|---|"
        for setting in chosen:
            since = f" (since version {setting.since})" if setting.since > 1 else ""
            secret = " **Secret.**" if setting.secret else ""
            doc = setting.doc.replace("|", "\\|")
            yield (
                f"| `{setting.key}` | `{setting.path}` | {type_of(setting)} | {_code(default_of(setting))} "
                f"| {doc}{secret}{since} |"
            )
        yield ""


def _problems() -> list[str]:
    rows = [f"| `config.{number}` | {code.replace('_', ' ')} |" for code, number in sorted(CATALOGUE.items(), key=_id)]
    return [
        "## Problems",
        "",
        "`manage.py check` and a refused start name them by these ids. From E010 on a problem can be silenced with a",
        'reason: `LOUPE_SILENCED_PROBLEMS="config.E027=one machine, backed up every hour"`.',
        "",
        "| id | problem |",
        "|---|---|",
        *rows,
        "",
    ]


def _history() -> list[str]:
    lines = [f"## Versions of the schema (now {CURRENT_VERSION})", ""]
    for step in STEPS:
        lines.append(f"- **{step.makes}**: {step.why}")
        lines += [
            f"  - `{variable_of(old)}` (`{old}`) is now `{variable_of(new)}` (`{new}`)"
            for old, new in step.renames.items()
        ]
        if step.conversions:
            lines.append(f"  - arrays instead of text: {', '.join(f'`{path}`' for path in step.conversions)}")
    return lines


def _starter_entry(setting: Setting) -> list[str]:
    lines = ["", f"# {setting.doc}", f"# {type_of(setting).replace('`', '')}; as a variable {setting.key}"]
    nothing = setting.secret or setting.default is None
    return [*lines, f"# {setting.name} = " + ('""' if nothing else _toml_value(setting.default))]


def _toml_value(value: Any) -> str:
    if isinstance(value, Path):
        value = value.relative_to(PROJECT_ROOT).as_posix() if value.is_relative_to(PROJECT_ROOT) else str(value)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml_value(each) for each in value) + "]"
    return "{}" if value == {} else json.dumps(value, ensure_ascii=False)


def _base_type(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is tuple:
        return "list of " + _base_type(get_args(annotation)[0])
    if get_origin(annotation) is dict:
        return "table of text"
    return _TYPES[annotation]


def _yes_or_number(value: Any) -> str:
    return {True: "yes", False: "no", None: "–"}[value] if value is None or isinstance(value, bool) else str(value)


def _code(text: str) -> str:
    return text if text in ("none", "development's own") else f"`{text}`"


def _id(item: tuple[str, str]) -> str:
    return item[1]
