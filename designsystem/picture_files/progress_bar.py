"""How far a batch is, on one line of a terminal; silent where there is none to look."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TextIO

_BAR = 24
_CLEAR = "\r\x1b[K"


@dataclass(slots=True)
class ProgressBar:
    """`begin` and `advance` around each of `total` steps; `close` leaves a clean line behind."""

    total: int
    stream: TextIO
    done: int = 0
    label: str = ""

    def begin(self, label: str) -> None:
        self.label = label
        self.show()

    def advance(self) -> None:
        self.done += 1
        self.show()

    def show(self, within: float = 0.0) -> None:
        """Draw the bar; `within` is how much of the present step is done, 0 to 1."""
        full = int(_BAR * min(1.0, (self.done + within) / max(1, self.total)))
        line = f"[{'#' * full}{'.' * (_BAR - full)}] {self.done}/{self.total} {self.label}"
        self._write(_CLEAR + line[: max(20, shutil.get_terminal_size().columns - 1)])

    def close(self) -> None:
        self._write(_CLEAR)

    def _write(self, text: str) -> None:
        if self.stream.isatty():
            self.stream.write(text)
            self.stream.flush()
