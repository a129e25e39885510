"""What mails about tasks say. Registered with blueprints/accounts/letters.py.

The words are read when a mail leaves: what was done in the meantime, given to another, or may not be seen any more is
not spoken of.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from models import tasks
from models.deliveries import Mail
from models.people import Person
from models.rights import can
from models.store import db
from models.tasks import Task


def _still(row: Mail, ids: list[str]) -> list[Task]:
    """Those of these tasks that are still this person's to do, and theirs to see. Raises Moot where none is."""
    found = [
        t
        for t in tasks.those(ids)
        if t.open and t.person_id == row.person_id and can(row.person, "task.see", t)
    ]
    if not found:
        raise Moot(_("Il n’y a plus rien à faire pour cette personne."))
    return found


def _given(row: Mail) -> Values:
    """One task. Where it was taken on is said to who may see that meeting."""
    task = _still(row, [str(row.context.get("task"))])[0]
    by = db.session.get(Person, str(row.context.get("by")))
    meeting = task.meeting if task.meeting and can(row.person, "meeting.see", task.meeting) else None
    href = addresses.external("tasks.show", task_id=task.id)
    return {"task": task, "by": by, "taken_at": meeting, "href": href}


def _soon(row: Mail) -> Values:
    """What is due within days, and not what was put off since."""
    found = [t for t in _still(row, row.context.get("tasks") or []) if t.soon]
    if not found:
        raise Moot(_("Il n’y a plus rien à faire pour cette personne."))
    return {"tasks": found, "href": addresses.external("tasks.index")}


def _late(row: Mail) -> Values:
    found = [t for t in _still(row, row.context.get("tasks") or []) if t.late]
    if not found:
        raise Moot(_("Il n’y a plus rien à faire pour cette personne."))
    return {"tasks": found, "href": addresses.external("tasks.index")}


letters.KINDS.update(
    task_given=(_l("Tâche confiée"), _given),
    task_soon=(_l("Tâche à faire bientôt"), _soon),
    task_late=(_l("Tâche en retard"), _late),
)
