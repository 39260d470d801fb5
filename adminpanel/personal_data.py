"""What the administration holds of a person: its part of the inventory."""

from __future__ import annotations

from accounts.identifiers import canonical_email
from accounts.models import User
from accounts.personal_data import Holding, PersonalDataSource
from adminpanel.models import BulkInvitation, BulkOutcome, BulkRow

_IN_THE_TRAIL = "no: activity shows them"


def _erase(user: User) -> dict[str, int]:
    """Invitations that wait for somebody who has an account already; they are few and encrypted."""
    address = canonical_email(user.email)
    waiting = [each.pk for each in BulkInvitation.objects.iterator() if canonical_email(each.email) == address]
    BulkRow.objects.filter(pk__in=waiting).update(outcome=BulkOutcome.UNCHANGED)  # no invitation: nothing is left to do
    return {"invitations": BulkInvitation.objects.filter(pk__in=waiting).delete()[0]}


ADMINISTRATION_DATA = PersonalDataSource(
    name="adminpanel",
    holdings=(
        Holding(
            "adminpanel.bulkjob",
            "acts on many accounts, by whom",
            _IN_THE_TRAIL,
            "the link goes",
            "{LOUPE_AUDIT_RETENTION_DAYS} days",
        ),
        Holding(
            "adminpanel.bulkinvitation",
            "whom a bulk job invites (encrypted)",
            "no: nobody with an account",
            "those to the person's address; others when the account is opened",
            "until the job is over, at most 7 days",
        ),
        Holding(
            "adminpanel.bulkrow",
            "which accounts, by opaque id",
            _IN_THE_TRAIL,
            "stays: the id names nobody any more",
            "with the job",
        ),
    ),
    erase=_erase,
)
