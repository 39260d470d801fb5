"""What is wrong with a key: known to the world, a placeholder, too weak, or too old."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import SecretStr

from config.environments import Policy
from config.keys import estimated_bits, is_placeholder, made_on, parse_keyring
from config.problems import Problem

_NEW_KEY = "Make one: python manage.py config generate-key"
_WARN_DAYS = 30


def judge_key(name: str, key: SecretStr, development: str, policy: Policy) -> list[Problem]:
    """Problems of a single key; its date is the first part of its text."""
    text = key.get_secret_value()
    if text == development:
        return [_development(name)]
    if is_placeholder(text):
        return [Problem("placeholder_key", name, "The key is the placeholder of a template.", _NEW_KEY)]
    if estimated_bits(text) < policy.minimum_key_bits:
        return [_weak(name, policy)]
    return _judge_age(name, made_on(text), policy)


def judge_keyring(name: str, ring: SecretStr, development: str, policy: Policy) -> list[Problem]:
    """Problems of a keyring: strength of every key, age of the one that writes (its date is in its id)."""
    if development and development in ring.get_secret_value():
        return [_development(name)]
    keys = parse_keyring(ring)
    # 32 random bytes hold 30 different ones on average, and under 20 practically never
    if any(len(set(key)) < 20 for key in keys.values()):
        return [_weak(name, policy)]
    return _judge_age(name, made_on(next(iter(keys))), policy)


def _development(name: str) -> Problem:
    return Problem("development_key", name, "It is the key of development, which everybody knows.", _NEW_KEY)


def _weak(name: str, policy: Policy) -> Problem:
    return Problem("weak_key", name, f"The key is weaker than {policy.minimum_key_bits} bits.", _NEW_KEY)


def _judge_age(name: str, made: date | None, policy: Policy) -> list[Problem]:
    if policy.maximum_key_age_days is None:
        return []
    if made is None:
        return [Problem("key_age_unknown", name, "The key does not tell when it was made.", _NEW_KEY)]
    age = (datetime.now(UTC).date() - made).days
    if age > policy.maximum_key_age_days:
        return [
            Problem("key_too_old", name, f"The key is older than {policy.maximum_key_age_days} days.", _NEW_KEY),
        ]
    left = policy.maximum_key_age_days - age
    if left <= _WARN_DAYS:
        return [Problem("key_ages", name, f"The key grows too old in {left} days.", _NEW_KEY)]
    return []
