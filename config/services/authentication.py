"""How people prove who they are: lifetimes of tokens and sessions, lockout, passwords, second factors."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from config.environments import Policy
from config.keys import parse_keyring
from config.problems import Problem
from config.services.key_strength import judge_keyring
from config.services.model import ConfigService

DEVELOPMENT_SIGNING_KEYS = "dev:" + base64.b64encode(b"loupe-development-signing-key-32").decode()

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class AuthenticationConfigService(ConfigService):
    """AAL1 is one factor, AAL2 two (NIST SP 800-63B-4); limits are idle and absolute for each."""

    section: ClassVar[str] = "authentication"

    signing_keys: SecretStr = Field(
        SecretStr(DEVELOPMENT_SIGNING_KEYS),
        description="Keyring of access tokens, as id:base64 of a 32-byte Ed25519 seed; the first signs, all verify.",
    )
    token_issuer: str = Field("loupe", min_length=1, description="`iss` of access tokens.")
    token_audience: str = Field("loupe-api", min_length=1, description="`aud` of access tokens.")
    access_token_seconds: int = Field(
        300, ge=30, le=3600, description="How long an access token is good.", json_schema_extra={"since": 2}
    )
    refresh_grace_seconds: int = Field(
        10, ge=0, le=60, description="How long a used refresh token still yields the same successor."
    )
    session_idle_seconds: int = Field(14 * _DAY, ge=60, description="AAL1 session without use ends after this time.")
    session_absolute_seconds: int = Field(30 * _DAY, ge=60, description="AAL1 session ends after this time.")
    session_idle_seconds_aal2: int = Field(_HOUR, ge=60, description="AAL2 session without use ends after this time.")
    session_absolute_seconds_aal2: int = Field(_DAY, ge=60, description="AAL2 session ends after this time.")
    sessions_per_user: int = Field(20, ge=1, description="Sessions of one user at once; the oldest one gives way.")
    mfa_ticket_seconds: int = Field(300, ge=30, le=900, description="Time to give the second factor after the first.")
    step_up_seconds: int = Field(300, ge=30, description="Sensitive acts need a log-in no older than this.")
    email_token_seconds: int = Field(_DAY, ge=60, description="How long a link that verifies an address is good.")
    password_reset_seconds: int = Field(30 * _MINUTE, ge=60, description="How long a link to a new password is good.")
    invitation_seconds: int = Field(7 * _DAY, ge=_HOUR, description="How long an invited person has to accept.")
    phone_code_seconds: int = Field(10 * _MINUTE, ge=60, le=600, description="How long a code by SMS is good.")
    lockout_threshold: int = Field(5, ge=1, le=100, description="Failures before an account waits.")
    lockout_base_seconds: int = Field(30, ge=1, description="The first wait; each further failure doubles it.")
    lockout_max_seconds: int = Field(_HOUR, ge=1, description="The longest wait.")
    lockout_hard_stop: int = Field(100, ge=1, le=100, description="Failures after which only mail or staff unlocks.")
    lockout_address_threshold: int = Field(50, ge=1, description="Failures from one address before it waits.")
    password_min_length: int = Field(15, ge=8, le=128, description="Shortest password that stands alone.")
    password_min_length_with_second_factor: int = Field(
        8, ge=8, le=128, description="Shortest password of an account with a second factor; never above the other."
    )
    breached_password_url: str | None = Field(
        None, description="k-anonymous range service (…/range/) that knows breached passwords; none: the offline list."
    )
    mfa_required_for_staff: bool = Field(True, description="Staff without a second factor can only enrol one.")

    second_owner_required: bool = Field(
        False, description="What only owners may do (roles, erasure, acts on many) needs the yes of another owner."
    )

    @field_validator("signing_keys")
    @classmethod
    def _well_formed(cls, keys: SecretStr) -> SecretStr:
        parse_keyring(keys)
        return keys

    def django_settings(self) -> dict[str, Any]:
        return {
            "SIMPLE_JWT": {
                "ACCESS_TOKEN_LIFETIME": timedelta(seconds=self.access_token_seconds),
                "USER_ID_CLAIM": "sub",
            },
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = self._order()
        if policy.strong_keys_required:
            problems += judge_keyring(
                "LOUPE_AUTHENTICATION_SIGNING_KEYS", self.signing_keys, DEVELOPMENT_SIGNING_KEYS, policy
            )
        if policy.mfa_for_staff_required and not self.mfa_required_for_staff:
            problems.append(
                Problem(
                    "mfa_for_staff_required",
                    "LOUPE_AUTHENTICATION_MFA_REQUIRED_FOR_STAFF",
                    "One password opens the administration.",
                    "Set it to true.",
                )
            )
        return problems

    def _order(self) -> list[Problem]:
        """Pairs of limits of which the first must not pass the second."""
        pairs = (
            ("session_idle_seconds", "session_absolute_seconds"),
            ("session_idle_seconds_aal2", "session_absolute_seconds_aal2"),
            ("lockout_base_seconds", "lockout_max_seconds"),
            ("lockout_threshold", "lockout_hard_stop"),
        )
        return [
            Problem(
                "limits_out_of_order",
                f"LOUPE_AUTHENTICATION_{lower.upper()}",
                f"It is above LOUPE_AUTHENTICATION_{upper.upper()}.",
                "Lower it, or raise the other.",
            )
            for lower, upper in pairs
            if getattr(self, lower) > getattr(self, upper)
        ]
