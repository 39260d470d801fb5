"""Puts the sources together: who wins, who is hidden, which names are unknown or from an earlier version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from config.migrations_of_config import CURRENT_VERSION, replaced_keys
from config.problems import Problem
from config.provenance import Layer, Reading, Resolution, strongest_first
from config.registry import BOOTSTRAP, PREFIX, settings, settings_by_path
from config.services.model import PROJECT_ROOT
from config.sources.places import Places
from config.sources.secret_files import read_named_files, read_secrets_dir
from config.sources.toml_file import TomlFile, read_toml_file
from config.sources.variables import read_dotenv, read_environment


def resolve(places: Places) -> Resolution:
    """Every value that the sources give, by variable. An empty text is no value: the source below speaks."""
    file = read_toml_file(places.config_file, required=places.config_file_named)
    dotenv, dotenv_problems = read_dotenv(places.env_file, required=places.env_file_named)
    environment = read_environment(places.environ)
    listed, listed_problems = read_secrets_dir(places.secrets_dir)
    named, named_problems = read_named_files([*dotenv, *environment], PROJECT_ROOT)
    everything = [*file.readings, *dotenv, *environment, *listed, *named]
    readings, name_problems = _by_key(everything)
    return Resolution(
        readings,
        (
            *file.problems,
            *dotenv_problems,
            *listed_problems,
            *named_problems,
            *_schema_problems(file, places),
            *name_problems,
        ),
    )


def _by_key(everything: Iterable[Reading]) -> tuple[dict[str, tuple[Reading, ...]], list[Problem]]:
    found: dict[str, list[Reading]] = defaultdict(list)
    problems: list[Problem] = []
    for reading in everything:
        key = _key(reading)
        replaced = replaced_keys().get(key or reading.name)
        if replaced and replaced.still_read and reading.value != "":
            problems.append(_replaced(reading, replaced.new_key))
            # whoever already writes the new name means that one, in whichever source
            found[replaced.new_key].insert(0, reading)
        elif replaced:
            problems.append(_removed(reading, replaced.new_key, replaced.version))
        elif key in settings():
            if reading.value != "":
                found[key].append(reading)
        elif problem := _unknown(reading):
            problems.append(problem)
    return {key: _ordered(key, readings) for key, readings in found.items()}, problems


def _ordered(key: str, readings: list[Reading]) -> tuple[Reading, ...]:
    new = [reading for reading in readings if _key(reading) == key]
    old = [reading for reading in readings if _key(reading) != key]
    return (*strongest_first(new), *strongest_first(old))


def _key(reading: Reading) -> str | None:
    """The variable that a reading sets; for the file it follows from the path, also for an earlier version's path."""
    if reading.origin.layer is not Layer.FILE:
        return reading.name
    setting = settings_by_path().get(reading.name)
    return setting.key if setting else PREFIX + reading.name.replace(".", "_").upper()


def _unknown(reading: Reading) -> Problem | None:
    name = reading.name
    if reading.origin.layer is Layer.FILE:
        known = list(settings_by_path())
    elif name.startswith(PREFIX) and name.removesuffix("_FILE") not in settings():
        if name in BOOTSTRAP and reading.origin.layer is Layer.ENVIRONMENT:
            return None
        known = [*settings(), *BOOTSTRAP]
    else:
        return None
    if name in BOOTSTRAP:
        return Problem(
            "unknown_key", name, f"{reading.origin}: {name} is read from the environment only.", "Set it there."
        )
    nearest = get_close_matches(name, known, n=1, cutoff=0.5)
    fix = f"Did you mean {nearest[0]}?" if nearest else "Take it out; docs/configuration.md lists what there is."
    return Problem("unknown_key", name, f"{reading.origin}: there is no setting {name}.", fix)


def _replaced(reading: Reading, new_key: str) -> Problem:
    new = settings()[new_key].path if reading.origin.layer is Layer.FILE else new_key
    return Problem(
        "replaced_key",
        new_key,
        f"{reading.origin}: {reading.name} is now {new}; the old name is read for the last time.",
        "Rename it: python manage.py migrate_config",
    )


def _removed(reading: Reading, new_key: str, version: int) -> Problem:
    new = settings()[new_key].path if reading.origin.layer is Layer.FILE else new_key
    return Problem(
        "removed_key",
        new_key,
        f"{reading.origin}: {reading.name} was replaced by {new} in version {version}.",
        "Rename it: python manage.py migrate_config",
    )


def _schema_problems(file: TomlFile, places: Places) -> list[Problem]:
    version, name = file.schema_version, places.config_file.name
    if version is None or version == CURRENT_VERSION:
        return []
    if version > CURRENT_VERSION:
        message = f"The file is of version {version}; this Loupe reads up to {CURRENT_VERSION}."
        return [Problem("newer_schema", name, message, f"Run migrate_config --to {CURRENT_VERSION} of that Loupe.")]
    message = f"The file is of version {version}; {CURRENT_VERSION} is current."
    return [Problem("older_schema", name, message, "Run: python manage.py migrate_config")]
