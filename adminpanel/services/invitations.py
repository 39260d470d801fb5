"""Inviting many people by a list: read whole or refused with every bad line named; an account each, and a mail."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.identifiers import canonical_email
from accounts.mails import MailName
from accounts.models import Identifier, Purpose, User
from accounts.services.one_time_tokens import OneTimeTokens, valid_for
from accounts.services.outbox import Outbox
from adminpanel.models import BulkInvitation, BulkJob, BulkOutcome, BulkRow
from config.api.serializers import is_line
from config.errors import DomainError, FieldError, Kind
from config.orchestrator import get_orchestrator
from config.uuid7 import uuid7

MAX_INVITATIONS = 10_000
_COLUMNS = {"email", "name"}
_NAMED = 20  # of the bad lines
_MAX_NAME = 200
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Invitee:
    email: str
    name: str | None


def read_invitees(text: str) -> list[Invitee]:
    """The people of a CSV text (RFC 4180; also with semicolons) with the columns email and, if wanted, name.

    DomainError names the first bad lines. Two spellings of one address are one address.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    heading = lines[0] if lines else ""
    rows = csv.reader(lines, delimiter=";" if ";" in heading else ",", strict=True)
    try:
        columns = [each.strip().lower() for each in next(rows, [])]
        if "email" not in columns or set(columns) - _COLUMNS or len(set(columns)) < len(columns):
            raise _refused([FieldError("/csv", "columns", "The first line names the columns: email, name.")])
        found = list(_people(columns, ((rows.line_num, row) for row in rows if row)))
    except csv.Error:
        raise _refused([FieldError("/csv", "malformed", f"Line {rows.line_num} is no CSV.")]) from None
    errors = [each for each in found if isinstance(each, FieldError)]
    if errors:
        raise _refused(errors)
    people = [each for each in found if isinstance(each, Invitee)]
    if not people or len(people) > MAX_INVITATIONS:
        detail = f"Between 1 and {MAX_INVITATIONS:,} people."
        raise _refused([FieldError("/csv", "count", detail)])
    return people


def add_rows(job: BulkJob, people: Collection[Invitee]) -> None:
    """A row for each; who has an account is expected to stay as they are."""
    accounts = _accounts(people)
    rows, invitations = [], []
    for each in people:
        known = accounts.get(canonical_email(each.email))
        expected = BulkOutcome.UNCHANGED if known else BulkOutcome.CHANGED
        row = BulkRow(job=job, user_id=known or uuid7(), expected=expected)
        rows.append(row)
        invitations.append(BulkInvitation(row=row, email=each.email, name=each.name))
    BulkRow.objects.bulk_create(rows, batch_size=_AT_ONCE)
    BulkInvitation.objects.bulk_create(invitations, batch_size=_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Inviter:
    tokens: OneTimeTokens = field(default_factory=OneTimeTokens)
    outbox: Outbox = field(default_factory=Outbox)

    def invite(self, rows: Iterable[int]) -> dict[UUID, BulkOutcome]:
        """Open an account for each row and mail a link to a password; outcomes by the id of the row's account."""
        outcomes = {}
        waiting = BulkInvitation.objects.filter(row__in=list(rows)).select_related("row")
        for each in waiting:
            outcomes[each.row.user_id] = self._one(each)
        waiting.delete()
        return outcomes

    def _one(self, invitation: BulkInvitation) -> BulkOutcome:
        try:
            with transaction.atomic():
                fields = {"pk": invitation.row.user_id, "name": invitation.name}
                user = User.objects.create_user(invitation.email, None, **fields)
        except IntegrityError:  # an account by now
            return BulkOutcome.UNCHANGED
        seconds = get_orchestrator().authentication_service.invitation_seconds
        token = self.tokens.issue(user, Purpose.RESET_PASSWORD, seconds)
        self.outbox.mail(MailName.INVITED, user.email, token, valid_for=valid_for(seconds))
        return BulkOutcome.CHANGED


def _people(columns: list[str], rows: Iterable[tuple[int, list[str]]]) -> Iterator[Invitee | FieldError]:
    seen: dict[str, int] = {}
    for line, row in rows:
        values = dict(zip(columns, (each.strip() for each in row), strict=False))
        problem = None if len(row) == len(columns) else f"has {len(row)} values and not {len(columns)}"
        try:
            address = canonical_email(values.get("email", ""))
        except ValueError:
            problem = problem or "has no valid e-mail address"
        else:
            if address in seen:
                problem = problem or f"has the address of line {seen[address]}"
            seen.setdefault(address, line)
        name = values.get("name") or None
        if name and (len(name) > _MAX_NAME or not is_line(name)):
            problem = problem or "has a name that is too long or has control characters"
        yield FieldError("/csv", "line", f"Line {line} {problem}.") if problem else Invitee(values["email"], name)


def _accounts(people: Iterable[Invitee]) -> dict[str, UUID]:
    """The accounts there are already, by canonical address."""
    return User.objects.keys_by_identifier(Identifier.EMAIL, [canonical_email(each.email) for each in people])


def _refused(errors: list[FieldError]) -> DomainError:
    more = f" and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
    return DomainError(
        "invalid_list", f"The list has bad lines{more}; nobody was invited.", Kind.INVALID, errors=errors[:_NAMED]
    )
