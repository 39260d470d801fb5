"""Inviting many people by a list: read whole or refused with every bad line named; an account each, and a mail."""

from __future__ import annotations

import csv
import io
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
_FORMULA = ("=", "+", "-", "@")  # what a cell begins with that is run when a list is opened (CWE-1236)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Invitee:
    email: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list, by its number from 1: somebody to invite, or what is wrong with it."""

    number: int
    invitee: Invitee | None
    problem: str = ""


def read_lines(text: str) -> list[Line]:
    """Every line with somebody on it of a CSV text (RFC 4180, a line each; also with semicolons) with the columns email
    and, if wanted, name. Two spellings of one address are one address.

    DomainError for what is wrong with the text as a whole: its heading, or how many lines it has.
    """
    numbered = enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=None), start=1)
    filled = [(number, line.rstrip("\n")) for number, line in numbered if line.strip()]
    heading = filled[0][1] if filled and filled[0][0] == 1 else ""
    delimiter = ";" if ";" in heading else ","
    columns = [each.strip().lower() for each in _values(heading, delimiter) or ()]
    if "email" not in columns or set(columns) - _COLUMNS or len(set(columns)) < len(columns):
        raise _refused([FieldError("/csv", "columns", "The first line names the columns: email, name.")])
    if not 1 <= len(filled) - 1 <= MAX_INVITATIONS:
        raise _refused([FieldError("/csv", "count", f"Between 1 and {MAX_INVITATIONS:,} people.")])
    return list(_read(columns, delimiter, filled[1:]))


def read_invitees(text: str) -> list[Invitee]:
    """The people of a list, none of whose lines is bad; DomainError names the first bad lines."""
    lines = read_lines(text)
    errors = [FieldError("/csv", "line", f"Line {each.number} {each.problem}.") for each in lines if each.problem]
    if errors:
        raise _refused(errors)
    return [each.invitee for each in lines if each.invitee]


def with_accounts(lines: Collection[Line]) -> set[int]:
    """The numbers of the lines whose people have an account already: they are left alone."""
    people = [each.invitee for each in lines if each.invitee]
    accounts = _accounts(people)
    return {each.number for each in lines if each.invitee and canonical_email(each.invitee.email) in accounts}


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
        waiting = BulkInvitation.objects.filter(row__in=list(rows)).select_related("row")
        opened = {each.row.user_id: _open(each) for each in waiting}
        invited = [user for user in opened.values() if user]
        seconds = get_orchestrator().authentication_service.invitation_seconds
        tokens = self.tokens.issue_many(invited, Purpose.RESET_PASSWORD, seconds)
        letters = [(user.email, tokens[user.pk]) for user in invited]
        self.outbox.mail_many(MailName.INVITED, letters, valid_for=valid_for(seconds))
        waiting.delete()
        return {key: BulkOutcome.CHANGED if user else BulkOutcome.UNCHANGED for key, user in opened.items()}


def _open(invitation: BulkInvitation) -> User | None:
    """None when there is an account by now."""
    try:
        with transaction.atomic():
            fields = {"pk": invitation.row.user_id, "name": invitation.name}
            return User.objects.create_user(invitation.email, None, **fields)
    except IntegrityError:
        return None


def _read(columns: list[str], delimiter: str, lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for number, line in lines:
        row = _values(line, delimiter)
        if row is None:
            yield Line(number, None, "is no CSV")
            continue
        values = dict(zip(columns, (each.strip() for each in row), strict=False))
        address, name = values.get("email", ""), values.get("name") or None
        problem = "" if len(row) == len(columns) else f"has {len(row)} values and not {len(columns)}"
        problem = problem or _wrong_address(address, number, seen) or _wrong_name(name)
        yield Line(number, None if problem else Invitee(address, name), problem)


def _values(line: str, delimiter: str) -> list[str] | None:
    """None when the line is no CSV, such as one whose quotes do not close."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _wrong_address(address: str, number: int, seen: dict[str, int]) -> str:
    try:
        canonical = canonical_email(address)
    except ValueError:
        return "has no valid e-mail address"
    first = seen.setdefault(canonical, number)
    return "" if first == number else f"has the address of line {first}"


def _wrong_name(name: str | None) -> str:
    if name and (len(name) > _MAX_NAME or not is_line(name)):
        return "has a name that is too long or has control characters"
    if name and name.startswith(_FORMULA):
        return "has a name that a spreadsheet takes for a formula"
    return ""


def _accounts(people: Iterable[Invitee]) -> dict[str, UUID]:
    """The accounts there are already, by canonical address."""
    return User.objects.keys_by_identifier(Identifier.EMAIL, [canonical_email(each.email) for each in people])


def _refused(errors: list[FieldError]) -> DomainError:
    more = f" and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
    return DomainError(
        "invalid_list", f"The list has bad lines{more}; nobody was invited.", Kind.INVALID, errors=errors[:_NAMED]
    )
