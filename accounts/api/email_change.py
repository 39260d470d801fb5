"""POST email/change, DELETE email/change, POST email/change/confirm, POST email/change/cancel."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.api.login import OneTimeTokenInput
from accounts.api.registration import TAKEN, EmailInput
from accounts.api.step_up import RecentLogin
from accounts.services.email_change import EmailChangeService
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate


class ConfirmOutput(serializers.Serializer[Any]):
    changed = serializers.BooleanField(help_text="False while the other mailbox has not agreed yet.")


class EmailChangeViewSet(ApiViewSet):
    @operation(
        permissions=[IsAuthenticated, RecentLogin],
        rate=Rate.CREDENTIALS,
        request=EmailInput,
        responses={202: TAKEN},
        operation_id="changeEmail",
        summary="Ask to move the account to another address",
        description="Needs a recent log-in. Both mailboxes must agree; until then the old address stays.",
    )
    def create(self, request: Request) -> Response:
        EmailChangeService().ask(user_of(request), EmailInput.read(request.data)["email"])
        return Response(status=202)

    @operation(
        permissions=[IsAuthenticated],
        rate=Rate.WRITE,
        responses={204: None},
        operation_id="cancelEmailChange",
        summary="Cancel the change",
    )
    def destroy(self, request: Request) -> Response:
        EmailChangeService().cancel(user_of(request))
        return Response(status=204)


class MailedEmailChangeViewSet(ApiViewSet):
    authentication_classes = ()

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=OneTimeTokenInput,
        responses=ConfirmOutput,
        operation_id="confirmEmailChange",
        summary="Agree to the change by the token that was mailed",
    )
    def confirm(self, request: Request) -> Response:
        changed = EmailChangeService().confirm(OneTimeTokenInput.read(request.data)["token"])
        return Response({"changed": changed})

    @operation(
        permissions=[AllowAny],
        rate=Rate.CREDENTIALS,
        request=OneTimeTokenInput,
        responses={204: OpenApiResponse(description="Cancelled.")},
        operation_id="cancelEmailChangeByMail",
        summary="Cancel the change by the token that was mailed to either address",
    )
    def cancel(self, request: Request) -> Response:
        EmailChangeService().cancel_by_token(OneTimeTokenInput.read(request.data)["token"])
        return Response(status=204)
