"""The worker's part: who has not answered is reminded by itself, some days before."""

from __future__ import annotations

from blueprints import jobs
from models import notices
from models.meetings import Meeting
from models.store import db, now, writing


@jobs.swept
def remind() -> None:
    """Ask once for the replies that are missing; looks first, and writes only where there is something to do."""
    due = notices.due(now())
    db.session.rollback()
    for meeting_id in due:
        with writing():
            if meeting_id in notices.due(now()):
                notices.remind(db.session.get_one(Meeting, meeting_id), None)
