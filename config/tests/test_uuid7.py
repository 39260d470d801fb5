"""Version 7 ids are what RFC 9562 says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine

from config.uuid7 import uuid7

MIDDAY = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def test_an_id_carries_version_variant_and_the_time() -> None:
    no_others = datetime(2027, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
    with time_machine.travel(no_others, tick=False):
        made = uuid7()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == no_others.timestamp() * 1000


@pytest.mark.parametrize("tick", [True, False])
def test_ids_come_in_the_order_in_which_they_are_made_also_while_the_clock_stands_or_goes_back(tick: bool) -> None:
    with time_machine.travel(MIDDAY, tick=tick) as clock:
        before = [uuid7() for _ in range(10_000)]
        clock.shift(-0.1)
        after = [uuid7() for _ in range(100)]
    assert before + after == sorted(before + after)


def test_a_clock_that_was_far_ahead_and_is_put_right_is_believed() -> None:
    with time_machine.travel(MIDDAY, tick=False) as clock:
        ahead = uuid7()
        clock.shift(-60)
        assert uuid7() < ahead


def test_threads_never_make_the_same_id() -> None:
    with time_machine.travel(MIDDAY, tick=False), ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: uuid7(), range(5000)))
    assert len({each.int >> 64 for each in made}) == 5000
