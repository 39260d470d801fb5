"""The command line's last word: a database that is away, a full disk, a closed pipe or Ctrl-C is one line and an exit
code of its own, and no traceback.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

FAILED = 1
NOT_WRITTEN = 2  # never 0, and not the 1 by which a check says that it found something
_SIGNALLED = 128  # how a shell tells of a signal
INTERRUPTED, PIPE_CLOSED = _SIGNALLED + 2, _SIGNALLED + 13

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run(arguments: Sequence[str]) -> int:
    """Run a management command; its exit code. With --traceback errors come as they are."""
    try:
        code = _run(arguments)
        sys.stdout.flush()  # now: at exit nobody could say that it failed
    except KeyboardInterrupt:
        return _ended(INTERRUPTED, "Stopped.")
    except BrokenPipeError:
        return _ended(PIPE_CLOSED)
    except Exception as error:
        told = _explained(error)
        if told is None or "--traceback" in arguments:
            raise
        return _ended(*told)
    return code


def _run(arguments: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line  # a second, in which Ctrl-C is heard as well

    try:
        execute_from_command_line(list(arguments))
    except SystemExit as ended:
        if isinstance(ended.code, str):
            return _ended(FAILED, ended.code)
        return ended.code or 0
    return 0


def _explained(error: Exception) -> tuple[int, str] | None:
    """The exit code and a sentence for what an operator can mend; None for a defect of ours."""
    from django.db import InterfaceError, OperationalError, ProgrammingError

    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return NOT_WRITTEN, f"Cannot write: {error.strerror}."
    if isinstance(error, (OperationalError, ProgrammingError, InterfaceError)):
        said = str(error).strip().splitlines()[:1]
        told = said[0] if said else type(error).__name__
        return FAILED, f"The database: {told}. Is it up, and are its tables there (manage.py migrate)?"
    return None


def _ended(code: int, told: str = "") -> int:
    """Say why, where somebody may still read it, and leave nothing that the interpreter would fail to write at exit."""
    with contextlib.suppress(OSError):
        if told:
            print(told, file=sys.stderr, flush=True)
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):  # a stream that is no file needs no care
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    return code
