"""One server and one worker for each instance: a lock on a file that the system gives back when the process ends."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another process holds the lock."""


def hold(path: Path, seconds: float = 1.0) -> IO[str]:
    """Lock the file for the life of the returned handle. Raises AlreadyRunning.

    Tries for a moment: somebody who only asks whether the lock is held takes it for an instant.
    """
    handle = path.open("a+")
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > deadline:
                handle.close()
                raise AlreadyRunning(str(path)) from error
            time.sleep(0.02)
        else:
            return handle


def held(path: Path) -> bool:
    """Whether somebody holds the lock."""
    try:
        hold(path, seconds=0).close()
    except AlreadyRunning:
        return True
    return False
