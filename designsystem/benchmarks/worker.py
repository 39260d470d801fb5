"""One measurement in a process of its own, on one thread: a job as JSON on standard input, its figures on the output.

A fresh process, because peak memory and import time cannot be measured twice in one; one thread, because a figure
that depends on the number of cores cannot be compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
_ROOT = Path(__file__).resolve().parents[2]


class WorkerError(RuntimeError):
    """The process that measures ended without figures; the message is the end of what it said."""


def run_worker(job: Json) -> Json:
    """The figures of `job`: {"picture": path, "pixel_ratio": number or null, "repeat": n, "tokens": path or null}.

    Gives import_seconds, seconds and cpu_seconds (one each run: decode, extract, all exports), the stages' seconds of
    the last run, peak_bytes, pixel_ratio, width, height and tokens. On a busy machine only the seconds of the processor
    can be compared. WorkerError when the picture cannot be measured.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module, the job goes by standard input
        [sys.executable, "-m", __name__],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env={**os.environ, **ONE_THREAD},
        check=False,
    )
    if done.returncode != 0:
        raise WorkerError((done.stderr.strip().splitlines() or ["no message"])[-1])
    figures: Json = json.loads(done.stdout)
    return figures


def _measure(job: Json) -> Json:
    started = time.perf_counter()
    from designsystem.engine.exporters.registry import EXPORTERS
    from designsystem.engine.extract import extract

    import_seconds = time.perf_counter() - started

    import cv2

    cv2.setNumThreads(1)
    content = Path(job["picture"]).read_bytes()
    seconds, cpu_seconds = [], []
    for _ in range(job["repeat"]):
        started, cpu_started = time.perf_counter(), time.process_time()
        found = extract(content, pixel_ratio=job["pixel_ratio"])
        exports = {name: exporter.export(found.token_set) for name, exporter in EXPORTERS.items()}
        seconds.append(time.perf_counter() - started)
        cpu_seconds.append(time.process_time() - cpu_started)
    if job["tokens"] is not None:
        Path(job["tokens"]).write_text(exports["dtcg"], encoding="utf-8")
    token_set = found.token_set
    return {
        "import_seconds": import_seconds,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "stages": {stage.value: spent for stage, spent in found.timings.items()},
        "peak_bytes": _peak_bytes(),
        "pixel_ratio": token_set.source.pixel_ratio,
        "width": token_set.source.width,
        "height": token_set.source.height,
        "tokens": len(token_set.tokens),
    }


def _peak_bytes() -> int | None:
    """The most memory this process ever held; None where the system does not say.

    Not getrusage: on Linux its figure is never below the parent's, which started this process by vfork.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(peak) * 1024 if peak else None


if __name__ == "__main__":
    json.dump(_measure(json.load(sys.stdin)), sys.stdout)
