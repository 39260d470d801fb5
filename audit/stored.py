"""The trail as the database holds it, as a stream that `audit.verification` reads."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef

from audit.canonical_rows import sealed_chunks_after, waiting_pages
from audit.chain import CheckpointBody, leaf_hash
from audit.keys import TrailKeys
from audit.models import AuditLog, Checkpoint, Seal, Unsealed
from audit.personal_verification import personal_break
from audit.verification import Break, Finding, SealedEntry, SignedCheckpoint, Verdict, verify
from config.orchestrator import get_orchestrator

_CHUNK = 5000


def entries_after(position: int) -> Generator[SealedEntry, None, None]:
    """Sealed entries by position, in bounded memory."""
    with closing(sealed_chunks_after(position, _CHUNK)) as chunks:
        for rows in chunks:
            for at, content, written, chain_key in rows:
                yield SealedEntry(at, leaf_hash(content), written, chain_key)


def checkpoints_after(number: int) -> Generator[SignedCheckpoint, None, None]:
    """Signed checkpoints by number."""
    for row in Checkpoint.objects.filter(number__gt=number).order_by("number").iterator(chunk_size=_CHUNK):
        yield row.signed()


def verify_stored(
    *,
    since: int | None = None,
    anchor: CheckpointBody | None = None,
    keys: TrailKeys | None = None,
    progress: Callable[[int], None] | None = None,
) -> Verdict:
    """Verify the database's trail: whole, or after checkpoint number `since`.

    `anchor` is a checkpoint that was kept elsewhere: the trail must still contain it. A trail whose beginning retention
    cut starts at the checkpoint that the cut left, and must itself tell of it. LookupError when `since` is unknown.
    """
    try:
        return _verify(since, anchor, keys or TrailKeys(), progress)
    except (ValueError, RecursionError):  # only tampering writes it; SQLite keeps what is not of a column's type
        return Verdict(0, 0, Finding(Break.EDITED, "a row cannot be read: a value is not what its column holds"))


def _verify(
    since: int | None, anchor: CheckpointBody | None, keys: TrailKeys, progress: Callable[[int], None] | None
) -> Verdict:
    start = _start(since)
    if isinstance(start, Finding):
        return Verdict(0, 0, start)
    if start and not start.signed().holds(keys):
        detail = "the signature does not hold"
        return Verdict(0, 0, Finding(Break.CHECKPOINT, detail, checkpoint=start.number))
    body = start.body() if start else None
    with (
        closing(entries_after(body.size if body else 0)) as entries,
        closing(checkpoints_after(body.number if body else 0)) as checkpoints,
    ):
        verdict = verify(entries, checkpoints, keys, start=body, progress=progress)
    finding = verdict.finding or _anchor_break(anchor) or _unsealed_break(start.time if start and since else None, keys)
    if finding is None and since is None:
        finding = personal_break(start.time if start else None)
    return Verdict(verdict.entries, verdict.checkpoints, finding, verdict.last)


def _start(since: int | None) -> Checkpoint | Finding | None:
    """The checkpoint to begin after, None for the first entry, or why there is no honest beginning."""
    if since is not None:
        found: Checkpoint | None = Checkpoint.objects.filter(number=since).first()
        if found is None:
            raise LookupError(f"there is no checkpoint {since}")
        return found
    first: Checkpoint | None = Checkpoint.objects.order_by("number").first()
    if first is None or first.number == 1:
        return None
    from audit.retention import was_cut_at

    if was_cut_at(first.size):
        return first
    detail = f"the trail begins at checkpoint {first.number}, and no retention cut tells why"
    return Finding(Break.DELETED, detail, checkpoint=first.number)


def _anchor_break(anchor: CheckpointBody | None) -> Finding | None:
    if anchor is None:
        return None
    row = Checkpoint.objects.filter(number=anchor.number).first()
    if row is None:
        start = _start(None)
        if isinstance(start, Checkpoint) and start.number > anchor.number:
            return None  # retention cut it away
        if isinstance(start, Finding):
            return start
        detail = f"the trail no longer reaches checkpoint {anchor.number}"
        return Finding(Break.TRUNCATED, detail, checkpoint=anchor.number)
    if row.body() != anchor:
        detail = f"checkpoint {anchor.number} is another one than the one that was kept"
        return Finding(Break.FORKED, detail, checkpoint=anchor.number)
    return None


def _unsealed_break(since: datetime | None, keys: TrailKeys) -> Finding | None:
    """Entries that wait too long, that are gone while they waited, or (of those after `since`) never waited at all."""
    limit = get_orchestrator().audit_service.unsealed_alarm_seconds
    waiting = Unsealed.objects.all()
    gone = waiting.exclude(Exists(AuditLog.objects.filter(pk=OuterRef("entry_id")))).count()
    if gone:
        return Finding(Break.DELETED, f"{gone} entries that waited for their seal are gone")
    forged = _not_recorded(keys)
    if forged:
        return forged
    late = waiting.filter(entry__occurred_at__lt=datetime.now(UTC) - timedelta(seconds=limit)).count()
    if late:
        return Finding(Break.UNSEALED, f"{late} entries have waited more than {limit:g} s for their seal")
    foreign = AuditLog.objects.filter(
        ~Exists(Seal.objects.filter(entry_id=OuterRef("pk"))), ~Exists(waiting.filter(entry_id=OuterRef("pk")))
    )
    if since is not None:
        foreign = foreign.filter(occurred_at__gte=since)
    found = foreign.values_list("pk", flat=True).first()
    return Finding(Break.INSERTED, f"entry {found} has no seal and waits for none") if found else None


def _not_recorded(keys: TrailKeys) -> Finding | None:
    """The first that waits and that nobody with our keys recorded so: it will never be sealed."""
    for page in waiting_pages(_CHUNK):
        for key, content, mac in page:
            if not keys.recorded(content, mac):
                if mac is None:
                    return Finding(Break.INSERTED, f"entry {key} waits for its seal and was not recorded by us")
                return Finding(Break.EDITED, f"entry {key} waits for its seal and does not say what was recorded")
    return None
