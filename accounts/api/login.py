"""POST login: address and password in, tokens out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken

from config.api.operation import ApiViewSet, operation
from config.api.serializers import Input
from config.errors import DomainError, Kind
from config.rate_limits import Rate


class LoginInput(Input):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class LoginViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=LoginInput,
        responses=TokensOutput,
        operation_id="login",
        summary="Sign in",
    )
    def login(self, request: Request) -> Response:
        given = LoginInput.read(request.data)
        user = authenticate(username=given["email"], password=given["password"])
        if user is None:
            raise DomainError("invalid_credentials", "The address or the password is wrong.", Kind.UNAUTHENTICATED)
        refresh = RefreshToken.for_user(user)
        return Response(TokensOutput({"access": str(refresh.access_token), "refresh": str(refresh)}).data)
