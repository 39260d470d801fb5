"""Argon2id at the cost that the configuration asks for (OWASP Password Storage Cheat Sheet)."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher

from config.orchestrator import get_orchestrator


class ConfiguredArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's hasher with `time_cost`, `memory_cost` (KiB) and `parallelism` from SecurityConfigService."""

    def __init__(self) -> None:
        security = get_orchestrator().security_service
        self.time_cost = security.argon2_time_cost
        self.memory_cost = security.argon2_memory_kib
        self.parallelism = security.argon2_parallelism
