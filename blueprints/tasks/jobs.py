"""The worker's part: tasks that are due soon are recalled, late ones once a week."""

from __future__ import annotations

from blueprints import jobs
from models import notices
from models.people import Person
from models.store import db, now, writing


@jobs.swept
def remind() -> None:
    """One mail a person and kind; looks first, and writes only where there is something to do."""
    due = notices.tasks_due(now())
    db.session.rollback()
    for template, people in due.items():
        for person_id in sorted(people):
            with writing():
                if person_id in notices.tasks_due(now())[template]:
                    notices.remind_tasks(db.session.get_one(Person, person_id), template, now())
