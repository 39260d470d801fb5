"""Somebody with 1,000 extractions, 50 sessions, an export in flight and one of everything else is erased: PostgreSQL,
Redis, the storage, the log and the files of the trail are searched for what is left.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings as django_settings  # noqa: TID251 - the engine of the pages' sessions
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts.export_archive import write_archive
from accounts.mails import MailName
from accounts.models import (
    AuthSession,
    EmailChange,
    KnownDevice,
    OutboxMessage,
    PrivacyRequest,
    Purpose,
    RequestKind,
    RequestState,
    User,
)
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.outbox import Outbox
from accounts.services.session import SessionManager
from accounts.tasks import handlers
from accounts.testing import traces
from accounts.testing.authenticator_app import AuthenticatorApp
from accounts.testing.consents import agree
from accounts.testing.software_passkey import SoftwarePasskey
from adminpanel.models import BulkAct
from adminpanel.services.bulk import BulkService
from audit import context
from audit.sealing import Sealing
from audit.stored import verify_stored
from config.log_format import formatter
from config.services.audit import AuditConfigService
from config.testing import configured
from designsystem.models import (
    Batch,
    BatchState,
    DesignSystem,
    Extraction,
    MemberRole,
    ModelSpending,
    SourceImage,
    Validation,
    WebhookDelivery,
    WebhookEndpoint,
)
from designsystem.services.batch_merge import BatchMerge
from designsystem.services.batch_worker import BatchWorker
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.members import MemberService
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)

EXTRACTIONS, SESSIONS = 1000, 50
PASSWORD = "correct horse battery staple"
ADDRESS, AGENT = "192.0.2.77", "Cheshire/1.0"
# all her words; every row and file of hers has one of them or is told by being left over
WORDS = ("alice@example.org", "alice@wonderland.example", "Liddell", "4915112345678", "Looking-Glass", AGENT)
# where a line may be left over, and why
LEFT = {
    "audit_auditlog",  # under her opaque id; what is personal in it is sealed under a key that is gone
    "audit_checkpoint",
    "audit_subjectkey",  # of the day's strangers
    "accounts_privacyrequest",  # the receipt
    "accounts_lockoutcounter",  # keyed digests that name nobody
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
    client.flushall()
    yield client
    client.flushall()


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


def picture(number: int) -> bytes:
    """A small one, each another."""
    image = Image.new("RGB", (24, 24), "#f8f9fa")
    image.paste((number % 256, number // 256, 90), (4, 4, 20, 20))
    return pictures.encoded(image)


def client_of(user: User, access: str | None = None) -> APIClient:
    client = APIClient(REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=AGENT)
    token = access or SessionManager().start(user, ["pwd"]).access
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def give_everything(alice: User, bob: User, charlie: User, staff: User) -> None:
    """One of everything that a person can have, by the services and routes that make it."""
    alice.name, alice.phone = "Alice Liddell", "+4915112345678"
    alice.save()
    _credentials(alice)
    systems = _design_systems(alice, bob, charlie)
    for number in range(EXTRACTIONS):  # a hundred are measured, the others are given out again
        options = Options(name=f"Looking-Glass {number}", pixel_ratio=1.0)
        upload = Upload("/0", f"Looking-Glass {number}.png", partial(picture, number % 100))
        list(ExtractionService().extract(alice, [upload], options))
    later = Options(name="Looking-Glass later", pixel_ratio=1.0, later=True, fresh=True)
    list(ExtractionService().extract(alice, [Upload("/0", "Looking-Glass.png", partial(picture, 7))], later))
    _validations(alice, bob, systems)
    _batches(alice)
    webhook = WebhookEndpoint.objects.create(
        owner=alice, name="Looking-Glass", url="https://alice.wonderland.example", secret="whsec_" + "x" * 32
    )
    WebhookDelivery.objects.create(endpoint=webhook, event="webhook.ping", body='{"name": "Looking-Glass"}')
    ModelSpending.objects.create(owner=alice, day=timezone.now().date(), dollars=1)
    _requests(alice, staff)


def _credentials(alice: User) -> None:
    api = client_of(alice)
    app = AuthenticatorApp.scan(api.post("/api/auth/mfa/totp").json()["uri"])
    api = client_of(alice, api.post("/api/auth/mfa/totp/confirm", {"code": app.code()}).json()["access"])
    passkey = SoftwarePasskey("http://localhost:8000")
    begun = api.post("/api/auth/mfa/passkeys/options").json()
    body = {"ceremony": begun["ceremony"], "credential": passkey.create(begun["public_key"]), "name": "Looking-Glass"}
    made = api.post("/api/auth/mfa/passkeys", body)
    assert made.status_code == 201, made.json()
    api = client_of(alice, made.json()["tokens"]["access"])
    assert api.post("/api/auth/mfa/recovery-codes").status_code in (200, 201)
    ApiKeyService().create(alice, "Looking-Glass key", ["account:read"], ["192.0.2.0/24"], 1)
    agree(alice)
    alice.refresh_from_db()
    for _ in range(SESSIONS):
        SessionManager().start(alice, ["pwd"])
    OneTimeTokens().issue(alice, Purpose.UNLOCK, 3600, payload="Looking-Glass")
    EmailChange.objects.create(
        user=alice, new_email="alice@wonderland.example", expires_at=timezone.now() + timedelta(hours=1)
    )
    assert KnownDevice.objects.filter(user=alice).exists()
    for _ in range(3):
        answer = APIClient(REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=AGENT).post(
            "/api/auth/login", {"identifier": "alice@example.org", "password": "Looking-Glass Looking-Glass"}
        )
        assert answer.status_code == 401


def _design_systems(alice: User, bob: User, charlie: User) -> tuple[DesignSystem, DesignSystem]:
    shared = DesignSystemService().create(alice, "Shop")
    lone = DesignSystemService().create(alice, "Looking-Glass", "Looking-Glass")
    MemberService().set_role(shared, bob.pk, MemberRole.OWNER)
    MemberService().set_role(lone, charlie.pk, MemberRole.EDITOR)
    theirs = DesignSystemService().create(bob, "Bob's")
    MemberService().set_role(theirs, alice.pk, MemberRole.EDITOR)
    (outcome,) = ExtractionService().extract(
        alice, [Upload("/0", "Looking-Glass.png", pictures.page)], Options(pixel_ratio=1.0)
    )
    assert isinstance(outcome, tuple)
    for each in (shared, lone, theirs):
        DesignSystemService().publish(DesignSystemService().add_version(each, alice, outcome[1], "first"))
    return shared, lone


def _validations(alice: User, bob: User, systems: tuple[DesignSystem, DesignSystem]) -> None:
    for system in systems:
        upload = Upload("/picture", "Looking-Glass.png", pictures.page)
        request = ValidationRequest(upload, name="home", design_system=system, version=system.versions.get())
        ValidationService().approve(ValidationService().validate(alice, request), alice, "Looking-Glass")
    # bob's own verdict was made with her baseline; it stays his
    upload = Upload("/picture", "home.png", partial(pictures.page, accent="#e03131"))
    ValidationService().validate(bob, ValidationRequest(upload, name="home", design_system=systems[0]))


def _batches(alice: User) -> None:
    def made(*numbers: int) -> Batch:
        uploads = [Upload(f"/{each}", f"Looking-Glass {each}.png", partial(picture, each)) for each in numbers]
        options = Options(name="Looking-Glass", pixel_ratio=1.0)
        return BatchService().create(alice, Pictures(uploads=uploads), options)

    done = made(2000, 2001)
    for item in done.items.all():
        BatchWorker().run(item.pk)
    BatchMerge().run(done.pk)
    done.refresh_from_db()
    assert done.state == BatchState.DONE
    half = made(2002, 2003, 2004)
    BatchWorker().run(half.items.order_by("position")[0].pk)


def _requests(alice: User, staff: User) -> None:
    api = client_of(alice)
    system = api.post(
        "/api/design-system/systems", {"name": "Looking-Glass twice"}, format="json", HTTP_IDEMPOTENCY_KEY="once"
    )
    assert system.status_code == 201, system.json()
    body = {"pictures": [SimpleUploadedFile("Looking-Glass.png", picture(3000))], "pixel_ratio": 1}
    assert (
        api.post("/api/design-system/extract", body, format="multipart", HTTP_IDEMPOTENCY_KEY="two").status_code == 201
    )
    assert api.post("/api/auth/gdpr/export", HTTP_IDEMPOTENCY_KEY="three").status_code == 202
    assert api.post("/api/design-system/validate", {"nothing": "Looking-Glass"}, format="json").status_code == 400
    BulkService().prepare(staff, BulkAct.END_SESSIONS, "drill", User.objects.none(), [alice.pk])
    _page_session(alice)
    Outbox().mail(MailName.PHONE_CHANGED, "Alice@example.org")
    Outbox().mail(MailName.PHONE_CHANGED, "alice@wonderland.example")


def _page_session(user: User) -> None:
    """A session of the pages that staff sign in to."""
    from importlib import import_module

    store = import_module(django_settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.save()


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
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staff.is_superuser = True
    staff.save()
    media = Path(settings.MEDIA_ROOT)
    key, digests = alice.pk, list(alice.blind_indexes.values_list("digest", flat=True))
    hers = {key.hex, str(key)}
    others = traces.dump()
    others = {table: {row for row in rows if not traces.found_in(row, [str(key)])} for table, rows in others.items()}
    with context.acting(context.AuditContext(actor=f"user:{key}", address=ADDRESS, agent=AGENT)):
        give_everything(alice, bob, charlie, staff)
        finish = in_flight(monkeypatch, alice)
        ErasureService().request(alice)
    Sealing().once()

    # the search finds what is there: without that its silence would say nothing
    before, stored = traces.dump(), traces.files(media)
    assert Extraction.objects.filter(owner=alice).count() > EXTRACTIONS
    assert AuthSession.objects.filter(user=alice).count() >= SESSIONS
    assert traces.found_in(b"\n".join(row for rows in before.values() for row in rows), ["Looking-Glass", str(key)])
    secret = [row.split(b"\t") for row in before["accounts_authsession"] | before["accounts_user"]]
    assert len(stored) > 100
    assert traces.found_in("\n".join(f"{k}" for _, k, _, _ in traces.redis_values(server)).encode(), ["celery"])
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

    assert set(traces.files(media)) == bobs
    for place in (log, *trail.rglob("*.ndjson")):
        assert traces.found_in(place.read_bytes(), [*WORDS, ADDRESS]) == [], place.name
    for _, name, seconds, value in traces.redis_values(server):
        assert traces.found_in(name.encode() + b"\n" + value, WORDS) == [], name
        if traces.found_in(name.encode() + value, [ADDRESS, *hers]):
            assert 0 < seconds <= 3600, name

    assert verify_stored().finding is None
    receipt = PrivacyRequest.objects.get()
    assert (receipt.kind, receipt.state, receipt.user) == (RequestKind.ERASURE, RequestState.DONE, None)
    assert receipt.receipt["extractions"] > EXTRACTIONS
    assert receipt.receipt["sessions"] >= SESSIONS
    assert DesignSystem.objects.get(name="Shop").owner == bob
    assert DesignSystem.objects.filter(owner=bob).count() == 2
