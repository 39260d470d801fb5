"""Whatever an entry holds, every database gives the bytes that the pure arithmetic spells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import given, settings, strategies

from audit.canonical_rows import sealed_after, sealed_chunks_after, waiting, waiting_pages
from audit.chain import canonical
from audit.keys import TrailKeys
from audit.models import AuditLog, Unsealed
from audit.sealer import Sealer

pytestmark = pytest.mark.django_db
# a database holds neither U+0000 nor half a surrogate pair; quotes, controls and what lies around ASCII are drawn often
_TEXTS = strategies.text(
    strategies.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | strategies.sampled_from('\\"\x1f\x7f\x80/\n\tü'),
    max_size=64,
)
_ROWS = strategies.fixed_dictionaries(
    {
        **dict.fromkeys(("action", "actor", "on_behalf_of", "target", "session", "request_id", "details"), _TEXTS),
        "occurred_at": strategies.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=strategies.just(UTC)),
        "schema_version": strategies.integers(0, 32767),
        "personal": strategies.none() | strategies.binary(max_size=40),
    }
)


@given(strategies.lists(_ROWS, min_size=1, max_size=4))
@settings(max_examples=60)
def test_the_bytes_of_stored_rows_are_the_canonical_ones(rows: list[dict[str, object]]) -> None:
    with transaction.atomic():
        written = [AuditLog(**row) for row in rows]
        for each in written:
            each.mac = TrailKeys().mac(each.canonical_bytes())
            each.save()
        expected = {each.pk: canonical(each.canonical_values()) for each in written}
        found = waiting(10)
        assert {each.key: each.content for each in found} == expected
        assert all(TrailKeys().recorded(each.content, each.mac) for each in found)
        assert sorted(each.key for page in waiting_pages(3) for each in page) == sorted(expected)
        assert [each.key for each in found] == [
            each.pk for each in sorted(written, key=lambda each: (each.occurred_at, each.pk))
        ]
        Sealer().seal()
        assert sorted(row.content for row in sealed_after(0, 10)) == sorted(expected.values())
        assert [row.position for row in sealed_after(1, 2)] == list(range(2, len(rows) + 1))[:2]
        chunks = [list(chunk) for chunk in sealed_chunks_after(0, 3)]
        assert [len(chunk) for chunk in chunks] == [3] * (len(rows) // 3) + [len(rows) % 3] * (len(rows) % 3 > 0)
        assert [row for chunk in chunks for row in chunk] == sealed_after(0, 10)
        assert not Unsealed.objects.exists()
        transaction.set_rollback(True)
