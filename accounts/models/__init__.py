"""The tables of the accounts app."""

from accounts.models.blind_index import BlindIndex, Identifier
from accounts.models.user import User

__all__ = ["BlindIndex", "Identifier", "User"]
