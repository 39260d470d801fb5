"""What accounts, the trail and the house hold of a person: their part of the inventory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db import models

from accounts.consent_texts import TEXTS
from accounts.models import (
    ApiKey,
    AuthSession,
    Consent,
    ConsentPurpose,
    EmailChange,
    KnownDevice,
    Passkey,
    PrivacyRequest,
    RequestKind,
    RequestState,
    Role,
    TotpDevice,
    User,
)
from accounts.personal_data import Holding, PersonalDataSource
from accounts.services.gdpr_activity import activity_of
from audit.logger import reference
from audit.models import AuditLog
from audit.personal import PersonalData
from config.models import IdempotentRequest

_WITH_ACCOUNT = "with the account"
_UNTIL_ERASURE = "as long as the account"


def holding(model: str, what: str, exported: str, erased: str = _WITH_ACCOUNT, kept: str = _UNTIL_ERASURE) -> Holding:
    return Holding(model, what, exported, erased, kept)


def fields_of(row: models.Model, *names: str) -> dict[str, Any]:
    """These values of a row, for an export."""
    return {name: getattr(row, name) for name in names}


def rows_of(queryset: Callable[[User], Iterable[Any]], *names: str) -> Callable[[User], Iterator[Mapping[str, Any]]]:
    """A section of an export: these values of every row."""
    return lambda user: (fields_of(row, *names) for row in queryset(user))


def _profile(user: User) -> Iterator[Mapping[str, Any]]:
    names = ("id", "email", "email_verified_at", "phone", "phone_verified_at", "name", "is_active", "is_staff")
    yield fields_of(user, *names, "restricted_at", "password_changed_at", "created_at")


def _activity(user: User) -> Iterator[Mapping[str, Any]]:
    for entry in activity_of(user).order_by("occurred_at", "id").iterator(1000):
        names = ("occurred_at", "action", "outcome", "actor", "target", "method", "session")
        yield {**fields_of(entry, *names), **_whence(entry, user), "details": json.loads(entry.details)}


def _whence(entry: AuditLog, user: User) -> dict[str, str | None]:
    """From where the person did it; nobody else's address."""
    opened = None
    if entry.personal is not None and entry.subject == reference(user):
        opened = PersonalData().open(entry.subject, entry.id, bytes(entry.personal))
    return {name: (opened or {}).get(name) for name in ("address", "agent")}


def _consents(user: User) -> Iterator[Mapping[str, Any]]:
    """With the words that were shown."""
    for each in Consent.objects.filter(user=user).order_by("created_at", "id"):
        shown = next(
            (text.text for text in TEXTS[ConsentPurpose(each.purpose)] if text.sha256 == each.text_sha256), None
        )
        yield {**fields_of(each, "id", "purpose", "given", "created_at", "text_version", "text_sha256"), "text": shown}


def _roles(user: User) -> Iterator[Mapping[str, Any]]:
    return ({"name": str(role), "description": role.description} for role in Role.objects.of(user))


def _erase(user: User) -> dict[str, int]:
    requests = PrivacyRequest.objects.filter(user=user)
    exports = list(requests.filter(kind=RequestKind.EXPORT))
    for each in exports:
        each.delete()
    requests.exclude(state=RequestState.PENDING).delete()  # what waits is the erasure that is happening
    principals = [f"user:{user.pk}", *(f"apikey:{key}" for key in user.api_keys.values_list("pk", flat=True))]
    IdempotentRequest.objects.of(principals).delete()
    return {
        "exports": len(exports),
        "sessions": AuthSession.objects.filter(user=user).count(),
        "api_keys": ApiKey.objects.filter(user=user).count(),
        "consents": Consent.objects.filter(user=user).count(),
    }


ACCOUNT_DATA = PersonalDataSource(
    name="accounts",
    holdings=(
        holding("accounts.user", "address, number, name (encrypted), state", "profile"),
        holding("accounts.blindindex", "keyed digests of address and number", "no: digests of what profile shows"),
        holding(
            "accounts.authsession",
            "sessions with network address and program",
            "sessions",
            kept="{LOUPE_PRIVACY_SESSION_DAYS} days after the end",
        ),
        holding(
            "accounts.knowndevice",
            "digests of devices that signed in",
            "devices",
            kept="{LOUPE_PRIVACY_DEVICE_DAYS} days, and while it has a session",
        ),
        holding(
            "accounts.emailchange", "a change of address under way", "email_changes", kept="until the links expire"
        ),
        holding(
            "accounts.onetimetoken",
            "digests of mailed links and codes",
            "no: secrets",
            kept="{LOUPE_PRIVACY_ONE_TIME_TOKEN_DAYS} days after expiry",
        ),
        holding(
            "accounts.outboxmessage", "mails that wait", "no: gone in minutes", "those to the person", "until sent"
        ),
        holding(
            "accounts.apikey",
            "names, scopes, networks, last use of keys",
            "api_keys",
            kept="{LOUPE_PRIVACY_API_KEY_DAYS} days after the end",
        ),
        holding("accounts.totpdevice", "that there is an authenticator app; its seed, encrypted", "authenticator_apps"),
        holding("accounts.recoverycode", "digests of recovery codes", "no: secrets"),
        holding("accounts.passkey", "names (encrypted), public keys and last use of passkeys", "passkeys"),
        holding(
            "accounts.passkeyceremony", "challenges that wait for a passkey", "no: random numbers", kept="5 minutes"
        ),
        holding("accounts.consent", "consents given and withdrawn", "consents"),
        holding(
            "accounts.privacyrequest",
            "what was asked for; the files of exports, encrypted",
            "privacy_requests",
            "exports go; an erasure stays as a receipt without the person",
            "files {LOUPE_PRIVACY_EXPORT_DAYS} days, requests with the account, "
            "receipts {LOUPE_PRIVACY_RECEIPT_DAYS} days",
        ),
        holding(
            "accounts.approval",
            "what an owner asked another owner to agree to",
            "no: activity shows it",
            kept="{LOUPE_PRIVACY_APPROVAL_DAYS} days after it expires",
        ),
        holding("auth.group", "roles that the person holds", "roles", "membership goes", "the role stays"),
        holding("admin.logentry", "changes made in the administration", "no: the trail has them in activity"),
        holding("sessions.session", "the id of whoever uses the administration", "no: an id", "expires", "2 weeks"),
        holding("guardian.userobjectpermission", "unused: grants have tables of their own", "no: empty"),
        holding(
            "audit.auditlog",
            "what the person did, under an opaque id; addresses under a key of their own",
            "activity",
            "the key is destroyed, so nobody can read addresses any more; entries stay and the chain verifies",
            "{LOUPE_AUDIT_RETENTION_DAYS} days",
        ),
        holding("audit.subjectkey", "the key of the person's part of the trail", "no: a secret", "destroyed"),
        holding(
            "audit.changeentry",
            "what changed in an account, by field",
            "no: activity shows them",
            kept="{LOUPE_AUDIT_RETENTION_DAYS} days",
        ),
        holding("config.idempotentrequest", "answers that may be asked for again", "no: copies", "at once", "24 hours"),
    ),
    sections={
        "profile": _profile,
        "sessions": rows_of(
            lambda user: AuthSession.objects.filter(user=user).order_by("created_at"),
            *(
                "id",
                "created_at",
                "rotated_at",
                "expires_at",
                "ended_at",
                "end_reason",
                "amr",
                "aal",
                "address",
                "agent",
            ),
        ),
        "devices": rows_of(lambda user: KnownDevice.objects.filter(user=user), "id", "created_at"),
        "email_changes": rows_of(lambda user: EmailChange.objects.filter(user=user), "new_email", "created_at"),
        "api_keys": rows_of(
            lambda user: ApiKey.objects.filter(user=user).order_by("created_at"),
            *("id", "name", "ending", "scopes", "networks", "created_at", "expires_at", "last_used_at", "revoked_at"),
        ),
        "authenticator_apps": rows_of(lambda user: TotpDevice.objects.filter(user=user), "created_at"),
        "passkeys": rows_of(
            lambda user: Passkey.objects.filter(user=user).order_by("created_at"),
            *("id", "name", "synced", "created_at", "last_used_at"),
        ),
        "consents": _consents,
        "privacy_requests": rows_of(
            lambda user: PrivacyRequest.objects.filter(user=user).order_by("created_at"),
            *("id", "kind", "state", "created_at", "due_at", "finished_at"),
        ),
        "roles": _roles,
        "activity": _activity,
    },
    erase=_erase,
)
