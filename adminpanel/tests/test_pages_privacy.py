"""Nothing personal in clear on any page for any role, and each list asks the same few queries whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Consent, ConsentPurpose, LockoutCounter, Passkey, TotpDevice, User
from accounts.services.api_keys import ApiKeyService
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.lockout import AccountLockoutService, Factor
from accounts.services.session import SessionManager
from adminpanel.models import BulkAct
from adminpanel.services.bulk import BulkService
from adminpanel.tests.conftest import BrowserAs, with_role, without_ids
from audit import context
from audit.actions import Action
from audit.logger import AuditLogger
from designsystem.models import (
    Baseline,
    Batch,
    DesignSystem,
    Extraction,
    Validation,
    WebhookDelivery,
    WebhookEndpoint,
)
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.design_systems import DesignSystemService
from designsystem.services.extraction import ExtractionService, Kept, Options, Upload
from designsystem.services.validation import ValidationRequest, ValidationService
from designsystem.tests import pictures

pytestmark = pytest.mark.django_db

ROLES = ("support", "security", "auditor", "operator", "owner")
# of alice, wherever it is kept
SECRETS = ("alice", "Liddell", "446681800", "192.0.2.77", "Firefox of Alice", "Alice's laptop", "Wonderland")
END_OF_NUMBER = "1800"  # the last two digits may show


@pytest.fixture
def rows(alice: User, bob: User) -> dict[str, Model]:
    """One row of every page, all of alice and all with something personal in it."""
    alice.name, alice.phone = "Alice Liddell", "+41446681800"
    alice.save()
    acting = context.AuditContext(actor=f"user:{alice.pk}", address="192.0.2.77", agent="Firefox of Alice")
    with context.acting(acting):
        SessionManager().start(alice, ["pwd"])
        ApiKeyService().create(alice, "Alice's laptop", ["account:read"], [], 30)
        _work_of(alice)
    Consent.objects.create(
        user=alice, purpose=ConsentPurpose.PRODUCT_NEWS, text_version="1", text_sha256="0" * 64, given=True
    )
    ErasureService().request(alice)
    AccountLockoutService().charge(AccountLockoutService().account(alice, "", Factor.PASSWORD))
    TotpDevice.objects.create(user=alice, name="Alice's laptop", seed="A" * 32)
    Passkey.objects.create(user=alice, credential_id="abc", public_key=b"x", synced=False, name="Alice's laptop")
    owner = with_role(bob, "owner")
    BulkService().prepare(owner, BulkAct.SUSPEND, "ticket 1", User.objects.filter(pk=alice.pk), [])
    return {page.opts.label_lower: row for page, row in _first_rows()}


def _work_of(alice: User) -> None:
    picture = Upload("/pictures/0", "Wonderland.png", pictures.page)
    (outcome,) = ExtractionService().extract(alice, [picture], Options(pixel_ratio=1.0, name="Wonderland"))
    assert isinstance(outcome, tuple)
    extraction = outcome[1]
    system = DesignSystemService().create(alice, "Wonderland", "The Wonderland of Alice")
    DesignSystemService().add_version(system, alice, extraction, "for Wonderland")
    kept = Kept("/image", extraction.image_id)
    validation = ValidationService().validate(
        alice, ValidationRequest(kept, name="Wonderland", pixel_ratio=1.0, design_system=system)
    )
    Baseline.objects.create(
        design_system=system, name="Wonderland", number=1, image_id=extraction.image_id, validation=validation
    )
    webhook = WebhookEndpoint.objects.create(
        owner=alice, name="Wonderland", url="https://wonderland.example.org/Wonderland", secret="whsec_x"
    )
    WebhookDelivery.objects.create(endpoint=webhook, event="webhook.ping", body='{"name": "Wonderland"}')
    BatchService().create(alice, Pictures(images=[extraction.image_id]), Options(pixel_ratio=1.0, name="Wonderland"))


def _first_rows() -> Iterator[tuple[Any, Model]]:
    for model, page in admin.site._registry.items():
        row = model._default_manager.first()
        if row is not None:
            yield page, row


def _paths(rows: dict[str, Model]) -> Iterator[str]:
    yield "/admin/"
    yield "/admin/adminpanel/bulkjob/invite/"
    for model, page in admin.site._registry.items():
        yield f"/admin/{page.opts.app_label}/{page.opts.model_name}/"
        row = rows.get(model._meta.label_lower)
        if row is not None:
            address = page.page_address(row)  # type: ignore[attr-defined]
            yield address
            yield from (f"{address}{act.name}/" for act in page.acts)  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_anything_personal_in_clear(role: str, rows: dict[str, Model], browser_as: BrowserAs) -> None:
    browser = browser_as(role)
    seen = 0
    for path in _paths(rows):
        answer = browser.get(path)
        text = answer.content.decode()
        seen += answer.status_code == 200
        assert answer.status_code in (200, 403), path
        assert [secret for secret in SECRETS if secret in text] == [], path
        assert END_OF_NUMBER not in without_ids(text), path
    assert seen > 3


@pytest.mark.parametrize("shown", ["+41446681800", "•••1800", "044 668 1800", "<td>1800</td>", 'value="41446681800"'])
def test_the_end_of_a_number_is_told_from_digits_in_an_id(shown: str) -> None:
    ids = "01a21800-df79-771b-1800-c6181af71800 9f1800ab 08:04:35.181800"
    assert END_OF_NUMBER in without_ids(f"{ids} {shown} {ids}")
    assert END_OF_NUMBER not in without_ids(ids)


def test_every_page_has_a_row_in_these_tests(rows: dict[str, Model]) -> None:
    without = {page.opts.label_lower for page in admin.site._registry.values()} - set(rows)
    assert without <= {"accounts.approval"}


@pytest.mark.parametrize("model", [Extraction, DesignSystem, Validation, Batch, Baseline])
def test_the_work_of_others_shows_once_it_is_revealed_with_a_reason(
    model: type[Model], rows: dict[str, Model], browser_as: BrowserAs
) -> None:
    browser: Client = browser_as("support")
    address = admin.site._registry[model].page_address(rows[model._meta.label_lower])  # type: ignore[attr-defined]
    assert "Wonderland" not in browser.get(address).content.decode()
    shown = browser.post(f"{address}reveal/", {"reason": "ticket 4711"}, follow=True).content.decode()
    assert "Wonderland" in shown


@pytest.mark.parametrize("model", [Extraction, Validation, Baseline])
def test_a_picture_is_given_only_once_it_is_revealed(
    model: type[Model], rows: dict[str, Model], browser_as: BrowserAs
) -> None:
    address = admin.site._registry[model].page_address(rows[model._meta.label_lower])  # type: ignore[attr-defined]
    browser: Client = browser_as("support")
    assert browser.get(f"{address}picture/").status_code == 403
    browser.post(f"{address}reveal/", {"reason": "ticket 4711"})
    picture = browser.get(f"{address}picture/")
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")
    assert browser_as("operator").get(f"{address}picture/").status_code == 403


@pytest.mark.parametrize("size", [1, 100])
def test_a_list_asks_few_queries_whatever_the_page_size(
    size: int, rows: dict[str, Model], browser_as: BrowserAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = browser_as("owner")
    found = {}
    for model, page in admin.site._registry.items():
        monkeypatch.setattr(type(page), "list_per_page", size)
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(f"/admin/{page.opts.app_label}/{page.opts.model_name}/").status_code == 200
        # a process knows the key of the reader's personal data once it is committed, which a test never does
        found[model._meta.label_lower] = sum("audit_subjectkey" not in each["sql"] for each in queries)
    assert max(found.values()) <= 8, found


def test_the_list_of_lockouts_names_accounts_that_were_locked_lately(alice: User, browser_as: BrowserAs) -> None:
    lockout = AccountLockoutService()
    lockout.charge(lockout.account(alice, "", Factor.PASSWORD))
    AuditLogger().record(Action.ACCOUNT_LOCKED, target=alice)
    assert LockoutCounter.objects.count() == 1
    assert (
        f"/admin/accounts/user/{alice.pk}/"
        in browser_as("support").get("/admin/accounts/lockoutcounter/").content.decode()
    )


def test_a_key_is_revoked_from_its_page_once(alice: User, browser_as: BrowserAs) -> None:
    key = ApiKeyService().create(alice, "CI", ["account:read"], [], 30).key
    browser = browser_as("security")
    assert browser.post(f"/admin/accounts/apikey/{key.pk}/revoke/", {"reason": "ticket 1"}).status_code == 302
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None
    assert browser.post(f"/admin/accounts/apikey/{key.pk}/revoke/", {"reason": "ticket 1"}).status_code == 409


def test_pages_lead_only_as_far_as_is_counted(
    alice: User, bob: User, browser_as: BrowserAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adminpanel.console.paging.REACH", 2)
    support = browser_as("support")
    page = support.get("/admin/accounts/user/").content.decode()
    assert "Pages lead to the first 2 rows" in page
    assert "Pages lead" not in support.get("/admin/accounts/user/?state=suspended").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "accounts/user/?password__startswith=argon2",
        "accounts/user/?auth_sessions__amr=pwd",
        "accounts/user/?email__isnull=",
        "accounts/apikey/?digest__startswith=a",
        "accounts/apikey/?user__password__startswith=argon2",
        "accounts/lockoutcounter/?key__startswith=a",
        "accounts/authsession/?secret=x",
        "audit/auditlog/?personal__isnull=",
        "designsystem/webhookendpoint/?name__startswith=W",
        "designsystem/extraction/?document__contains=color",
    ],
)
def test_a_list_cannot_be_asked_what_a_hidden_column_begins_with(query: str, browser_as: BrowserAs) -> None:
    assert browser_as("owner").get(f"/admin/{query}").status_code == 400
