"""POST login: address and password in, tokens out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import RefreshToken

from config.errors import DomainError, Kind


class LoginInput(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class LoginView(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(request=LoginInput, responses=TokensOutput)
    def post(self, request: Request) -> Response:
        """Sign in."""
        given = LoginInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(username=given.validated_data["email"], password=given.validated_data["password"])
        if user is None:
            raise DomainError("invalid_credentials", "The address or the password is wrong.", Kind.UNAUTHENTICATED)
        refresh = RefreshToken.for_user(user)
        return Response(TokensOutput({"access": str(refresh.access_token), "refresh": str(refresh)}).data)
