"""The session behind the pages: the cookie leads to a session as the API has them, with the same ends."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import AuthSession, User
from accounts.services.logout import LogoutService
from accounts.services.session import SessionManager
from accounts.services.step_up import StepUp
from audit import context

_KEY = "auth_session"
_AAL2 = 2  # NIST SP 800-63B-4
_FOUND = "_auth_session"


def begin(user: User, methods: Sequence[str]) -> UUID:
    """A session of two factors; DomainError for an account that may not have one. `keep` puts it into the cookie's."""
    return SessionManager().start(user, methods, aal=_AAL2).session


def keep(request: HttpRequest, session_id: UUID) -> None:
    """The cookie leads to this session from now on; call it after Django's log-in, which gives a new cookie."""
    request.session[_KEY] = str(session_id)
    _from_now_on(request)


def proved_again(request: HttpRequest) -> None:
    """The session goes on under a new cookie."""
    request.session.cycle_key()
    _from_now_on(request)


def session_of(request: HttpRequest) -> AuthSession | None:
    """The session of two factors of whoever is signed in, None when it is over; read once a request."""
    if not hasattr(request, _FOUND):
        setattr(request, _FOUND, _read(request))
    found: AuthSession | None = getattr(request, _FOUND)
    return found


def logged_in_within(session: AuthSession, seconds: int) -> bool:
    """Whether the user proved who they are at most so long ago."""
    return (timezone.now() - session.auth_time).total_seconds() <= seconds


def end(request: HttpRequest) -> None:
    """Sign out here."""
    session = session_of(request)
    if session is not None:
        LogoutService().end_own(session.user, session.pk)


def _from_now_on(request: HttpRequest) -> None:
    request.session.set_expiry(StepUp().seconds_for_pages)
    if hasattr(request, _FOUND):
        delattr(request, _FOUND)


def _read(request: HttpRequest) -> AuthSession | None:
    named = request.session.get(_KEY)
    if named is None or not isinstance(request.user, User):
        return None
    session = AuthSession.objects.select_related("user").filter(pk=named, user=request.user, aal__gte=_AAL2).first()
    if session is None or not session.may_act(timezone.now()):
        return None
    context.amend(session=str(session.pk), method=session.amr)
    return session
