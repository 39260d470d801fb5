"""The audit trail: the keys that prove it, how quickly it is sealed, where it is kept outside the database."""

from __future__ import annotations

import base64
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.keys import parse_keyring
from config.problems import Problem
from config.services.key_strength import judge_keyring
from config.services.model import PROJECT_ROOT, ConfigService, ProjectPath

# Known to the world, like the other development keys: every other environment refuses them.
DEVELOPMENT_CHAIN_KEYS = "dev:" + base64.b64encode(b"loupe-development-audit-chain-ke").decode()
DEVELOPMENT_SIGNING_KEYS = "dev:" + base64.b64encode(b"loupe-development-audit-signing-").decode()


class AuditConfigService(ConfigService):
    """`chain_keys` (HMAC) and `signing_keys` (Ed25519 seeds): rings of `id:base64-of-32-bytes`; the first writes."""

    section: ClassVar[str] = "audit"

    chain_keys: SecretStr = Field(
        SecretStr(DEVELOPMENT_CHAIN_KEYS), description="Keyring that links the entries, as id:base64,id:base64."
    )
    signing_keys: SecretStr = Field(
        SecretStr(DEVELOPMENT_SIGNING_KEYS),
        description="Keyring that signs checkpoints, as id:base64 of a 32-byte Ed25519 seed.",
    )
    directory: ProjectPath = Field(PROJECT_ROOT / "logs/audit", description="The folder of the daily files.")
    seal_interval_seconds: float = Field(0.4, gt=0, le=60, description="How often waiting entries are sealed.")
    seal_batch_size: int = Field(5000, ge=1, le=100_000, description="Entries sealed in one go at most.")
    unsealed_alarm_seconds: float = Field(5, gt=0, description="An entry unsealed for longer is an error in the log.")
    retention_days: int = Field(400, ge=1, le=36_500, description="Entries are kept this long.")
    checkpoint_directory: ProjectPath | None = Field(
        None, description="A second folder, best on another machine, that gets a copy of every signed checkpoint."
    )

    checkpoint_syslog: str | None = Field(
        None, description="A syslog server that gets every newest checkpoint, as host:port (UDP, RFC 3164 framing)."
    )

    checkpoint_s3: str | None = Field(
        None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?$",
        description="A bucket that gets every newest checkpoint, as s3://bucket/prefix; needs boto3. Lock its objects.",
    )
    checkpoint_s3_endpoint: str | None = Field(
        None, pattern=r"^https?://[^/@?#]+/?$", description="Address of another service that speaks S3."
    )

    @field_validator("checkpoint_syslog")
    @classmethod
    def _host_and_port(cls, address: str | None) -> str | None:
        host, _, port = (address or "localhost:514").rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("must be host:port")
        return address or None

    @field_validator("chain_keys", "signing_keys")
    @classmethod
    def _well_formed(cls, keys: SecretStr) -> SecretStr:
        parse_keyring(keys)
        return keys

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        if not policy.strong_keys_required:
            return []
        return [
            *judge_keyring("LOUPE_AUDIT_CHAIN_KEYS", self.chain_keys, DEVELOPMENT_CHAIN_KEYS, policy),
            *judge_keyring("LOUPE_AUDIT_SIGNING_KEYS", self.signing_keys, DEVELOPMENT_SIGNING_KEYS, policy),
        ]
