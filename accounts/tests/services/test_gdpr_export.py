"""The export: everything in it, nothing in clear on the disk, fetched with a recent log-in, gone after a week."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.encrypted_files import EncryptedReader, EncryptingWriter
from accounts.export_archive import write_archive
from accounts.models import PrivacyRequest, RequestState, User
from accounts.personal_data import sources
from accounts.services.api_keys import ApiKeyService
from accounts.services.encryption import DecryptionError
from accounts.services.gdpr_export import ExportService, StillBuilding
from accounts.services.retention import RetentionService
from accounts.services.session import SessionManager
from accounts.tests.conftest import bearer, deliver, subjects
from audit import context
from audit.actions import Action
from audit.logger import AuditLogger

pytestmark = pytest.mark.django_db
URL = "/api/auth/gdpr"


@pytest.fixture
def api(alice: User, signed_in: Callable[[User], APIClient]) -> APIClient:
    return signed_in(alice)


def content(answer: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_an_export_holds_every_section_for_programs_and_for_people(api: APIClient, alice: User) -> None:
    alice.name = "Alice <b>Liddell</b>"
    alice.save()
    asked = api.post(f"{URL}/export")
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    assert subjects(alice.email) == ["Your data is ready"]
    ready = api.get(asked["Location"]).json()
    assert ready["state"] == "ready"
    answer = api.get(f"{asked['Location']}/download", HTTP_ACCEPT="application/zip")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "application/zip", "no-store")
    archive = content(answer)
    assert archive.testzip() is None
    sections = {f"data/{name}.json" for source in sources() for name in source.sections}
    assert sections | {"index.html"} <= set(archive.namelist())
    (profile,) = json.loads(archive.read("data/profile.json"))
    assert (profile["email"], profile["name"]) == ("alice@example.org", "Alice <b>Liddell</b>")
    assert [each["address"] for each in json.loads(archive.read("data/sessions.json"))] == [None]
    actions = {each["action"] for each in json.loads(archive.read("data/activity.json"))}
    assert {"authentication.login", "privacy.export_requested"} <= actions
    page = archive.read("index.html").decode()
    assert "alice@example.org" in page
    assert "<b>Liddell" not in page


def test_no_secret_is_in_an_export(api: APIClient, alice: User) -> None:
    made = ApiKeyService().create(alice, "CI", ["account:read"], [], 1)
    location = api.post(f"{URL}/export")["Location"]
    deliver()
    archive = content(api.get(f"{location}/download"))
    everything = b"".join(archive.read(each) for each in archive.namelist()).decode()
    assert made.key.name in everything
    for secret in (made.secret, made.key.digest, alice.password):
        assert secret not in everything


def test_it_lies_encrypted(api: APIClient, alice: User, settings: Any) -> None:
    api.post(f"{URL}/export")
    deliver()
    (file,) = [each for each in (Path(settings.MEDIA_ROOT) / "exports").rglob("*") if each.is_file()]
    stored = file.read_bytes()
    assert not any(clear in stored for clear in (b"PK\x03\x04", b"alice@example.org", b"index.html"))


def test_fetching_needs_a_recent_login_and_the_owner(
    api: APIClient, alice: User, bob: User, signed_in: Callable[[User], APIClient]
) -> None:
    location = api.post(f"{URL}/export")["Location"]
    assert api.get(f"{location}/download").json()["code"] == "export_not_ready"
    deliver()
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        tokens = SessionManager().start(alice, ["pwd"])
    since_long = bearer(APIClient(), SessionManager().refresh(tokens.refresh).access)
    assert since_long.get(f"{location}/download").json()["code"] == "reauthentication_required"
    assert [signed_in(bob).get(each).status_code for each in (location, f"{location}/download")] == [404, 404]


def test_asking_again_gives_the_one_under_way(api: APIClient) -> None:
    first, second = (api.post(f"{URL}/export").json() for _ in range(2))
    assert first["id"] == second["id"]
    deliver()
    assert api.post(f"{URL}/export").json()["id"] != first["id"]


def test_it_is_gone_after_a_week(api: APIClient, alice: User, settings: Any, signed_in: Any) -> None:
    location = api.post(f"{URL}/export")["Location"]
    deliver()
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        later = signed_in(alice)
        assert later.get(f"{location}/download").status_code == 410
        assert PrivacyRequest.objects.get().file
        RetentionService().purge()
        assert later.get(location).json()["state"] == "expired"
        assert later.get(f"{location}/download").json()["code"] == "export_gone"


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_from_the_storage(alice: User, settings: Any) -> None:
    ExportService().request(alice)
    deliver()
    row = PrivacyRequest.objects.get()
    path = Path(settings.MEDIA_ROOT) / str(row.file.name)
    assert path.exists()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        RetentionService().purge()
    assert not path.exists()


def test_a_worker_that_died_is_followed_by_another(alice: User) -> None:
    row = ExportService().request(alice)
    PrivacyRequest.objects.update(state=RequestState.RUNNING, lease_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(StillBuilding):
        ExportService().build({"request": str(row.pk)})
    PrivacyRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    ExportService().build({"request": str(row.pk)})
    row.refresh_from_db()
    assert row.state == RequestState.READY
    ExportService().build({"request": str(row.pk)})  # delivered twice: nothing to do


def test_the_page_of_a_long_section_shows_its_beginning_and_says_where_the_rest_is(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.export_page.MAX_ROWS", 3)
    for _ in range(5):
        SessionManager().start(alice, ["pwd"])
    target = io.BytesIO()
    write_archive(target, alice)
    archive = zipfile.ZipFile(target)
    page = archive.read("index.html").decode()
    assert "has all 5; the first 3 are shown here" in page
    section = page.partition('<section id="sessions">')[2].partition("</section>")[0]
    assert section.count("<tr>") == 1 + 3
    assert len(json.loads(archive.read("data/sessions.json"))) == 5


def test_what_somebody_did_is_told_with_their_address_and_nobody_elses(alice: User, staff: User) -> None:
    for actor, address in ((alice, "192.0.2.1"), (staff, "192.0.2.9")):
        with context.acting(context.AuditContext(actor=f"user:{actor.pk}", address=address, agent="Firefox")):
            AuditLogger().record(Action.ACCOUNT_UPDATED, target=alice, details={"fields": ["name"]})
    target = io.BytesIO()
    write_archive(target, alice)
    told = json.loads(zipfile.ZipFile(target).read("data/activity.json"))
    mine = [(each["address"], each["agent"]) for each in told if each["action"] == "account.updated"]
    assert mine == [("192.0.2.1", "Firefox"), (None, None)]
    assert told[-1]["details"] == {"fields": ["name"]}


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])
def test_an_encrypted_file_reads_as_it_was_written(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    stored = written(data[:size])
    assert b"".join(EncryptedReader(io.BytesIO(stored), "here").chunks()) == data[:size]


def written(data: bytes) -> bytes:
    target = io.BytesIO()
    writer = EncryptingWriter(target, "here")
    writer.write(data)
    writer.close()
    return target.getvalue()


def _cut(stored: bytes) -> bytes:
    first = 4 + int.from_bytes(stored[:4], "big")
    return stored[:first]


def _swapped(stored: bytes) -> bytes:
    first = 4 + int.from_bytes(stored[:4], "big")
    return stored[first:] + stored[:first]


def _changed(stored: bytes) -> bytes:
    return stored[:100] + bytes([stored[100] ^ 1]) + stored[101:]


@pytest.mark.parametrize("attack", [_cut, _swapped, _changed, lambda stored: stored[:-1], lambda stored: stored[:2]])
def test_a_file_that_was_touched_does_not_open(attack: Callable[[bytes], bytes]) -> None:
    stored = attack(written(b"x" * 2_000_000))
    with pytest.raises(DecryptionError):
        list(EncryptedReader(io.BytesIO(stored), "here").chunks())


def test_a_file_does_not_open_as_another() -> None:
    with pytest.raises(DecryptionError):
        list(EncryptedReader(io.BytesIO(written(b"x")), "there").chunks())
