"""What the service adds to the engine: POST extract of a screen from end to end, beside measuring it here."""

from __future__ import annotations

import time
from statistics import median

from designsystem.benchmarks.measurement import Figures, Job, owner_of_all, screen
from designsystem.benchmarks.web_server import WebServer
from designsystem.engine.exporters import dtcg
from designsystem.engine.extract import extract

PICTURES = 25
DEMANDED = 1.3  # times the engine alone
_WARM_UP = 3


def run(job: Job) -> Figures:
    """Every picture is another one, and is measured by both, one after the other; no cache can answer."""
    count = job.pictures or PICTURES
    owner = owner_of_all()
    alone: list[float] = []
    served: list[float] = []
    with WebServer.started(owner) as server:
        connection = server.connect()
        for number in range(_WARM_UP + count):
            content = screen(number)
            began = time.perf_counter()
            dtcg.export(extract(content, pixel_ratio=1.0).token_set)
            between = time.perf_counter()
            server.post_picture(connection, content)
            ended = time.perf_counter()
            if number >= _WARM_UP:
                alone.append(between - began)
                served.append(ended - between)
        connection.close()
    ratio = median(each / engine for each, engine in zip(served, alone, strict=True))
    values = {
        "pictures": count,
        "median_seconds_of_the_engine": round(median(alone), 4),
        "median_seconds_of_the_request": round(median(served), 4),
        "median_ratio": round(ratio, 3),
    }
    broken = (f"a request takes {ratio:.2f} times the engine: {DEMANDED} was allowed",)
    return Figures(values, broken if ratio > DEMANDED else ())
