"""What the page of an account shows below its facts, each part only to those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import (
    ApiKey,
    AuthSession,
    Consent,
    LockoutCounter,
    Passkey,
    PrivacyRequest,
    RecoveryCode,
    Role,
    TotpDevice,
    User,
)
from accounts.services.gdpr_activity import activity_of
from adminpanel.admin.entries import ENTRY_COLUMNS, entry_row
from adminpanel.admin.lockouts import told
from adminpanel.console.pages import Table, link, user_of
from adminpanel.services.lockouts import LockoutAdministration
from adminpanel.services.trail import Trail
from audit.logger import reference

_FEW = 20


def tables_of(request: HttpRequest, user: User, clear: bool) -> list[Table]:
    """In the order of the page; `clear` when personal data is revealed."""
    may = user_of(request).has_perm
    parts: tuple[tuple[str, Callable[[HttpRequest, User, bool], Table]], ...] = (
        ("accounts.view_authsession", _sessions),
        ("accounts.view_user", _factors),
        ("accounts.view_user", _failures),
        ("accounts.view_role", _roles),
        ("accounts.view_apikey", _api_keys),
        ("accounts.view_consent", _consents),
        ("accounts.view_privacyrequest", _requests),
        ("audit.view_auditlog", _activity),
    )
    return [part(request, user, clear) for permission, part in parts if may(permission)]


def session_state(session: AuthSession) -> str:
    """In a word: signed in, out of time, or why it is over."""
    if session.ended_at is not None:
        return f"ended: {session.end_reason.replace('_', ' ')}"
    return "signed in" if session.is_live(timezone.now()) else "out of time"


def key_state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at <= timezone.now() else "live"


def _sessions(request: HttpRequest, user: User, clear: bool) -> Table:
    rows = AuthSession.objects.filter(user=user).order_by("-created_at", "-pk")[:_FEW]
    columns = ["Session", "Began", "Last renewed", "Proved by", "State"]
    if clear:
        columns += ["Network address", "Program"]

    def cells(each: AuthSession) -> list[Any]:
        found = [
            link(request, AuthSession, each.pk),
            each.created_at,
            each.rotated_at,
            each.amr,
            session_state(each),
        ]
        return [*found, each.address or "–", each.agent or "–"] if clear else found

    note = f"The newest {_FEW}." + ("" if clear else " Addresses and programs show once the account is revealed.")
    return Table("Sessions", columns, [cells(each) for each in rows], "Never signed in.", note)


def _factors(request: HttpRequest, user: User, clear: bool) -> Table:
    apps = TotpDevice.objects.filter(user=user)
    rows: list[list[Any]] = [
        ["Authenticator app", each.created_at, "confirmed" if each.confirmed else "not confirmed"] for each in apps
    ]
    for key in Passkey.objects.filter(user=user).order_by("created_at"):
        name = f" “{key.name}”" if clear else ""
        used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
        rows.append([f"Passkey{name}", key.created_at, used])
    left = RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()
    if left:
        rows.append(["Recovery codes", "–", f"{left} left"])
    return Table("Second factors", ["Factor", "Since", "State"], rows, "The password alone.")


def _failures(request: HttpRequest, user: User, clear: bool) -> Table:
    rows = [
        [
            link(request, LockoutCounter, each.pk, each.key[:16]),
            each.get_kind_display() or "–",
            each.factor.replace("_", " "),
            each.failures,
            told(each),
        ]
        for each in LockoutAdministration().of(user)
    ]
    return Table("Failed attempts in a row", ["Counter", "Of", "Guessed", "Count", "State"], rows, "None.")


def _roles(request: HttpRequest, user: User, clear: bool) -> Table:
    roles = Role.objects.of(user).select_related("group")
    return Table("Roles", ["Role", "For"], [[link(request, Role, each.pk, each), each.description] for each in roles])


def _api_keys(request: HttpRequest, user: User, clear: bool) -> Table:
    rows = ApiKey.objects.filter(user=user).order_by("-created_at", "-pk")[:_FEW]
    return Table(
        "API keys",
        ["Key", "Ends in", "Scopes", "Expires", "Last used", "State"],
        [
            [
                link(request, ApiKey, each.pk),
                f"…{each.ending}",
                ", ".join(each.scopes),
                each.expires_at,
                each.last_used_at or "never",
                key_state(each),
            ]
            for each in rows
        ],
    )


def _consents(request: HttpRequest, user: User, clear: bool) -> Table:
    rows = Consent.objects.filter(user=user).order_by("-created_at")[:_FEW]
    told = [
        [each.purpose.replace("_", " "), "given" if each.given else "withdrawn", each.text_version, each.created_at]
        for each in rows
    ]
    return Table("Consents", ["For", "Decision", "Text", "When"], told, "Never asked.")


def _requests(request: HttpRequest, user: User, clear: bool) -> Table:
    rows = PrivacyRequest.objects.filter(user=user).order_by("-created_at")[:_FEW]
    return Table(
        "Requests under the GDPR",
        ["Request", "Kind", "State", "Made", "Due"],
        [
            [link(request, PrivacyRequest, each.pk), each.kind, each.state, each.created_at, each.due_at or "–"]
            for each in rows
        ],
    )


def _activity(request: HttpRequest, user: User, clear: bool) -> Table:
    entries = list(activity_of(user).defer("personal").order_by("-occurred_at", "-id")[:_FEW])
    trail = reverse("admin:audit_auditlog_changelist")
    Trail().note_reading({"activity": reference(user)}, len(entries))
    return Table(
        "Recent activity",
        ENTRY_COLUMNS,
        [entry_row(request, each) for each in entries],
        note=format_html(
            "The newest {} by or about the account; looking at them is recorded. All"
            ' <a href="{}?actor={}">by</a> and all <a href="{}?target={}">about</a> the account.',
            *(_FEW, trail, reference(user), trail, reference(user)),
        ),
    )
