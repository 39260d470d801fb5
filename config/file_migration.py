"""Takes a configuration file from one schema version to another, and proves that it says the same as before."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass

from config.masking import MASK, mask_urls
from config.migrations_of_config import (
    CURRENT_VERSION,
    FIRST_VERSION,
    STEPS,
    Step,
    WouldLose,
    migrate,
    replaced_keys,
    steps_between,
    variable_of,
)
from config.registry import settings, settings_by_path
from config.toml_layout import LayoutError, entries, move, set_version


class MigrationError(Exception):
    """Nothing was changed; the text says why, without a value."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """`changes` are sentences about what was renamed or written in another way."""

    before: str
    after: str
    changes: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after

    def difference(self, name: str) -> str:
        """A unified diff, secrets masked."""
        before, after = (mask_text(text).splitlines() for text in (self.before, self.after))
        return "\n".join(difflib.unified_diff(before, after, name, f"{name} (migrated)", lineterm=""))


def migrate_toml(text: str, target: int = CURRENT_VERSION) -> Migrated:
    """The text of a TOML file in version `target`, with its comments and its order."""
    _check_target(target)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line \d+", str(error))
        raise MigrationError(f"this is not TOML{f' ({line[0]})' if line else ''}") from None
    start = content.pop("schema_version", FIRST_VERSION)
    if not isinstance(start, int) or not FIRST_VERSION <= start <= CURRENT_VERSION:
        raise MigrationError(f"schema_version must be a number from {FIRST_VERSION} to {CURRENT_VERSION}")
    changes: list[str] = []
    result = text
    try:
        expected = migrate(content, start, target)
        for step, forward in steps_between(start, target):
            result = _apply(result, step, forward, changes)
    except (WouldLose, LayoutError) as refusal:
        raise MigrationError(str(refusal)) from None
    if start != target or ("schema_version" not in tomllib.loads(text) and text.strip()):
        result = set_version(result, target)
        changes.append(f"version {start} to {target}")
    if result != text and tomllib.loads(result) != {**expected, "schema_version": target}:
        raise MigrationError("the file is laid out in a way that cannot be moved; write it as plain [tables]")
    return Migrated(text, result, tuple(changes))


def migrate_variables(text: str, target: int = CURRENT_VERSION) -> Migrated:
    """The text of a .env file with the names of version `target`. It carries no version: old names tell its age."""
    _check_target(target)
    if target == CURRENT_VERSION:
        names = {old: replaced.new_key for old, replaced in replaced_keys().items()}
    else:
        names = {
            variable_of(new): variable_of(old)
            for step in reversed(STEPS)
            if step.makes > target
            for old, new in step.renames.items()
        }
    changes: list[str] = []
    present = set(re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*=", text))
    result = text
    for old, new in names.items():
        if old not in present:
            continue
        if new in present:
            raise MigrationError(f"{old} and {new} are both set")
        result = re.sub(rf"(?m)^(\s*(?:export\s+)?){old}(_FILE)?(\s*=)", rf"\g<1>{new}\g<2>\g<3>", result)
        changes.append(f"{old} is now {new}")
    return Migrated(text, result, tuple(changes))


def mask_text(text: str) -> str:
    """A TOML or .env text to show: values of secret settings and credentials in URLs masked."""
    lines = text.splitlines(keepends=True)
    try:
        found = entries(lines)
    except LayoutError:
        found = []
    for entry in found:
        setting = settings_by_path().get(entry.path) or settings().get(entry.path)
        if setting is not None and setting.secret:
            name = lines[entry.start].partition("=")[0]
            lines[entry.start : entry.end] = [f'{name}= "{MASK}"\n', *[""] * (entry.end - entry.start - 1)]
    shown = "".join(lines)
    secret = "|".join(re.escape(key) for key, setting in settings().items() if setting.secret)
    shown = re.sub(rf"(?m)^(\s*#?\s*(?:export\s+)?(?:{secret})\s*=\s*).*$", rf"\g<1>{MASK}", shown)
    return mask_urls(shown)


def _apply(text: str, step: Step, forward: bool, changes: list[str]) -> str:
    if forward:
        text = _rename(text, dict(step.renames), changes)
        return _convert(text, step, forward, changes)
    text = _convert(text, step, forward, changes)
    return _rename(text, {new: old for old, new in step.renames.items()}, changes)


def _rename(text: str, names: dict[str, str], changes: list[str]) -> str:
    for old, new in names.items():
        table, _, key = old.rpartition(".")
        content = tomllib.loads(text)
        home = content.get(table, {}) if table else content
        if isinstance(home, dict) and key in home:
            text = move(text, old, new)
            changes.append(f"{old} is now {new}")
    return text


def _convert(text: str, step: Step, forward: bool, changes: list[str]) -> str:
    if not step.conversions:
        return text
    import tomlkit  # keeps comments and layout where values are written anew; 0.2 s to import

    document = tomlkit.parse(text)
    for path, conversion in step.conversions.items():
        table, _, key = path.rpartition(".")
        home = document.get(table) if table else document
        if home is None or key not in home:
            continue
        before = home[key].unwrap()
        after = (conversion.forward if forward else conversion.back)(before)
        if after != before:
            home[key] = after
            changes.append(f"{path} is written as {'an array' if isinstance(after, list) else 'text'}")
    return document.as_string()


def _check_target(target: int) -> None:
    if not FIRST_VERSION <= target <= CURRENT_VERSION:
        raise MigrationError(f"there are versions {FIRST_VERSION} to {CURRENT_VERSION}")
