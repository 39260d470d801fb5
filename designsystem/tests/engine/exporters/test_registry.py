"""Every format of the package is offered, under words that clients can rely on."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import PurePosixPath

import pytest

from designsystem.engine import exporters
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.tokens.assembly import assemble
from designsystem.tests.engine.sample_tokens import SOURCE, hostile, sample

# The resolver is written from merged sets, which no other format can hold.
_SHARED = {"css_values", "css_variables", "exporter", "identifiers", "registry", "resolver"}


def test_every_module_is_a_registered_format_or_shared_by_formats() -> None:
    modules = {module.name for module in pkgutil.iter_modules(exporters.__path__)} - _SHARED
    found = {name: importlib.import_module(f"{exporters.__name__}.{name}").EXPORTER for name in modules}
    assert {id(exporter) for exporter in found.values()} == {id(exporter) for exporter in EXPORTERS.values()}


def test_formats_are_named_as_the_product_promises() -> None:
    assert list(EXPORTERS) == [
        "dtcg",
        "dtcg-legacy",
        "css",
        "scss",
        "tailwind",
        "ts",
        "swift",
        "android",
        "figma-variables",
        "tokens-studio",
    ]


def test_files_of_different_formats_do_not_overwrite_each_other() -> None:
    suffixes = [exporter.suffix for exporter in EXPORTERS.values()]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and PurePosixPath(f"a{suffix}").name == f"a{suffix}" for suffix in suffixes)


@pytest.mark.parametrize("exporter", EXPORTERS.values(), ids=list(EXPORTERS))
def test_each_format_writes_the_same_text_each_time_and_nothing_is_no_error(exporter: Exporter) -> None:
    assert exporter.export(sample()) == exporter.export(sample())
    assert exporter.export(hostile()).encode().endswith(b"\n")
    assert exporter.export(assemble([], SOURCE)).endswith("\n")
