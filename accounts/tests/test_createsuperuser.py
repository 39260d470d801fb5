"""The first administrator comes from the command line."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_without_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery staple")
    call_command("createsuperuser", "--noinput", "--email", "Root@Example.org", stdout=io.StringIO())
    root = User.objects.by_email("root@example.org")
    assert root is not None
    assert root.is_superuser
    assert root.is_staff
    assert root.email_verified_at
    assert root.check_password("correct horse battery staple")


def test_a_password_that_is_too_short_to_stand_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "x9!Kq2#m")  # allow-secret: too short on purpose
    with pytest.raises(CommandError, match="at least 15"):
        call_command("createsuperuser", "--noinput", "--email", "root@example.org", stdout=io.StringIO())
    assert not User.objects.exists()


def test_with_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["root@example.org"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(answers))
    monkeypatch.setattr("getpass.getpass", lambda prompt="": "correct horse battery staple")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    call_command("createsuperuser", stdin=Terminal(), stdout=io.StringIO())
    assert User.objects.by_email("root@example.org") is not None


def test_a_taken_address_and_a_wrong_one_are_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery staple")
    User.objects.create_user("root@example.org")
    with pytest.raises(CommandError, match="already an account"):
        call_command("createsuperuser", "--noinput", "--email", "ROOT@example.org", stdout=io.StringIO())
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("createsuperuser", "--noinput", "--email", "root", stdout=io.StringIO())
