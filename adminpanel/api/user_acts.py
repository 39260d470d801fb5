"""POST users/{id}/{suspend, reinstate, unlock, …, reset-mfa, erase} and PUT users/{id}/roles: each with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import User
from accounts.services.roles import ASSIGN
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonInput
from adminpanel.api.users import AdministeredUserDetail, detail
from adminpanel.services.user_administration import ERASE, UserAdministration
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate

Handler = TypeVar("Handler", bound=Callable[..., Response])


class UserRoles(ReasonInput):
    roles = serializers.ListField(
        child=serializers.CharField(max_length=150), max_length=50, help_text="Names; an empty list takes them all."
    )


def _act(permission: str, operation_id: str, summary: str) -> Callable[[Handler], Handler]:
    return operation(
        permissions=staff_with(permission),
        rate=Rate.WRITE,
        request=ReasonInput,
        responses=AdministeredUserDetail,
        operation_id=operation_id,
        summary=summary,
    )


class UserActViewSet(ApiViewSet):
    @_act("accounts.suspend_user", "adminSuspendUser", "Suspend: every credential dies at once")
    def suspend(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().suspend)

    @_act("accounts.suspend_user", "adminReinstateUser", "Let a suspended account in again")
    def reinstate(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().reinstate)

    @_act("accounts.unlock_user", "adminUnlockUser", "Forget the failed attempts of an account")
    def unlock(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().unlock)

    @_act("accounts.force_password_reset", "adminForcePasswordReset", "Void the password and mail a link to a new one")
    def force_password_reset(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().force_password_reset)

    @_act("accounts.end_sessions", "adminEndSessions", "Sign an account out everywhere")
    def end_sessions(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().end_sessions)

    @_act("accounts.reset_mfa", "adminResetMfa", "Remove every second factor and end everything that was issued")
    def reset_mfa(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().reset_mfa)

    @_act(ERASE, "adminEraseUser", "Erase the account after the grace period; the person is told and can cancel")
    def erase(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().erase)

    @_act(ERASE, "adminCancelErasure", "Keep an account whose erasure waits")
    def cancel_erasure(self, request: Request, id: uuid.UUID) -> Response:
        return self._do(request, id, UserAdministration().cancel_erasure)

    @operation(
        permissions=staff_with(ASSIGN),
        rate=Rate.WRITE,
        request=UserRoles,
        responses=AdministeredUserDetail,
        operation_id="adminSetUserRoles",
        summary="Give the account exactly these roles",
    )
    def set_roles(self, request: Request, id: uuid.UUID) -> Response:
        given = UserRoles.read(request.data)
        return Response(detail(UserAdministration().set_roles(user_of(request), id, given["roles"], given["reason"])))

    def _do(self, request: Request, id: uuid.UUID, act: Callable[[User, uuid.UUID, str], User]) -> Response:
        return Response(detail(act(user_of(request), id, ReasonInput.read(request.data)["reason"])))
