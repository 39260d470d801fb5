"""Which spellings are the same address or number, and which only look so."""

from __future__ import annotations

import pytest

from accounts.identifiers import canonical_email, canonical_phone


@pytest.mark.parametrize("spelling", ["mike@example.org", " Mike@EXAMPLE.org", "MIKE@example.ORG\n"])
def test_case_and_space_around_an_address_do_not_matter(spelling: str) -> None:
    assert canonical_email(spelling) == "mike@example.org"


@pytest.mark.parametrize(
    "look_alike",
    [
        "mi\u212ae@example.org",  # Kelvin sign
        "m\u0131ke@example.org",  # dotless i
        "mike@example.or\uff47",  # full width
        "mi\u017fke@example.org",  # long s
        "mike@stra\u00dfe.example",  # IDNA 2003 and 2008 name different hosts
    ],
)
def test_a_look_alike_is_refused(look_alike: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        canonical_email(look_alike)


def test_an_international_domain_has_one_spelling() -> None:
    assert canonical_email("a@münchen.example") == canonical_email("a@mu\u0308nchen.example")
    assert canonical_email("a@MÜNCHEN.example") == "a@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b.example", "a b@c.example", "a@b", "a@b.example\r\nBcc: c@d.example"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        canonical_email(text)


@pytest.mark.parametrize("spelling", ["+41 44 668 18 00", "+41446681800", "0041 44 668 18 00", "044 668 18 00"])
def test_a_number_has_one_spelling(spelling: str) -> None:
    assert canonical_phone(spelling, "CH") == "+41446681800"


def test_a_national_number_needs_a_country() -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        canonical_phone("044 668 18 00")
