"""What the administration holds of a person: its part of the inventory."""

from __future__ import annotations

from accounts.personal_data import Holding, PersonalDataSource

_IN_THE_TRAIL = "no: activity shows them"

ADMINISTRATION_DATA = PersonalDataSource(
    name="adminpanel",
    holdings=(
        Holding(
            "adminpanel.bulkjob", "acts on many accounts, by whom", _IN_THE_TRAIL, "the link goes", "with the trail"
        ),
        Holding(
            "adminpanel.bulkinvitation",
            "whom a bulk job invites (encrypted)",
            "no: nobody with an account",
            "goes when the account is opened",
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
)
