"""An erasure leaves nothing of the person: not in the database, the storage or the cache; and a trail that verifies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.mails import MailName
from accounts.models import ApiKey, AuthSession, PrivacyRequest, RequestKind, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.outbox import Outbox
from accounts.services.session import SessionManager
from accounts.tasks import handlers
from audit import context
from audit.models import AuditLog, SubjectKey
from audit.sealing import Sealing
from audit.stored import verify_stored
from designsystem.models import DesignSystem, DesignSystemGrant, Extraction, MemberRole, SourceImage
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Options, Upload
from designsystem.services.members import MemberService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/auth/gdpr"
GRACE = timedelta(days=14)
PERSONAL = ("alice@example.org", "Alice Liddell", "+4915112345678", "Looking-Glass", "192.0.2.77", "Cheshire/1.0")


@pytest.fixture
def wonderland(alice: User, signed_in: Callable[[User], APIClient]) -> User:
    """Alice with everything that one can have."""
    found = context.AuditContext(actor=f"user:{alice.pk}", address=PERSONAL[4], agent=PERSONAL[5])
    with context.acting(found):
        alice.name, alice.phone = PERSONAL[1], PERSONAL[2]
        alice.save()
        for _ in range(5):
            SessionManager().start(alice, ["pwd"])
        ApiKeyService().create(alice, "Looking-Glass key", ["account:read"], [], 1)
        (outcome,) = ExtractionService().extract(
            alice, [Upload("/pictures/0", "Looking-Glass.png", pictures.page)], Options(name="Looking-Glass")
        )
        assert isinstance(outcome, tuple)
        system = DesignSystemService().create(alice, "Looking-Glass system")
        DesignSystemService().add_version(system, alice, outcome[1], "Looking-Glass first")
    signed_in(alice).post(
        "/api/design-system/systems",
        {"name": "Looking-Glass two"},
        format="json",
        HTTP_IDEMPOTENCY_KEY="once",
    )
    ExportService().request(alice)
    deliver()
    ExportService().request(alice)  # in flight when the erasure comes
    return alice


def deliver() -> None:
    Outbox().deliver_due(handlers())


def erase(user: User) -> None:
    ErasureService().request(user)
    with time_machine.travel(timezone.now() + GRACE + timedelta(seconds=1)):
        call_command("purge_expired")
        mail.outbox.clear()
        deliver()


def every_value() -> str:
    """What a dump of the database would show, and what encrypted fields hold for who has the keys."""
    seen = []
    for model in apps.get_models():
        names = [each.attname for each in model._meta.concrete_fields]
        for row in model._default_manager.all():
            seen += [f"{name}={getattr(row, name)!r}" for name in names]
    return "\n".join(seen)


def stored(settings: Any) -> list[Path]:
    return [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]


def test_nothing_of_the_person_stays(wonderland: User, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    key = wonderland.pk
    before = every_value()
    assert all(each in before for each in PERSONAL if each not in PERSONAL[4:])
    assert len(stored(settings)) == 2
    erase(wonderland)
    assert [each.to for each in mail.outbox] == [["alice@example.org"]]
    assert "erased" in mail.outbox[0].subject
    after = every_value()
    assert [each for each in PERSONAL if each in after] == []
    assert stored(settings) == []
    assert not any(each in repr(getattr(cache, "_cache", {})) for each in PERSONAL)
    assert not User.objects.filter(pk=key).exists()
    assert not SubjectKey.objects.filter(subject=f"user:{key}").exists()
    assert not any(model.objects.exists() for model in (AuthSession, ApiKey, SourceImage, Extraction, DesignSystem))


def test_a_receipt_remains_and_the_trail_verifies(wonderland: User, capsys: pytest.CaptureFixture[str]) -> None:
    key = wonderland.pk
    erase(wonderland)
    receipt = PrivacyRequest.objects.get(kind=RequestKind.ERASURE)
    assert (receipt.user, receipt.state) == (None, "done")
    expected = {"pictures": 1, "extractions": 1, "design_systems": 2, "api_keys": 1, "exports": 2}
    assert expected.items() <= receipt.receipt.items()
    entry = AuditLog.objects.get(action="account.erased")
    assert (entry.actor, entry.target, entry.personal) == ("system", f"user:{key}", None)
    Sealing().once()
    assert verify_stored().finding is None


def test_a_shared_design_system_passes_to_the_owner_who_joined_first(alice: User, bob: User, charlie: User) -> None:
    shared = DesignSystemService().create(alice, "Shop")
    lone = DesignSystemService().create(alice, "Alone")
    DesignSystemService().create(bob, "Shop")
    for user, role in ((charlie, "editor"), (bob, "owner"), (charlie, "owner")):
        MemberService().set_role(shared, user.pk, MemberRole(role))
    MemberService().set_role(lone, bob.pk, MemberRole.EDITOR)
    bobs = DesignSystemGrant.objects.filter(user=bob)
    bobs.update(created_at=timezone.now() - timedelta(days=1))
    erase(alice)
    shared.refresh_from_db()
    assert (shared.owner, shared.name) == (bob, "Shop (2)")
    assert DesignSystem.objects.visible_to(charlie).get() == shared
    assert not DesignSystem.objects.filter(pk=lone.pk).exists()
    assert not DesignSystemGrant.objects.filter(user=bob, content_object=shared).exists()


def test_during_the_grace_period_it_can_be_cancelled(alice: User, signed_in: Callable[[User], APIClient]) -> None:
    api = signed_in(alice)
    asked = api.post(f"{URL}/erasure")
    assert asked.status_code == 202
    assert api.post(f"{URL}/erasure").json()["id"] == asked.json()["id"]
    assert api.get(f"{URL}/erasure").json()["due_at"] == asked.json()["due_at"]
    with time_machine.travel(timezone.now() + GRACE - timedelta(minutes=1)):
        assert ErasureService().carry_out_due() == 0
    assert api.delete(f"{URL}/erasure").status_code == 204
    assert api.delete(f"{URL}/erasure").status_code == 404
    with time_machine.travel(timezone.now() + GRACE * 2):
        assert ErasureService().carry_out_due() == 0
    deliver()
    told = [each.subject for each in mail.outbox]
    assert told == ["Your account will be erased", "Your account stays"]
    assert User.objects.filter(pk=alice.pk).exists()


def test_an_erasure_needs_a_recent_login(alice: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        tokens = SessionManager().start(alice, ["pwd"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {SessionManager().refresh(tokens.refresh).access}")
    assert client.post(f"{URL}/erasure").json()["code"] == "reauthentication_required"
    assert not PrivacyRequest.objects.exists()


def test_a_message_to_somebody_else_still_goes_out(alice: User) -> None:
    for address in ("alice@example.org", "bob@example.org"):
        Outbox().mail(MailName.PHONE_CHANGED, address)
    erase(alice)
    told = [(each.to, each.subject) for each in mail.outbox]
    assert told == [
        (["bob@example.org"], "Your phone number was changed"),
        (["alice@example.org"], "Your account was erased"),
    ]
