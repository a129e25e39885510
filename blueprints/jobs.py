"""The table of the worker: which function does a kind of job, and the sweep over what is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app

from adapters import queue
from models.deliveries import Job, adopt_orphans, next_job
from models.store import db, now, writing

log = logging.getLogger(__name__)
Work = Callable[[Job], None]
JOBS: dict[str, Work] = {}
SWEEPS: list[Callable[[], None]] = []


def does(kind: str) -> Callable[[Work], Work]:
    """This function does jobs of this kind. It gets the row, opens writing() itself, and raises to fail."""

    def register(work: Work) -> Work:
        JOBS[kind] = work
        return work

    return register


def swept(work: Callable[[], None]) -> Callable[[], None]:
    """This function runs at every sweep (mails that are due, rules of retention)."""
    SWEEPS.append(work)
    return work


def wake_file() -> Path:
    return Path(current_app.config["INSTANCE"]) / "wake.db"


def wake() -> None:
    """Tell the worker that there is something to do; call it after the commit."""
    queue.wake(wake_file())


def progress(job_id: str, done: int, total: int, label: str) -> None:
    """Say how far a job is, for the page that shows it."""
    with writing():
        row = db.session.get_one(Job, job_id)
        row.done, row.total, row.label = done, total, label[:200]


def run_one() -> bool:
    """Do the oldest job that waits; False when there is none. A job that fails says so in its row."""
    with writing():
        row = next_job()
        job_id = row.id if row else None
    if job_id is None:
        return False
    error: Any = None
    try:
        job = db.session.get_one(Job, job_id)
        JOBS[job.kind](job)
    except Exception as failure:
        log.exception("job %s failed", job_id)
        error = str(failure) or type(failure).__name__
    with writing():
        row = db.session.get_one(Job, job_id)
        row.state, row.error, row.ended_at = ("failed" if error else "done"), error, now()
    return True


def sweep() -> None:
    """Everything that is to do now, until nothing is left."""
    for work in SWEEPS:
        try:
            work()
        except Exception:
            log.exception("a sweep failed; the next one tries again")
        finally:
            db.session.remove()
    while run_one():
        db.session.remove()


def start() -> None:
    """What a worker does first: take up what its predecessor left."""
    with writing():
        adopt_orphans()
