"""The trail for those who may read it: every look is itself recorded, long work has bounds that name the command."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from audit.actions import Action, Outcome
from audit.export import export
from audit.logger import AuditLogger
from audit.models import AuditLog, Checkpoint
from audit.stored import verify_stored
from audit.verification import Verdict
from config.errors import DomainError, Kind

# what one request may take: some seconds of work
MOST_EXPORTED = 50_000
MOST_VERIFIED = 100_000


@dataclass(frozen=True, slots=True)
class Verification:
    """`since` is the checkpoint number that it began after; None when it began with the first entry."""

    verdict: Verdict
    since: int | None


@dataclass(frozen=True, slots=True)
class Trail:
    audit: AuditLogger = field(default_factory=AuditLogger)
    most_exported: int = MOST_EXPORTED
    most_verified: int = MOST_VERIFIED

    def note_reading(self, filters: Mapping[str, str], count: int, target: str | AuditLog = "") -> None:
        """Somebody read `count` entries that these filters found."""
        named = [f"{name}={value}" for name, value in sorted(filters.items())]
        self.audit.record(Action.AUDIT_READ, target=target, details={"filters": named, "count": count})

    def verify(self, since: int | None = None) -> Verification:
        """Whether the trail after checkpoint `since` holds; without one, its last `most_verified` entries or so.

        DomainError for an unknown checkpoint, and TOO_LARGE for more than one request can walk.
        """
        last = Checkpoint.objects.order_by("-number").values_list("size", flat=True).first() or 0
        start = self._recent(last) if since is None else since
        covered = Checkpoint.objects.filter(number=start).values_list("size", flat=True).first() if start else 0
        if covered is None:
            raise DomainError("not_found", f"There is no checkpoint {start}.", Kind.NOT_FOUND)
        if last - covered > 2 * self.most_verified:
            message = f"Too much for one request. Run: manage.py verify_audit_chain --since {start}"
            raise DomainError("trail_too_long", message, Kind.TOO_LARGE)
        verdict = verify_stored(since=start or None)
        finding = verdict.finding
        self.audit.record(
            Action.AUDIT_VERIFIED,
            Outcome.FAILED if finding else Outcome.SUCCESS,
            details={"count": verdict.entries, **({"code": str(finding.kind)} if finding else {})},
        )
        return Verification(verdict, start or None)

    def export(self, since: datetime | None, until: datetime | None, form: str) -> bytes:
        """A zip of sealed entries with proofs, public keys and the offline verifier. No address or agent is readable in
        it: the proofs cover their ciphertext. TOO_LARGE above `most_exported` entries.
        """
        wanted = AuditLog.objects.filter(seal__isnull=False)
        if since is not None:
            wanted = wanted.filter(occurred_at__gte=since)
        if until is not None:
            wanted = wanted.filter(occurred_at__lt=until)
        if wanted[: self.most_exported + 1].count() > self.most_exported:
            message = f"More than {self.most_exported} entries. Take a shorter time, or run: manage.py export_audit"
            raise DomainError("export_too_large", message, Kind.TOO_LARGE)
        packed = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            done = export(Path(folder) / "audit", since=since, until=until, form=form)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(done.directory.iterdir()):
                    archive.write(file, f"audit/{file.name}")
        self.audit.record(Action.AUDIT_EXPORTED, details={"format": form, "count": done.entries})
        return packed.getvalue()

    def _recent(self, last: int) -> int:
        if last <= self.most_verified:
            return 0
        found = Checkpoint.objects.filter(size__gte=last - self.most_verified).order_by("number")
        return found.values_list("number", flat=True).first() or 0
