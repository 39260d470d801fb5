"""Somebody with 1,000 extractions, 50 sessions, an export in flight and one of everything else is erased: PostgreSQL,
Redis, the storage (a folder, and a bucket), the log and the files of the trail are searched for what is left.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.core import mail
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts.export_archive import write_archive
from accounts.models import (
    AuthSession,
    OutboxMessage,
    PrivacyRequest,
    RequestKind,
    RequestState,
    User,
)
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.outbox import Outbox
from accounts.tasks import handlers
from accounts.testing import traces
from audit import context
from audit.sealing import Sealing
from audit.stored import verify_stored
from config.log_format import formatter
from config.services.audit import AuditConfigService
from config.testing import configured
from designsystem.models import (
    DesignSystem,
    Extraction,
    SourceImage,
    Validation,
)
from designsystem.tests import pictures
from designsystem.tests.services.wonderland import ADDRESS, AGENT, give_everything

pytestmark = pytest.mark.django_db(transaction=True)

EXTRACTIONS, SESSIONS = {"file": 1000, "s3": 100}, 50  # a bucket differs by its kind, not by its size
# all her words; every row and file of hers has one of them or is told by being left over
WORDS = ("alice@example.org", "alice@wonderland.example", "Liddell", "4915112345678", "Looking-Glass", AGENT)
# where a line may be left over, and why
LEFT = {
    "audit_auditlog",  # under her opaque id; what is personal in it is sealed under a key that is gone
    "audit_seal",  # the links of the chain, over ciphertext
    "audit_checkpoint",
    "audit_subjectkey",  # of the day's strangers
    "accounts_privacyrequest",  # the receipt
    "accounts_lockoutcounter",  # keyed digests that name nobody
    "accounts_usertally",  # how many accounts there are, of no one of them
    "adminpanel_bulkjob",  # staff's, with an opaque id of hers
    "adminpanel_bulkrow",
    "designsystem_designsystem",  # the shared one, now bob's
    "designsystem_tokensetversion",
    "designsystem_designsystemgrant",
}


@pytest.fixture
def server() -> Iterator[Any]:
    """The Redis of this run."""
    from config.orchestrator import get_orchestrator

    url = get_orchestrator().task_queue_service.redis_url
    if url is None:
        pytest.skip("REDIS_URL is missing: there is no Redis to search")
    client = redis.Redis.from_url(url.get_secret_value())
    client.flushdb()
    yield client
    client.flushdb()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that the processes log, as in production."""
    path = tmp_path / "log.ndjson"
    handler = logging.FileHandler(path)
    handler.setFormatter(formatter("json"))
    logging.getLogger().addHandler(handler)
    yield path
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Path]:
    """The folder of the daily files."""
    folder = tmp_path / "audit"
    with configured(audit_service=AuditConfigService(directory=folder)):
        yield folder


def in_flight(monkeypatch: pytest.MonkeyPatch, alice: User) -> Callable[[], None]:
    """A worker is in the middle of an export; the function lets it go on and waits until it is through."""
    begun, go_on = threading.Event(), threading.Event()

    def slowly(target: Any, user: User) -> int:
        size = write_archive(target, user)
        begun.set()
        assert go_on.wait(300)
        return size

    monkeypatch.setattr("accounts.services.gdpr_export.write_archive", slowly)
    row = PrivacyRequest.objects.get(user=alice, kind=RequestKind.EXPORT, state=RequestState.PENDING)

    def build() -> None:
        try:
            ExportService().build({"request": str(row.pk)})
        finally:
            connections.close_all()

    worker = threading.Thread(target=build)
    worker.start()
    assert begun.wait(300)

    def finish() -> None:
        go_on.set()
        worker.join(60)
        assert not worker.is_alive()

    return finish


def contents(storage: Any) -> dict[str, bytes]:
    """Every file of the storage with its bytes."""
    if not hasattr(storage, "bucket"):
        return traces.files(Path(storage.location))
    client, prefix = storage.connection.meta.client, f"{storage.location}/"
    assert "Uploads" not in client.list_multipart_uploads(Bucket=storage.bucket_name), "no part of an upload"
    versions = client.list_object_versions(Bucket=storage.bucket_name, MaxKeys=1)
    assert not versions.get("DeleteMarkers"), "the bucket keeps no versions, so what is gone is gone"
    found = {}
    for each in storage.bucket.objects.all():
        answer = each.get()
        assert not answer["Metadata"], "nothing is noted beside the bytes"
        found[each.key.removeprefix(prefix)] = answer["Body"].read()
    return found


def deliver() -> None:
    Outbox().deliver_due(handlers())


def test_nothing_is_left_of_somebody_who_had_everything(
    alice: User,
    bob: User,
    charlie: User,
    staff: User,
    server: Any,
    log: Path,
    trail: Path,
    storage: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staff.is_superuser = True
    staff.save()
    bucket: Any = storages["default"]
    extractions = EXTRACTIONS["s3" if hasattr(bucket, "bucket") else "file"]
    key, digests = alice.pk, list(alice.blind_indexes.values_list("digest", flat=True))
    hers = {key.hex, str(key)}
    others = traces.dump()
    others = {table: {row for row in rows if not traces.found_in(row, [str(key)])} for table, rows in others.items()}
    with context.acting(context.AuditContext(actor=f"user:{key}", address=ADDRESS, agent=AGENT)):
        give_everything(alice, bob, charlie, staff, extractions, SESSIONS)
        finish = in_flight(monkeypatch, alice)
        ErasureService().request(alice)
    Sealing().once()

    # the search finds what is there: without that its silence would say nothing
    before, stored = traces.dump(), contents(bucket)
    assert Extraction.objects.filter(owner=alice).count() > extractions
    assert AuthSession.objects.filter(user=alice).count() >= SESSIONS
    assert traces.found_in(b"\n".join(row for rows in before.values() for row in rows), ["Looking-Glass", str(key)])
    secret = [row.split(b"\t") for row in before["accounts_authsession"] | before["accounts_user"]]
    assert len(stored) > 100
    assert traces.found_in("\n".join(f"{k}" for k, _, _ in traces.redis_values(server)).encode(), ["celery"])
    bobs = set(SourceImage.objects.filter(owner=bob).values_list("file", flat=True))
    looks = {hashlib.sha256(content).hexdigest() for name, content in stored.items() if name not in bobs}
    # what goes on being shared, and the trail of its approval, go on telling the digest of what they were made of
    looks -= {hashlib.sha256(pictures.page()).hexdigest()}

    with time_machine.travel(timezone.now() + timedelta(days=14, seconds=1)):
        call_command("purge_expired")
        finish()
        mail.outbox.clear()
        deliver()
    Sealing().once()

    assert [each.to for each in mail.outbox] == [["alice@example.org"]]
    assert not OutboxMessage.objects.exists()
    after = traces.dump()
    everything = b"\n".join(row for rows in after.values() for row in rows)
    assert traces.found_in(everything, [*WORDS, ADDRESS, *digests, alice.password, *looks]) == []
    left = {table: rows - others.get(table, set()) for table, rows in after.items()}
    bobs_rows = {"designsystem_sourceimage", "designsystem_validation"}
    assert {table for table, rows in left.items() if rows} - LEFT - bobs_rows == set()
    assert SourceImage.objects.exclude(owner=bob).count() == 0
    assert Validation.objects.get().owner == bob
    with_her_id = {table for table, rows in left.items() if traces.found_in(b"\n".join(rows), hers)}
    assert with_her_id <= {"audit_auditlog", "adminpanel_bulkrow"}
    # ciphertext of hers is gone too, whoever has the keys
    envelopes = [
        cell for row in secret for cell in row if len(cell) > 60 and cell not in b"\n".join(others["accounts_user"])
    ]
    assert envelopes
    assert not any(each in everything for each in envelopes)

    left_over = contents(bucket)
    assert set(left_over) == bobs
    assert traces.found_in(b"\n".join(left_over.values()), [*WORDS, *hers]) == []
    for place in (log, *trail.rglob("*.ndjson")):
        assert traces.found_in(place.read_bytes(), [*WORDS, ADDRESS]) == [], place.name
    for name, seconds, value in traces.redis_values(server):
        assert traces.found_in(name.encode() + b"\n" + value, WORDS) == [], name
        if traces.found_in(name.encode() + value, [ADDRESS, *hers]):
            assert seconds != -1, f"{name} never ends"
            assert seconds <= 3600, name

    assert verify_stored().finding is None
    receipt = PrivacyRequest.objects.get()
    assert (receipt.kind, receipt.state, receipt.user) == (RequestKind.ERASURE, RequestState.DONE, None)
    assert receipt.receipt["extractions"] > extractions
    assert receipt.receipt["sessions"] >= SESSIONS
    assert DesignSystem.objects.get(name="Shop").owner == bob
    assert DesignSystem.objects.filter(owner=bob).count() == 2
