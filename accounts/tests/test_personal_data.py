"""The inventory of personal data is complete, and the page about it says the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from accounts.fields import EncryptedTextField
from accounts.models import User
from accounts.personal_data import holdings, sources
from accounts.retention import in_words, rules, settings_in
from accounts.tests.conftest import Configure
from config.registry import settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
BEGIN = "<!-- written by accounts/tests/test_personal_data.py: run it with WRITE_DOCS=1 -->\n"

# Tables without anything of a person. No table with a link to an account or with an encrypted field may stand here.
NOT_PERSONAL = {
    "auth.permission",
    "contenttypes.contenttype",
    "accounts.role",
    "accounts.usertally",
    "accounts.lockoutcounter",  # keyed digests that name nobody
    "adminpanel.figure",
    "adminpanel.rollup",
    "audit.checkpoint",
    "audit.seal",
    "audit.unsealed",
    "guardian.groupobjectpermission",
}


def models_with_a_person() -> set[str]:
    """Models that link to an account, or whose values are encrypted because somebody thought them personal."""

    def is_personal(model: type[models.Model]) -> bool:
        links = (each for each in model._meta.get_fields() if each.concrete and each.is_relation)
        return (
            model is User
            or any(each.related_model is User for each in links)
            or any(isinstance(each, EncryptedTextField) for each in model._meta.concrete_fields)
        )

    return {each._meta.label_lower for each in apps.get_models() if is_personal(each)}


def test_every_model_with_a_person_is_in_the_inventory() -> None:
    missing = models_with_a_person() - {each.model for each in holdings()}
    assert missing == set(), "add a Holding to your app's PersonalDataSource (accounts.personal_data)"


def test_every_other_model_is_said_to_hold_nothing_personal() -> None:
    known = {each.model for each in holdings()} | NOT_PERSONAL
    assert {each._meta.label_lower for each in apps.get_models()} - known == set()
    assert models_with_a_person().isdisjoint(NOT_PERSONAL)


def test_the_inventory_names_only_what_is_there() -> None:
    names = [each.model for each in holdings()]
    assert len(names) == len(set(names))
    assert set(names) <= {each._meta.label_lower for each in apps.get_models()}


@pytest.mark.parametrize("holding", holdings(), ids=lambda each: each.model)
def test_what_is_exported_names_its_sections(holding: object) -> None:
    exported = str(getattr(holding, "exported", ""))
    sections = {name for source in sources() for name in source.sections} | {"files"}
    assert exported.startswith("no: ") or set(exported.split(", ")) <= sections


def test_the_page_shows_the_inventory_and_the_retention() -> None:
    text, _, _ = PAGE.read_text().partition(BEGIN)
    expected = text + BEGIN + _inventory() + _retention()
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(expected)
    assert PAGE.read_text() == expected, "docs/privacy.md is stale: run this test with WRITE_DOCS=1"


def test_every_period_of_the_configuration_is_one_of_the_table() -> None:
    told = {name for rule in rules() for name in settings_in(rule.kept)}
    assert {name for name in settings() if name.startswith("LOUPE_PRIVACY_")} <= told


def test_a_period_is_told_as_it_is_configured(configure: Configure) -> None:
    configure(LOUPE_PRIVACY_EXPORT_DAYS="3")
    assert in_words("{LOUPE_PRIVACY_EXPORT_DAYS} days") == "3 days"
    with pytest.raises(KeyError):
        in_words("{LOUPE_PRIVACY_NOTHING} days")


def _inventory() -> str:
    lines = ["\n## What is held", "| table | what | in the export | erasure | kept |", "|---|---|---|---|---|"]
    lines += [
        f"| {each.model} | {each.what} | {each.exported} | {each.erased} | {in_words(each.kept)} |"
        for each in holdings()
    ]
    return "\n".join(lines) + "\n"


def _retention() -> str:
    lines = ["\n## What goes by itself", "| what | kept | setting | why |", "|---|---|---|---|"]
    for rule in rules():
        variables = ", ".join(f"`{each}`" for each in settings_in(rule.kept))
        lines.append(f"| {rule.what} | {in_words(rule.kept)} | {variables} | {rule.why} |")
    return "\n".join(lines) + "\n"
