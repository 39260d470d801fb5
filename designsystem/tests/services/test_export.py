"""The export of somebody who has everything: each table is in it, and its page is one to read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from accounts.export_archive import write_archive
from accounts.models import User
from accounts.personal_data import holdings
from adminpanel.tests.browsers import chromium_beside_django
from audit import context
from designsystem.tests.services.wonderland import ADDRESS, AGENT, give_everything

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive(alice: User, bob: User, charlie: User, staff: User) -> zipfile.ZipFile:
    staff.is_superuser = True
    staff.save()
    with context.acting(context.AuditContext(actor=f"user:{alice.pk}", address=ADDRESS, agent=AGENT)):
        give_everything(alice, bob, charlie, staff)
    target = io.BytesIO()
    write_archive(target, User.objects.get(pk=alice.pk))
    return zipfile.ZipFile(target)


def rows(archive: zipfile.ZipFile, section: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"data/{section}.json"))
    return found


def test_everything_that_is_held_is_in_it_for_programs_and_for_people(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    page = archive.read("index.html").decode()
    told = [each.exported for each in holdings() if not each.exported.startswith("no: ")]
    sections = {name for each in told for name in each.split(", ")} - {"files"}
    empty = {name for name in sections if not rows(archive, name)}
    assert empty == {"roles"}, "alice has everything but a role"
    assert {name for name in sections if f'<section id="{name}">' not in page} == set()
    assert [each["role"] for each in rows(archive, "design_systems")].count("editor") == 1
    assert {each["name"] for each in rows(archive, "passkeys")} == {"Looking-Glass"}
    assert len(rows(archive, "batch_items")) == 5
    (consent,) = rows(archive, "consents")
    assert "measuring provider outside" in consent["text"]
    names = set(archive.namelist())
    assert {each["file"] for each in rows(archive, "pictures")} <= names
    assert len([each for each in names if each.startswith("files/batches/")]) == 2


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(archive: zipfile.ZipFile) -> None:
    page = archive.read("index.html").decode()
    assert "default-src 'none'" in page
    assert "<script" not in page
    targets = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert {re.split("[/#]", each)[0] for each in targets} == {"", "data", "files"}


def test_a_person_can_read_it(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    archive.extractall(tmp_path)
    for browser in chromium_beside_django():
        for width in (1280, 390):
            opened: Any = browser.new_page(viewport={"width": width, "height": 900})
            complaints: list[str] = []
            opened.on("console", lambda message, told=complaints: told.append(message.text))
            opened.goto((tmp_path / "index.html").as_uri())
            assert opened.title() == "Your data"
            assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
            opened.get_by_role("link", name="Pictures").first.click()
            image = opened.locator("#pictures img").first
            image.scroll_into_view_if_needed()
            opened.wait_for_function("document.querySelector('#pictures img').naturalWidth > 0")
            opened.screenshot(path=tmp_path / f"page-{width}.png", full_page=True)
            assert complaints == []
