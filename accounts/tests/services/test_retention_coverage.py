"""Everything that expires goes by itself: each rule is tried on what it is for, and each expiring table has a rule."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from accounts.models import (
    Approval,
    AuthSession,
    EmailChange,
    KnownDevice,
    LockoutCounter,
    OneTimeToken,
    PasskeyCeremony,
    PrivacyRequest,
    Purpose,
    RequestKind,
    RequestState,
    User,
)
from accounts.retention import rules
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.gdpr_export import ExportService
from accounts.services.logout import LogoutService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.session import SessionManager
from accounts.tasks import purge_expired
from adminpanel.models import BulkAct, BulkJob, BulkState
from audit.actions import Action
from audit.logger import AuditLogger, reference
from audit.models import AuditLog, ChangeEntry, SubjectKey
from audit.personal import PersonalData
from audit.sealing import Sealing
from config.celery import app
from config.models import IdempotentRequest
from config.services.audit import AuditConfigService
from config.testing import configured
from config.uuid7 import uuid7
from designsystem.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db(transaction=True)

StillThere = Callable[[], bool]
EXPIRES = re.compile(r"expir|_until|due_at|valid_to|ends_at")
# Tables that expire by no rule, and what ends them.
ENDS_OTHERWISE = {
    "accounts.outboxmessage": "the row goes when its work is done, or after its last attempt, within hours",
    "designsystem.extraction": "a lease of work, not an end: the result is the person's",
    "designsystem.messagebatch": "the service's day: the sweeper takes in or lets go what is there, then it is done",
    "designsystem.validation": "a lease of work, not an end: the result is the person's",
    "designsystem.batch": "a lease of work, not an end: the result is the person's",
    "designsystem.batchitem": "a lease of work, not an end: the result is the person's",
}


def row(made: models.Model) -> StillThere:
    return lambda: type(made)._default_manager.filter(pk=made.pk).exists()


def erasure(user: User) -> StillThere:
    ErasureService().request(user)
    return row(user)


def export(user: User) -> StillThere:
    asked = ExportService().request(user)
    ExportService().build({"request": str(asked.pk)})
    asked.refresh_from_db()
    return lambda: default_storage.exists(str(asked.file.name))


def receipt(user: User) -> StillThere:
    return row(
        PrivacyRequest.objects.create(
            kind=RequestKind.ERASURE, state=RequestState.DONE, finished_at=timezone.now(), receipt={"pictures": 1}
        )
    )


def session(user: User) -> StillThere:
    SessionManager().start(user, ["pwd"])
    LogoutService().end_all(user)
    return row(AuthSession.objects.get(user=user))


def api_key(user: User) -> StillThere:
    return row(ApiKeyService().create(user, "CI", ["account:read"], [], 1).key)


def one_time_token(user: User) -> StillThere:
    OneTimeTokens().issue(user, Purpose.UNLOCK, 60)
    return row(OneTimeToken.objects.get(user=user))


def mfa_ticket(user: User) -> StillThere:
    OneTimeTokens().issue(user, Purpose.MFA_LOGIN, 60)
    return row(OneTimeToken.objects.get(user=user))


def failures(user: User) -> StillThere:
    now = int(timezone.now().timestamp() * 1000)
    return row(
        LockoutCounter.objects.create(
            key="0" * 64, failures=1, threshold=5, hard_stop=100, blocked_until=0, failed_at=now
        )
    )


def approval(user: User) -> StillThere:
    return row(Approval.objects.create(actor=user, operation="x", permission="x", fingerprint="x", expires_at=soon()))


def page_session(user: User) -> StillThere:
    return row(Session.objects.create(session_key="x" * 32, session_data="", expire_date=soon()))


def trail(user: User) -> StillThere:
    entry = AuditLogger().record(Action.ACCOUNT_UPDATED, target=user)
    Sealing().once()
    return lambda: AuditLog.objects.filter(pk=entry.pk).exists()


def change(user: User) -> StillThere:
    return row(ChangeEntry.objects.filter(object_pk=str(user.pk)).latest("pk"))


def key_of_the_gone(user: User) -> StillThere:
    """Made now, as its person is on the way; the entry that says that they are gone comes after the first look."""
    subject = reference(user)
    PersonalData().seal(subject, uuid7(), {"address": "192.0.2.1"})
    ErasureService().request(user)
    return lambda: SubjectKey.objects.filter(subject=subject).exists()


def bulk_job(state: BulkState) -> Callable[[User], StillThere]:
    finished = timezone.now() if state == BulkState.DONE else None
    return lambda user: row(BulkJob.objects.create(act=BulkAct.SUSPEND, reason="x", state=state, finished_at=finished))


def endpoint(user: User) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(owner=user, name="x", url="https://example.org", secret="whsec_" + "x" * 32)


def delivery(user: User) -> StillThere:
    made = WebhookDelivery.objects.create(
        endpoint=endpoint(user), event="webhook.ping", body="{}", state="done", finished_at=timezone.now()
    )
    return row(made)


def earlier_secret(user: User) -> StillThere:
    made = endpoint(user)
    made.previous_secret, made.previous_secret_until = "whsec_old", soon()
    made.save()
    return lambda: WebhookEndpoint.objects.get(pk=made.pk).previous_secret is not None


def file(name: str) -> StillThere:
    default_storage.save(name, ContentFile(b"x"))
    return lambda: default_storage.exists(name)


def soon() -> datetime:
    return timezone.now() + timedelta(hours=1)


# what each rule is for: made, it is there now and gone when its time is over
CASES: dict[str, list[Callable[[User], StillThere]]] = {
    "accounts whose erasure is due": [erasure],
    "files of exports": [export, lambda user: file(f"exports/{uuid.uuid4().hex}")],
    "receipts of erasures": [receipt],
    "ended sessions": [session],
    "known devices without a session": [lambda user: row(KnownDevice.objects.create(user=user, fingerprint="x"))],
    "API keys that ended": [api_key],
    "mailed links and codes": [one_time_token, mfa_ticket],
    "changes of address that nobody confirmed": [
        lambda user: row(EmailChange.objects.create(user=user, new_email="b@example.org", expires_at=soon()))
    ],
    "challenges of passkeys": [lambda user: row(PasskeyCeremony.objects.create(challenge=b"x", expires_at=soon()))],
    "counts of failed attempts": [failures],
    "accounts never confirmed": [lambda user: row(User.objects.create_user("never@example.org", None))],
    "approvals by a second owner": [approval],
    "answers kept for repeated requests": [
        lambda user: row(IdempotentRequest.objects.create(digest="x", fingerprint="x", status=200))
    ],
    "sessions of the administration": [page_session],
    "the audit trail": [trail],
    "what changed in accounts and roles, by field": [change],
    "keys in the trail of people who are gone": [key_of_the_gone],
    "deliveries of webhooks": [delivery],
    "earlier secrets of webhooks": [earlier_secret],
    "files of batches that no item has": [lambda user: file(f"batches/{uuid.uuid4().hex}/{uuid.uuid4().hex}")],
    "pictures that no row has": [lambda user: file(f"images/{user.pk.hex}/{uuid.uuid4().hex}")],
    "bulk jobs that nobody started": [bulk_job(BulkState.PREVIEWED)],
    "bulk jobs that are over": [bulk_job(BulkState.DONE)],
}


@pytest.fixture(autouse=True)
def _own_trail(tmp_path: Path) -> Iterator[None]:
    with configured(audit_service=AuditConfigService(directory=tmp_path / "audit")):
        yield


def test_every_rule_has_something_to_be_tried_on() -> None:
    assert {rule.what for rule in rules()} == set(CASES)


@pytest.mark.parametrize(
    "make",
    [case for cases in CASES.values() for case in cases],
    ids=[what for what, each in CASES.items() for _ in each],
)
def test_what_is_over_goes_and_not_before(alice: User, make: Callable[[User], StillThere]) -> None:
    there = make(alice)
    call_command("purge_expired")
    assert there(), "it went before its time"
    with time_machine.travel(timezone.now() + timedelta(days=4000)):
        call_command("purge_expired")
        assert not there(), "it stayed"


def test_every_table_that_expires_has_a_rule_or_says_what_ends_it() -> None:
    expiring = {
        model._meta.label_lower
        for model in apps.get_models()
        if any(EXPIRES.search(each.name) for each in model._meta.concrete_fields)
    }
    ruled = {label for rule in rules() for label in rule.of}
    assert expiring - ruled - set(ENDS_OTHERWISE) == set(), "add a RetentionRule (accounts.retention)"
    assert ruled.isdisjoint(ENDS_OTHERWISE)
    assert ruled | set(ENDS_OTHERWISE) <= {each._meta.label_lower for each in apps.get_models()}


def test_the_rules_are_applied_every_hour() -> None:
    scheduled = [each for each in app.conf.beat_schedule.values() if each["task"] == purge_expired.name]
    assert [each["schedule"] for each in scheduled] == [3600.0]


def test_a_picture_of_somebody_who_is_gone_does_not_wait(alice: User) -> None:
    there = file(f"images/{uuid.uuid4().hex}/{uuid.uuid4().hex}")
    call_command("purge_expired")
    assert not there()


def test_a_young_file_may_belong_to_a_request_that_is_not_through(alice: User, settings: object) -> None:
    there = file(f"images/{alice.pk.hex}/{uuid.uuid4().hex}")
    call_command("purge_expired")
    assert there()
    (path,) = [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]  # type: ignore[attr-defined]
    old = timezone.now().timestamp() - 3601
    os.utime(path, (old, old))
    call_command("purge_expired")
    assert not there()
