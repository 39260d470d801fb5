"""An erasure that was asked for: the link that stops it, and who wins when both come at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import EmailChange, EndReason, OneTimeToken, PrivacyRequest, Purpose, RequestState, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.credentials import CredentialService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.outbox import Outbox
from accounts.services.password import PasswordService
from accounts.services.retention import RetentionService
from accounts.services.session import SessionManager
from accounts.tests.conftest import Configure, at_once, bearer, deliver, mailed_token, sign_in, subjects
from audit.models import AuditLog, ChangeEntry, SubjectKey
from audit.personal import PersonalData
from config.errors import DomainError

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL = "/api/auth/gdpr/erasure/cancel"
WILL_BE_ERASED, STAYS = "Your account will be erased", "Your account stays"


def request_link(user: User) -> str:
    ErasureService().request(user)
    return mailed_token(user.email, WILL_BE_ERASED)


def due(days: float = 14.1) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=days))


def test_the_link_in_the_mail_keeps_the_account_once_and_without_signing_in(client: APIClient, alice: User) -> None:
    token = request_link(alice)
    assert client.post(CANCEL, {"token": token}).status_code == 204
    assert PrivacyRequest.objects.get().state == RequestState.CANCELLED
    again = client.post(CANCEL, {"token": token})
    assert (again.status_code, again.json()["code"]) == (400, "token_invalid")
    entry = AuditLog.objects.get(action="privacy.erasure_cancelled")
    assert (entry.actor, entry.target) == (f"user:{alice.pk}", f"user:{alice.pk}")
    assert subjects(alice.email) == [WILL_BE_ERASED, STAYS]
    with due():
        assert ErasureService().carry_out_due() == 0


def test_nothing_of_the_link_is_kept_that_could_be_used(alice: User) -> None:
    token = request_link(alice)
    row = OneTimeToken.objects.get(purpose=Purpose.CANCEL_ERASURE)
    assert token not in {str(getattr(row, each.attname)) for each in row._meta.concrete_fields}
    assert row.digest == OneTimeTokens.digest(token)


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": "x"}, {"token": "x", "more": 1}])
def test_what_is_no_token_cancels_nothing(client: APIClient, alice: User, body: dict[str, object]) -> None:
    ErasureService().request(alice)
    assert client.post(CANCEL, body).status_code == 400
    assert PrivacyRequest.objects.get().state == RequestState.PENDING


def test_a_token_of_another_purpose_cancels_nothing(client: APIClient, alice: User) -> None:
    ErasureService().request(alice)
    PasswordService().forgot(alice.email)
    token = mailed_token(alice.email, "Set a new password")
    assert client.post(CANCEL, {"token": token}).json()["code"] == "token_invalid"


def test_the_link_outlives_a_change_of_every_credential(client: APIClient, alice: User) -> None:
    """Whoever took the account over must not void the owner's way to keep it."""
    token = request_link(alice)
    with transaction.atomic():
        CredentialService().revoke_many([alice.pk], EndReason.CREDENTIALS_CHANGED)
    PasswordService().forgot(alice.email)
    PasswordService().reset(mailed_token(alice.email, "Set a new password"), "a brand new battery staple")
    assert client.post(CANCEL, {"token": token}).status_code == 204


def test_a_cancelled_erasure_leaves_a_link_that_does_nothing(client: APIClient, alice: User) -> None:
    first = request_link(alice)
    ErasureService().cancel(alice)
    second = request_link(alice)
    assert client.post(CANCEL, {"token": first}).json()["code"] == "token_invalid"
    assert ErasureService().pending(alice).state == RequestState.PENDING
    assert client.post(CANCEL, {"token": second}).status_code == 204


def test_the_link_works_until_the_erasure_begins_and_not_after(client: APIClient, alice: User) -> None:
    token = request_link(alice)
    with due(14.04):  # over, and the worker has not come yet
        assert client.post(CANCEL, {"token": token}).status_code == 204
    token = request_link(alice)
    with due():
        assert ErasureService().carry_out_due() == 1
        assert client.post(CANCEL, {"token": token}).json()["code"] == "token_invalid"


def test_after_an_erasure_the_trail_stays_and_tells_nobody_s_address(client: APIClient, alice: User) -> None:
    sign_in(client, alice.email)
    entry = AuditLog.objects.get(action="authentication.login", subject=f"user:{alice.pk}")
    assert PersonalData().open(entry.subject, entry.pk, bytes(entry.personal or b""))
    assert ChangeEntry.objects.filter(object_pk=str(alice.pk)).exists()
    ErasureService().request(alice)
    with due():
        assert ErasureService().carry_out_due() == 1
    kept = AuditLog.objects.get(pk=entry.pk)
    assert bytes(kept.personal or b"") == bytes(entry.personal or b""), "the seal covers it"
    assert PersonalData().open(kept.subject, kept.pk, bytes(kept.personal or b"")) is None
    assert not ChangeEntry.objects.filter(object_pk=str(alice.pk)).exists()


def test_the_grace_period_is_the_configured_one(configure: Configure, alice: User) -> None:
    configure(LOUPE_PRIVACY_ERASURE_GRACE_DAYS="3")
    ErasureService().request(alice)
    with due(2.9):
        assert ErasureService().carry_out_due() == 0
    with due(3.1):
        assert ErasureService().carry_out_due() == 1


@pytest.mark.usefixtures("parallel")
@pytest.mark.parametrize("round_", range(4))
def test_of_an_erasure_and_its_cancellations_exactly_one_happens(alice: User, round_: int) -> None:
    """By the link, by who is signed in, and two workers, all at the same moment."""
    token = request_link(alice)

    def act(number: int) -> str:
        service = ErasureService()
        try:
            if number < 2:
                return "erased" if service.carry_out_due() else "nothing was due"
            service.cancel_by_token(token) if number < 4 else service.cancel(alice)
        except DomainError as error:
            return error.code
        return "kept"

    with due():
        done = at_once(6, act)
        told = subjects(alice.email)
    assert set(done) <= {"erased", "kept", "nothing was due", "token_invalid", "not_found"}
    assert done.count("erased") + done.count("kept") == 1
    row = PrivacyRequest.objects.get()
    kept = User.objects.filter(pk=alice.pk).exists()
    assert row.state == (RequestState.CANCELLED if kept else RequestState.DONE)
    assert ("kept" in done) == kept
    assert told == [WILL_BE_ERASED, STAYS if kept else "Your account was erased"]
    written = {each.action for each in AuditLog.objects.all()}
    assert ("privacy.erasure_cancelled" in written, "account.erased" in written) == (kept, not kept)


@pytest.mark.usefixtures("parallel")
def test_two_workers_erase_once(alice: User, bob: User) -> None:
    for each in (alice, bob):
        ErasureService().request(each)
    with due():
        assert sum(at_once(4, lambda number: ErasureService().carry_out_due())) == 2
    assert AuditLog.objects.filter(action="account.erased").count() == 2


def test_mails_that_wait_at_the_new_address_go_too(alice: User) -> None:
    deliver()
    EmailChange.objects.create(user=alice, new_email="Alice@Elsewhere.example", expires_at=timezone.now())
    for address in ("alice@elsewhere.example", "ALICE@example.org", "bob@example.org"):
        Outbox().mail("phone_changed", address)  # type: ignore[arg-type]
    ErasureService().request(alice)
    with due():
        ErasureService().carry_out_due()
    assert PrivacyRequest.objects.get().receipt["waiting_messages"] == 3  # the notice of the erasure is one


def test_an_account_that_nobody_confirmed_leaves_no_key_in_the_trail() -> None:
    from audit import context
    from audit.actions import Action
    from audit.logger import AuditLogger

    stranger = User.objects.create_user("never@example.org", None)
    with context.acting(context.AuditContext(actor=f"user:{stranger.pk}", address="192.0.2.1")):
        AuditLogger().record(Action.ACCOUNT_REGISTERED, target=stranger)
    assert SubjectKey.objects.filter(subject=f"user:{stranger.pk}").exists()
    with due(31):
        RetentionService().purge()
    assert not User.objects.exists()
    assert not SubjectKey.objects.filter(subject=f"user:{stranger.pk}").exists()
    assert AuditLog.objects.filter(action="account.erased", target=f"user:{stranger.pk}").exists()


def test_a_key_that_is_made_while_its_person_goes_is_destroyed_by_the_next_run(alice: User) -> None:
    from audit.personal import PersonalData
    from config.uuid7 import uuid7

    subject = f"user:{alice.pk}"
    ErasureService().request(alice)
    with due():
        RetentionService().purge()
        PersonalData().seal(subject, uuid7(), {"address": "192.0.2.1"})
        assert SubjectKey.objects.filter(subject=subject).exists()
        RetentionService().purge()
    assert not SubjectKey.objects.filter(subject=subject).exists()


def test_after_an_erasure_no_credential_opens_anything_and_the_address_is_free(client: APIClient, alice: User) -> None:
    tokens = SessionManager().start(alice, ["pwd"])
    secret = ApiKeyService().create(alice, "CI", ["account:read"], [], 30).secret
    with_key = APIClient()
    with_key.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    signed = bearer(APIClient(), tokens.access)
    assert [each.get("/api/auth/me").status_code for each in (signed, with_key)] == [200, 200]
    PrivacyRequest.objects.filter(pk=ErasureService().request(alice).pk).update(due_at=timezone.now())
    assert ErasureService().carry_out_due() == 1
    assert [each.get("/api/auth/me").status_code for each in (signed, with_key)] == [401, 401]
    assert client.post("/api/auth/token/refresh", {"refresh": tokens.refresh}).status_code == 401
    assert sign_in(client, alice.email).status_code == 401
    client.post("/api/auth/register", {"email": alice.email, "password": "a brand new battery staple"})
    deliver()
    assert User.objects.by_email(alice.email) is not None
    assert not User.objects.filter(pk=alice.pk).exists()
