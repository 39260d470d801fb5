"""How old a log-in may be for what a role lets its holders do."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.models import Role, User
from config.orchestrator import get_orchestrator
from config.services.authentication import AuthenticationConfigService


def _configuration() -> AuthenticationConfigService:
    return get_orchestrator().authentication_service


@dataclass(frozen=True, slots=True)
class StepUp:
    """Everything asks for a log-in of the last `step_up_seconds`, except to whom a role without `needs_step_up` gives
    the same: there a log-in may be as old as a session of two factors may be idle.
    """

    configuration: AuthenticationConfigService = field(default_factory=_configuration)

    def seconds_for(self, user: User, permission: str | None = None) -> int:
        """How many seconds the user's log-in may be old to use `permission` ("app.codename").

        Without one: to change anything by pages whose permission is not known beforehand.
        """
        roles = Role.objects.of(user)
        if permission is None:
            without = roles.exists() and not roles.filter(needs_step_up=True).exists()
        else:
            app, _, codename = permission.partition(".")
            without = roles.filter(
                needs_step_up=False,
                group__permissions__content_type__app_label=app,
                group__permissions__codename=codename,
            ).exists()
        lax = without and not user.is_superuser
        return self.seconds_for_pages if lax else self.configuration.step_up_seconds

    @property
    def seconds_for_pages(self) -> int:
        """How old a log-in may be to look at pages of the administration."""
        return self.configuration.session_idle_seconds_aal2
