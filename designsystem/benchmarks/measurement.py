"""What every measure of batches takes and gives, and the small pages that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import cv2
import numpy as np
from django.utils import timezone

from accounts.models import User
from config.services.model import PROJECT_ROOT
from designsystem.benchmarks.servers import Servers
from designsystem.engine.raster import Pixels
from designsystem.models import Batch
from designsystem.services.batches import BatchService, Pictures
from designsystem.services.extraction import Options, Upload

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Job:
    """`pictures` None is the number that the measure was made for; `tell` hears how far it is."""

    servers: Servers
    pictures: int | None
    workers: int
    kills: int
    redis_restarts: int
    postgres_restarts: int
    seed: int
    tell: Tell


@dataclass(frozen=True, slots=True)
class Figures:
    """`broken` are the demands that were not met, as sentences."""

    values: dict[str, Any]
    broken: tuple[str, ...] = field(default=())


def owner_of_all() -> User:
    return User.objects.create_user("benchmark@example.org", None, email_verified_at=timezone.now())


def batch_of(owner: User, draw: Callable[[int], bytes], first: int, count: int) -> Batch:
    """A batch of `count` drawn pictures, the first of them number `first`; no two are alike."""
    uploads = [Upload(f"/pictures/{n}", f"{n}.png", partial(draw, n)) for n in range(first, first + count)]
    return BatchService().create(owner, Pictures(uploads=uploads), Options(pixel_ratio=1.0))


def page(number: int) -> bytes:
    """A small page as PNG, for measures of what goes on around the engine."""
    picture = np.full((300, 400, 3), (249, 246, 244), np.uint8)
    picture[40:260, 40:360] = (255, 255, 255)
    picture[180:220, 64:184] = (number % 251, number // 251 % 251, 200)
    cv2.putText(picture, f"Screen {number}", (64, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def screen(number: int) -> bytes:
    """The sample screen, 1280 by 900 px, with one spot of its own."""
    picture = _sample().copy()
    picture[-12:-4, -12:-4] = (number % 251, number // 251 % 251, 200)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


@cache
def _sample() -> Pixels:
    read = cv2.imread(str(PROJECT_ROOT / "docs/sample/invoices.png"))
    assert read is not None
    return read.astype(np.uint8)
