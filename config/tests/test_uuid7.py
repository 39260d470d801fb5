"""Version 7 ids are what RFC 9562 says."""

from __future__ import annotations

import time

from config.uuid7 import uuid7


def test_an_id_carries_version_variant_and_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= after
    assert uuid7() != made
