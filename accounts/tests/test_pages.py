"""Where links in mails lead: pages that a person can use, and that hold no secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from accounts.mails import MAILS
from accounts.models import PrivacyRequest, RequestState, User
from accounts.pages import PAGES
from accounts.services.gdpr_erasure import ErasureService
from accounts.services.password import PasswordService
from accounts.tests.conftest import mailed_token, sign_in
from adminpanel.tests.browsers import chromium_beside_django

NEW = "a brand new battery staple"


def test_every_link_in_a_mail_leads_to_a_page() -> None:
    linked = {mail.page for mail in MAILS.values() if mail.page} | {"cancel-email-change"}
    assert linked == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_an_operation_that_exists_and_stays_in_no_cache(name: str) -> None:
    answer = Client().get(f"/account/{name}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert PAGES[name].endpoint in answer.content.decode()
    try:
        resolve(PAGES[name].endpoint)
    except Resolver404:
        pytest.fail(f"{PAGES[name].endpoint} is no route")


def test_there_is_no_other_page() -> None:
    assert Client().get("/account/anything").status_code == 404


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from chromium_beside_django()


@pytest.fixture
def page(live_server: Any, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


@pytest.mark.django_db(transaction=True)
def test_a_person_sets_a_new_password_from_the_mail(page: Page, client: Any, alice: User) -> None:
    PasswordService().forgot(alice.email)
    token = mailed_token(alice.email, "Set a new password")
    page.goto(f"/account/reset-password#token={token}")
    assert "token" not in page.url
    page.get_by_label("New password").fill("passwordpassword")
    page.get_by_role("button").click()
    page.get_by_text("first that an attacker would try").wait_for()
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button").click()
    page.get_by_text("The password is set").wait_for()
    assert sign_in(client, alice.email, NEW).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_person_keeps_their_account_from_the_mail_by_one_button(page: Page, alice: User) -> None:
    ErasureService().request(alice)
    token = mailed_token(alice.email, "Your account will be erased")
    page.goto(f"/account/keep-account#token={token}")
    page.get_by_text("Press the button to keep it").wait_for()
    assert PrivacyRequest.objects.get().state == RequestState.PENDING, "scanners open links too"
    page.get_by_role("button", name="Keep my account").click()
    page.get_by_text("Your account stays").wait_for()
    assert PrivacyRequest.objects.get().state == RequestState.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_link_without_its_token_says_so(page: Page) -> None:
    page.goto("/account/verify-email")
    page.get_by_text("This link is not complete").wait_for()
    assert not page.get_by_role("button").is_visible()
