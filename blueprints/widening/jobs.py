"""The worker's part: opinions that are over, and candidatures that waited for a meeting, move on by themselves."""

from __future__ import annotations

from blueprints import jobs
from models import welcoming
from models.store import db, now, writing


@jobs.swept
def move_on() -> None:
    """Looks first, and writes only where there is something to do; one transaction each."""
    at = now()
    over, booked = welcoming.due(at), welcoming.waiting()
    db.session.rollback()
    for case_id in over:
        with writing():
            welcoming.close_due(case_id, at)
    for case_id in booked:
        with writing():
            welcoming.book_waiting(case_id)
