"""GET mfa; POST mfa/totp, POST mfa/totp/confirm, DELETE mfa/totp; POST mfa/recovery-codes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.phone import CodeInput
from accounts.api.step_up import BeforeSecondFactor, RecentLogin, SecondFactor
from accounts.api.token_output import TokensOutput
from accounts.services.mfa import NewRecoveryCodes, SecondFactors, renew_recovery_codes
from accounts.services.totp import TotpEnrolment, TotpService
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate

ENDS_OTHERS = "Other sessions end, the user is told by mail, and this session goes on with the tokens of the answer."


class SecondFactorsOutput(serializers.Serializer[Any]):
    needed = serializers.BooleanField(help_text="Whether this account can do nothing without a second factor.")
    methods = serializers.ListField(child=serializers.CharField(), help_text="What a log-in takes beside the password.")
    recovery_codes_left = serializers.IntegerField()


class TotpEnrolmentOutput(serializers.Serializer[TotpEnrolment]):
    secret = serializers.CharField(help_text="Base32, for typing.")
    uri = serializers.CharField(help_text="otpauth://, for apps on the same device.")
    qr_svg = serializers.CharField(help_text="The URI as a QR code, an SVG document.")


class RecoveryCodesOutput(serializers.Serializer[NewRecoveryCodes]):
    codes = serializers.ListField(child=serializers.CharField(), help_text="Each works once. They are not shown again.")
    tokens = TokensOutput()


class MfaViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, BeforeSecondFactor],
        rate=Rate.READ,
        responses=SecondFactorsOutput,
        operation_id="listSecondFactors",
        summary="The second factors of the account",
    )
    def retrieve(self, request: Request) -> Response:
        user, factors = user_of(request), SecondFactors()
        found = {
            "needed": factors.required_of(user),
            "methods": factors.methods_of(user),
            "recovery_codes_left": factors.recovery_codes.left(user),
        }
        return Response(SecondFactorsOutput(found).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses={201: TotpEnrolmentOutput},
        operation_id="enrolTotp",
        summary="Get a secret for an authenticator app",
        description="It is shown once, and counts when a code of it was confirmed within 15 minutes.",
    )
    def enrol_totp(self, request: Request) -> Response:
        return Response(TotpEnrolmentOutput(TotpService().enrol(user_of(request))).data, status=201)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=CodeInput,
        responses=TokensOutput,
        operation_id="confirmTotp",
        summary="Confirm the authenticator app with a code of it",
        description=ENDS_OTHERS,
    )
    def confirm_totp(self, request: Request) -> Response:
        given = CodeInput.read(request.data)
        return Response(TokensOutput(TotpService().confirm(user_of(request), session_of(request), given["code"])).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, SecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses=TokensOutput,
        operation_id="removeTotp",
        summary="Remove the authenticator app",
        description=ENDS_OTHERS,
    )
    def remove_totp(self, request: Request) -> Response:
        return Response(TokensOutput(TotpService().remove(user_of(request), session_of(request))).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, SecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses={201: RecoveryCodesOutput},
        operation_id="renewRecoveryCodes",
        summary="Get ten new recovery codes in place of the old ones",
        description=ENDS_OTHERS,
    )
    def renew_recovery_codes(self, request: Request) -> Response:
        made = renew_recovery_codes(user_of(request), session_of(request))
        return Response(RecoveryCodesOutput(made).data, status=201)
