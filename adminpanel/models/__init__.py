"""What the administration keeps of its own: bulk jobs with one row an account, and figures of what happened."""

from adminpanel.models.bulk import BulkAct, BulkInvitation, BulkJob, BulkOutcome, BulkRow, BulkState
from adminpanel.models.figure import Figure, Grain, RollUp

__all__ = ["BulkAct", "BulkInvitation", "BulkJob", "BulkOutcome", "BulkRow", "BulkState", "Figure", "Grain", "RollUp"]
