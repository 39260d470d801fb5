"""POST users/{id}/{suspend, reinstate, unlock, force-password-reset, end-sessions}: each with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.current_user import user_of
from accounts.models import User
from adminpanel.api.access import staff_with
from adminpanel.api.reason import ReasonInput
from adminpanel.api.users import AdministeredUserDetail, detail
from adminpanel.services.user_administration import UserAdministration
from config.api.operation import ApiViewSet, operation
from config.rate_limits import Rate

Handler = TypeVar("Handler", bound=Callable[..., Response])


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

    def _do(self, request: Request, id: uuid.UUID, act: Callable[[User, uuid.UUID, str], User]) -> Response:
        return Response(detail(act(user_of(request), id, ReasonInput.read(request.data)["reason"])))
