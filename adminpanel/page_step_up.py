"""What changes something asks for a recent log-in first, and goes on with what was entered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse

from accounts.services.step_up import StepUp
from adminpanel import page_session
from adminpanel.sign_in import ProofForm

View = Callable[..., HttpResponse]
_EXEMPT = "without_step_up"
_SAFE = ("GET", "HEAD", "OPTIONS")
_AFTERWARDS = "proof_afterwards"  # set where the entries could not be carried along, as with a file


def without_step_up(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view whose POST changes nothing, such as a search by what must not stand in an address."""
    setattr(view, _EXEMPT, True)
    return view


def stepping_up(site: AdminSite, view: View) -> View:
    """The view of the site, with a page that asks for a new proof before what is not safe (RFC 9110, 9.2.1)."""
    if getattr(view, _EXEMPT, False):
        return view

    @wraps(view)
    def stepped_up(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refusal = None if request.method in _SAFE else _refusal(site, request)
        return refusal or view(request, *args, **kwargs)

    return stepped_up


def _refusal(site: AdminSite, request: HttpRequest) -> HttpResponse | None:
    session = page_session.session_of(request)
    assert session is not None  # the site's `has_permission` found it
    if not request.POST.keys() & ProofForm.base_fields.keys():
        recent = page_session.logged_in_within(session, StepUp().seconds_for(session.user))
        return None if recent else _asked_again(site, request, ProofForm(session))
    form = ProofForm(session, request.POST)
    if not form.is_valid():
        return _asked_again(site, request, form)
    page_session.proved_again(request)
    if _AFTERWARDS in request.POST:
        return HttpResponseRedirect(request.get_full_path())
    request.POST = cast(Any, _entered(request))
    return None


def _asked_again(site: AdminSite, request: HttpRequest, form: ProofForm) -> HttpResponse:
    entered = _entered(request)
    shown = {
        **site.each_context(request),
        "title": "Prove again who you are",
        "form": form,
        "carried": [(name, value) for name, values in entered.lists() for value in values],
        "afterwards": _AFTERWARDS if request.FILES or _AFTERWARDS in request.POST else "",
    }
    return TemplateResponse(request, "adminpanel/prove_again.html", shown, status=403)


def _entered(request: HttpRequest) -> QueryDict:
    """What the form of the page sent, without the proof."""
    entered = request.POST.copy()
    for name in (*ProofForm.base_fields, _AFTERWARDS, "csrfmiddlewaretoken"):
        entered.pop(name, None)
    return entered
