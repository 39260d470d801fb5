"""Every retention rule lets go what is over, keeps what is not, and does not keep the others when it fails."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import retention
from accounts.models import ApiKey, AuthSession, KnownDevice, OneTimeToken, Purpose, User
from accounts.retention import RetentionRule
from accounts.services.api_keys import ApiKeyService
from accounts.services.logout import LogoutService
from accounts.services.one_time_tokens import OneTimeTokens
from accounts.services.retention import RetentionService
from accounts.services.session import SessionManager

pytestmark = pytest.mark.django_db


def after(days: float) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        RetentionService().purge()


def test_sessions_go_90_days_after_their_end(alice: User) -> None:
    SessionManager().start(alice, ["pwd"])
    LogoutService().end_all(alice)
    after(89)
    assert AuthSession.objects.count() == 1
    after(91)
    assert AuthSession.objects.count() == 0
    assert KnownDevice.objects.count() == 1
    after(731)
    assert KnownDevice.objects.count() == 0


def test_keys_go_90_days_after_their_end(alice: User) -> None:
    for days in (1, 200):
        ApiKeyService().create(alice, str(days), ["account:read"], [], days)
    revoked = ApiKeyService().create(alice, "revoked", ["account:read"], [], 300)
    ApiKeyService().revoke(alice, revoked.key.pk)
    after(90)
    assert ApiKey.objects.count() == 2
    after(92)
    assert [each.name for each in ApiKey.objects.all()] == ["200"]


def test_mailed_links_go_a_week_after_they_expire(alice: User) -> None:
    OneTimeTokens().issue(alice, Purpose.UNLOCK, 86_400)
    after(7.9)
    assert OneTimeToken.objects.count() == 1
    after(8.1)
    assert OneTimeToken.objects.count() == 0


def test_an_account_that_was_never_confirmed_goes_and_a_confirmed_one_stays(alice: User) -> None:
    User.objects.create_user("never@example.org", None)
    after(29)
    assert User.objects.count() == 2
    after(31)
    assert User.objects.get() == alice


def test_a_rule_that_fails_keeps_no_other_and_is_told(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(now: datetime) -> int:
        raise RuntimeError

    def counts(now: datetime) -> int:
        done.append(now)
        return len(done)

    done: list[datetime] = []
    broken = RetentionRule("broken", "-", "-", fails)
    works = RetentionRule("works", "-", "-", counts)
    monkeypatch.setattr(retention, "_rules", {"broken": broken, "works": works})
    with pytest.raises(CommandError, match="broken"):
        call_command("purge_expired")
    assert len(done) == 1
