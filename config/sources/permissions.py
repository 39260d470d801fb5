"""Whether a file that may hold secrets is open to everybody on the machine."""

from __future__ import annotations

import stat
from pathlib import Path


def world_readable(path: Path) -> bool:
    """Whether any user of the machine may read the file; symbolic links are followed."""
    return bool(path.stat().st_mode & stat.S_IROTH)
