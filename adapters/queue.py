"""Wake-ups for the worker, through a small file of huey's. Nothing is lost with it: what is to do are rows of the
database, which the worker sweeps when it is woken, and once a minute in any case."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@cache
def queue(path: Path) -> Any:
    """The huey of one instance."""
    from huey import SqliteHuey

    return SqliteHuey("tablee", filename=str(path), journal_mode="delete", results=False, timeout=5)


def wake(path: Path) -> None:
    """Ask the worker to look. Never raises: the sweep of the minute would find the row too."""
    try:
        _task(queue(path))()
    except Exception as error:
        log.warning("the worker could not be woken: %s", error)


def _task(huey: Any, sweep: Callable[[], None] | None = None) -> Any:
    """The task that a wake-up names. huey finds it by the module and the name of its function, so that function is
    one of this module in whoever wakes and in the worker."""

    def look() -> None:
        if sweep:
            sweep()

    if "sweep" not in huey.__dict__:
        huey.sweep = huey.task(name="sweep")(look)
    return huey.sweep


def consume(path: Path, sweep: Callable[[], None]) -> None:
    """Run the worker until SIGTERM or Ctrl-C: one thread, `sweep()` at each wake-up, at start and every minute."""
    from huey import crontab

    huey = queue(path)
    huey.storage.flush_queue()
    _task(huey, sweep)
    huey.periodic_task(crontab(minute="*"), name="tick")(sweep)
    sweep()
    huey.create_consumer(workers=1, periodic=True, initial_delay=0.1, backoff=1.15, max_delay=1.0).run()
