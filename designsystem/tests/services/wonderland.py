"""Alice with one of everything that a person can have here, made by the services and routes that make it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.conf import settings as django_settings  # noqa: TID251 - the engine of the pages' sessions
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts.mails import MailName
from accounts.models import EmailChange, KnownDevice, Purpose, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.outbox import Outbox
from accounts.services.session import SessionManager
from accounts.testing.authenticator_app import AuthenticatorApp
from accounts.testing.consents import agree
from accounts.testing.software_passkey import SoftwarePasskey
from adminpanel.models import BulkAct
from adminpanel.services.bulk import BulkService
from designsystem.models import (
    Batch,
    BatchState,
    DesignSystem,
    MemberRole,
    ModelSpending,
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

ADDRESS, AGENT = "192.0.2.77", "Cheshire/1.0"


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


def give_everything(
    alice: User, bob: User, charlie: User, staff: User, extractions: int = 3, sessions: int = 2
) -> None:
    """Alice shares with bob and charlie; staff have her in a bulk job."""
    alice.name, alice.phone = "Alice Liddell", "+4915112345678"
    alice.save()
    _credentials(alice, sessions)
    systems = _design_systems(alice, bob, charlie)
    for number in range(extractions):  # a hundred are measured, the others are given out again
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


def _credentials(alice: User, sessions: int) -> None:
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
    alice.refresh_from_db()  # her credentials changed, and who asks must have come in with the new ones
    ApiKeyService().create(alice, "Looking-Glass key", ["account:read"], ["192.0.2.0/24"], 1)
    agree(alice)
    alice.refresh_from_db()
    for _ in range(sessions):
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
