"""One spelling for each address and number, so that equal ones have equal blind indexes."""

from __future__ import annotations

import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def canonical_email(text: str) -> str:
    """The address trimmed, lower case, its domain in ASCII (IDNA); ValueError when it is none.

    Dots and plus parts stay: only the provider knows whether they matter. The local part is ASCII, and a character
    that merely folds to ASCII (Kelvin sign, full width) is refused: a look-alike must not find another's account.
    """
    address = text.strip()
    local, separator, domain = _folded(address).rpartition("@")
    if not local.isascii() or any(not each.isascii() and _folded(each).isascii() for each in address):
        raise ValueError("not an e-mail address")
    try:
        canonical = f"{local}@{domain.encode('idna').decode('ascii')}" if separator else address
        validate_email(canonical)
    except (UnicodeError, ValidationError):
        raise ValueError("not an e-mail address") from None
    if len(canonical) > 254:  # RFC 5321
        raise ValueError("not an e-mail address")
    return canonical


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def canonical_phone(text: str, country: str | None = None) -> str:
    """The number in E.164; ValueError when it is none. `country` (ISO 3166) is needed without a leading plus."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise ValueError("not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
