"""What the administration keeps of its own: bulk jobs with one row an account."""

from adminpanel.models.bulk import BulkAct, BulkJob, BulkOutcome, BulkRow, BulkState

__all__ = ["BulkAct", "BulkJob", "BulkOutcome", "BulkRow", "BulkState"]
