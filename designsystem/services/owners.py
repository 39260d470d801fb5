"""Whoever takes something in for a person holds their account, so that an erasure comes before it or after it."""

from __future__ import annotations

from accounts.models import User
from config.errors import DomainError, Kind


def hold_owner(owner: User) -> None:
    """Nobody can erase the account until the transaction ends, in which this is called; DomainError when somebody
    did."""
    if not User.objects.hold(owner.pk):
        raise account_gone()


def account_gone() -> DomainError:
    return DomainError("account_gone", "The account was erased.", Kind.UNAUTHENTICATED)
