"""The audit trail: the keys that prove it, how quickly it is sealed, where it is kept outside the database."""

from __future__ import annotations

import base64
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.services.model import ConfigService, Problem, model_config
from config.services.security import parse_keyring

# Known to the world, like the other development keys: every other environment refuses them.
DEVELOPMENT_CHAIN_KEYS = "dev:" + base64.b64encode(b"loupe-development-audit-chain-ke").decode()
DEVELOPMENT_SIGNING_KEYS = "dev:" + base64.b64encode(b"loupe-development-audit-signing-").decode()


class AuditConfigService(ConfigService):
    """`chain_keys` (HMAC) and `signing_keys` (Ed25519 seeds): rings of `id:base64-of-32-bytes`; the first writes."""

    model_config = model_config("LOUPE_AUDIT_")

    chain_keys: SecretStr = SecretStr(DEVELOPMENT_CHAIN_KEYS)
    signing_keys: SecretStr = SecretStr(DEVELOPMENT_SIGNING_KEYS)
    directory: Path = Path("logs/audit")
    seal_interval_seconds: float = Field(0.25, gt=0, le=60)
    seal_batch_size: int = Field(5000, ge=1, le=100_000)
    unsealed_alarm_seconds: float = Field(5, gt=0)
    retention_days: int = Field(400, ge=1)
    checkpoint_directory: Path | None = None

    @field_validator("chain_keys", "signing_keys")
    @classmethod
    def _well_formed(cls, keys: SecretStr) -> SecretStr:
        parse_keyring(keys)
        return keys

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if not policy.strong_keys_required:
            return []
        known = {
            "CHAIN_KEYS": (self.chain_keys, DEVELOPMENT_CHAIN_KEYS),
            "SIGNING_KEYS": (self.signing_keys, DEVELOPMENT_SIGNING_KEYS),
        }
        return [
            Problem(
                "development_key",
                f"LOUPE_AUDIT_{name}",
                "The key of the development environment is in use; everybody knows it.",
                "Generate one: python manage.py config generate-key",
            )
            for name, (actual, development) in known.items()
            if actual.get_secret_value() == development
        ]
