"""One server and one worker for each instance: a lock on a file that the system gives back when the process ends."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another process holds the lock."""


def hold(path: Path) -> IO[str]:
    """Lock the file for the life of the returned handle. Raises AlreadyRunning."""
    handle = path.open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise AlreadyRunning(str(path)) from error
    return handle


def held(path: Path) -> bool:
    """Whether somebody holds the lock."""
    try:
        hold(path).close()
    except AlreadyRunning:
        return True
    return False
