"""The worker's part: who is to hear something is written to, once."""

from __future__ import annotations

from blueprints import jobs
from models import telling
from models.store import db, now, writing


@jobs.swept
def tell() -> None:
    """Looks first, and writes only where there is something to do; one transaction each, so that nothing is told twice."""
    met, due = telling.strangers(), telling.due(now())
    db.session.rollback()
    if met:
        with writing():
            telling.meet(met)
    queued = False
    for person_id in due:
        with writing():
            queued = telling.tell(person_id, now()) is not None or queued
    if queued:
        jobs.wake()
