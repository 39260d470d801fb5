"""The shapes that several journeys share: secrets coming in, tokens going out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.services.mfa_login import MfaRequired
from accounts.services.session import Tokens
from config.api.serializers import BoundOnce

MAX_SECRET = 1024


class PasswordField(serializers.CharField):
    """Never trimmed, never shown; so long a text is refused before anything is hashed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=MAX_SECRET, trim_whitespace=False, write_only=True, style={"input_type": "password"}, **kwargs
        )


class TokensOutput(BoundOnce):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer`.")
    refresh = serializers.CharField(help_text="Works once; its answer holds the next one.")
    token_type = serializers.SerializerMethodField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token ends.")
    session = serializers.UUIDField()

    def get_token_type(self, tokens: Tokens) -> str:
        return "Bearer"


class LoginOutput(TokensOutput):
    device = serializers.CharField(
        help_text="Keep it and send it at the next log-in: strangers who try passwords cannot lock this device out."
    )


class MfaRequiredOutput(BoundOnce):
    mfa_required = serializers.SerializerMethodField()
    ticket = serializers.CharField(help_text="Send it to POST login/mfa with a method and its code.")
    methods = serializers.ListField(child=serializers.CharField())
    expires_in = serializers.IntegerField(help_text="Seconds until the ticket ends.")

    def get_mfa_required(self, outcome: MfaRequired) -> bool:
        return True
