"""GET mfa/passkeys, POST mfa/passkeys/options, POST mfa/passkeys, PATCH and DELETE mfa/passkeys/{id}; login/passkey."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import session_of, user_of
from accounts.api.mfa import ENDS_OTHERS
from accounts.api.step_up import BeforeSecondFactor, RecentLogin, SecondFactor
from accounts.api.token_output import LoginOutput, TokensOutput
from accounts.models import Passkey
from accounts.services.passkey_ceremonies import Ceremony
from accounts.services.passkeys import PasskeyService
from config.api.filtering import ListFilter
from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input, LineField
from config.rate_limits import Rate


class CeremonyOutput(serializers.Serializer[Ceremony]):
    ceremony = serializers.UUIDField(help_text="Send it back with the credential, within five minutes. It works once.")
    public_key = serializers.DictField(help_text="`publicKey` for navigator.credentials, as JSON (WebAuthn Level 3).")


class CredentialInput(Input):
    ceremony = serializers.UUIDField()
    credential = serializers.DictField(help_text="What navigator.credentials gave, as `toJSON()` writes it.")


class PasskeyNameInput(Input):
    name = LineField(max_length=60)


class RegistrationInput(CredentialInput):
    name = LineField(max_length=60)


class PasskeyOutput(serializers.ModelSerializer[Passkey]):
    name = serializers.CharField()

    class Meta:
        model = Passkey
        fields = ("id", "name", "synced", "created_at", "last_used_at")
        read_only_fields = fields


class RegisteredOutput(serializers.Serializer[Any]):
    passkey = PasskeyOutput()
    tokens = TokensOutput()


class PasskeyFilter(ListFilter):
    synced = serializers.BooleanField(required=False, allow_null=True)


class PasskeyViewSet(ApiViewSet):
    serializer_class = PasskeyOutput
    queryset = Passkey.objects.none()

    def get_queryset(self) -> Any:
        return Passkey.objects.filter(user=user_of(self.request))

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.READ,
        filters=PasskeyFilter,
        responses=PasskeyOutput(many=True),
        operation_id="listPasskeys",
        summary="The passkeys of the account",
    )
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(PasskeyOutput(page, many=True).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses=CeremonyOutput,
        operation_id="beginPasskeyRegistration",
        summary="Get what the browser needs to make a passkey",
    )
    def options_for_registration(self, request: Request) -> Response:
        return Response(CeremonyOutput(PasskeyService().begin_registration(user_of(request), session_of(request))).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, BeforeSecondFactor],
        rate=Rate.CREDENTIALS,
        request=RegistrationInput,
        responses={201: RegisteredOutput},
        operation_id="registerPasskey",
        summary="Register the passkey that the browser made",
        description=ENDS_OTHERS,
    )
    def create(self, request: Request) -> Response:
        given = RegistrationInput.read(request.data)
        passkey, tokens = PasskeyService().register(
            user_of(request), session_of(request), given["ceremony"], given["credential"], given["name"]
        )
        return Response(RegisteredOutput({"passkey": passkey, "tokens": tokens}).data, status=201)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        request=PasskeyNameInput,
        responses=PasskeyOutput,
        operation_id="renamePasskey",
        summary="Rename a passkey",
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Response:
        given = PasskeyNameInput.read(request.data)
        return Response(PasskeyOutput(PasskeyService().rename(user_of(request), id, given["name"])).data)

    @operation(
        permissions=[IsAuthenticated, RecentLogin, SecondFactor],
        rate=Rate.CREDENTIALS,
        request=None,
        responses=TokensOutput,
        operation_id="removePasskey",
        summary="Remove a passkey",
        description=ENDS_OTHERS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> Response:
        return Response(TokensOutput(PasskeyService().remove(user_of(request), session_of(request), id)).data)


class PasskeyLoginViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=None,
        responses=CeremonyOutput,
        operation_id="beginPasskeyLogin",
        summary="Get what the browser needs to offer its passkeys",
    )
    def options_for_login(self, request: Request) -> Response:
        return Response(CeremonyOutput(PasskeyService().begin_login()).data)

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=CredentialInput,
        responses=LoginOutput,
        operation_id="loginPasskey",
        summary="Sign in with a passkey alone",
        description="The session counts as one of two factors. 401 `passkey_refused` for whatever is wrong with it.",
    )
    def login(self, request: Request) -> Response:
        given = CredentialInput.read(request.data)
        return Response(LoginOutput(PasskeyService().login(given["ceremony"], given["credential"])).data)
