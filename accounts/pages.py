"""The pages that links in mails lead to. They hold no secret: the token is in the fragment, which no server sees."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.services.password_policy import MAX_LENGTH, PasswordPolicy


@dataclass(frozen=True, slots=True)
class Page:
    """One form over one operation of the API. Only its button acts, because mail scanners open links."""

    title: str
    lead: str
    button: str
    endpoint: str
    done: str
    asks: str = ""
    needs_token: bool = True


PAGES: dict[str, Page] = {
    "verify-email": Page(
        "Confirm your e-mail address",
        "Press the button to confirm that this address is yours.",
        "Confirm",
        "/api/auth/verify/email",
        "The address is confirmed. You can sign in now.",
    ),
    "forgot-password": Page(
        "Ask for a new password",
        "We send a link to the address of your account.",
        "Send the link",
        "/api/auth/password/forgot",
        "If there is an account with this address, a mail is on its way.",
        asks="email",
        needs_token=False,
    ),
    "reset-password": Page(
        "Set a new password",
        "A few words in a row are long and easy to keep. Every session ends when you set it.",
        "Set the password",
        "/api/auth/password/reset",
        "The password is set. You can sign in with it now.",
        asks="password",
    ),
    "unlock": Page(
        "Unlock your account",
        "Press the button to unlock the account. The password stays as it is.",
        "Unlock",
        "/api/auth/unlock",
        "The account is unlocked.",
    ),
    "confirm-email-change": Page(
        "Agree to the new e-mail address",
        "The account moves when the old and the new address have both agreed.",
        "Agree",
        "/api/auth/email/change/confirm",
        "Thank you. The address changes as soon as both mailboxes have agreed.",
    ),
    "cancel-email-change": Page(
        "Cancel the new e-mail address",
        "Press the button and the account keeps its address.",
        "Cancel the change",
        "/api/auth/email/change/cancel",
        "The change is cancelled.",
    ),
    "keep-account": Page(
        "Keep your account",
        "Your account is going to be erased. Press the button to keep it and everything in it.",
        "Keep my account",
        "/api/auth/gdpr/erasure/cancel",
        "Your account stays. If it was not you who asked to erase it, set a new password now.",
    ),
}


@require_safe
def account_page(request: HttpRequest, name: str) -> HttpResponse:
    """The page of this name; 404 for any other."""
    page = PAGES.get(name)
    if page is None:
        raise Http404
    # the same for everybody: only who has proved the token learns whether more is asked
    shortest = PasswordPolicy().shortest(second_factor=True)
    context = {"page": page, "min_length": shortest, "max_length": MAX_LENGTH}
    response = render(request, "accounts/page.html", context)
    response["Cache-Control"] = "no-store"
    return response
