"""Which passwords are good enough (NIST SP 800-63B-4, 3.1.1.2): long, and not what an attacker tries first."""

from __future__ import annotations

import gzip
import hashlib
import unicodedata
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from accounts.models import User
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.services.authentication import AuthenticationConfigService

logger = structlog.get_logger(__name__)

MAX_LENGTH = 128
CONTEXT_WORDS = ("loupe", "design", "tokens", "screenshot", "password", "passwort", "admin")
_MIN_GUESSES = 10**8  # zxcvbn's score 3: "safely unguessable" against online guessing
_OWN_LENGTH = 6  # characters that must be left when the words about the user and the product are taken out
_LOOKED_AT = 64  # the matcher's time grows with the square of the length, and so much decides it
_RANGE_TIMEOUT_SECONDS = 3


def _configuration() -> AuthenticationConfigService:
    return get_orchestrator().authentication_service


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """No rules of composition, no expiry, nothing trimmed; characters are code points of the NFC form.

    Offline: Django's list of the 20,000 most common passwords, and zxcvbn's model of dictionaries (30,000 passwords,
    30,000 English words, names), repeats, sequences, keyboard walks and dates, with the user's and the product's own
    words. With `breached_password_url` also the breached ones, of which the service only learns five hex digits.
    """

    configuration: AuthenticationConfigService = field(default_factory=_configuration)

    def check(self, password: str, *, about: Iterable[str] = (), second_factor: bool = False) -> None:
        """DomainError (INVALID) that says what is wrong; `about` are texts about the user, such as name and address."""
        problem = self.problem(password, about=about, second_factor=second_factor)
        if problem is not None:
            raise DomainError(
                "password_refused", problem[1], Kind.INVALID, errors=[FieldError("/password", problem[0], problem[1])]
            )

    def problem(
        self, password: str, *, about: Iterable[str] = (), second_factor: bool = False
    ) -> tuple[str, str] | None:
        """A code and a sentence, or None when the password is good enough, alone or beside a second factor."""
        password = unicodedata.normalize("NFC", password)
        limits = self.configuration
        shortest = self.shortest(second_factor=second_factor)
        if len(password) < shortest:
            return "password_too_short", f"Use at least {shortest} characters. A few words in a row are easy to keep."
        if len(password) > MAX_LENGTH:
            return "password_too_long", f"Use at most {MAX_LENGTH} characters."
        if _is_common(password) or _is_guessable(password, about):
            return "password_too_common", "This is among the first that an attacker would try. Choose another one."
        if limits.breached_password_url and _is_breached(password, limits.breached_password_url):
            return "password_breached", "This password is known from a breach elsewhere. Choose another one."
        return None

    def shortest(self, *, second_factor: bool) -> int:
        """The least number of characters."""
        alone = self.configuration.password_min_length
        return min(alone, self.configuration.password_min_length_with_second_factor) if second_factor else alone


class PolicyValidator:
    """The same policy for Django's own forms and commands."""

    def validate(self, password: str, user: User | None = None) -> None:
        about = [text for text in (getattr(user, "email", None), getattr(user, "name", None)) if text]
        problem = PasswordPolicy().problem(password, about=about)
        if problem is not None:
            raise ValidationError(problem[1], code=problem[0])

    def get_help_text(self) -> str:
        return f"At least {_configuration().password_min_length} characters, and not a common password."


@cache
def _common() -> frozenset[str]:
    path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def _is_common(password: str) -> bool:
    return password.strip().casefold() in _common()


def _is_guessable(password: str, about: Iterable[str]) -> bool:
    words = [*CONTEXT_WORDS, *(word for text in about for word in (text, *_words(text)) if len(word) >= 3)]
    if len(_without(password, words)) < _OWN_LENGTH:
        return True
    estimate: dict[str, Any] = zxcvbn(password[:_LOOKED_AT], user_inputs=words)
    return bool(estimate["guesses"] < _MIN_GUESSES)


def _without(password: str, words: Iterable[str]) -> str:
    """What is left of the password when the known words, and then all but letters and digits, are taken out."""
    rest = password.casefold()
    for word in sorted({word.casefold() for word in words}, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest if rest == password.casefold() else "".join(_words(rest))


def _words(text: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in text).split()


def _is_breached(password: str, url: str) -> bool:
    """k-anonymity as Have I Been Pwned does it: the first five of forty hex digits of the SHA-1 go out.

    A service that is away does not keep people from changing their password: the offline lists still hold.
    """
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    request = urllib.request.Request(url.rstrip("/") + "/" + digest[:5], headers={"Add-Padding": "true"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_RANGE_TIMEOUT_SECONDS) as answer:  # noqa: S310 - from configuration
            lines = answer.read(1_000_000).decode("ascii", "replace").splitlines()
    except OSError as error:
        logger.warning("breached_password_service_unavailable", error=type(error).__name__)
        return False
    found = (line.partition(":") for line in lines)
    return any(suffix.upper() == digest[5:] and count.strip() not in ("", "0") for suffix, _, count in found)
