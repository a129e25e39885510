"""What one types about a task. What may stand is said in models/following.py."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Day, Shared, Text
from blueprints.meetings.fields import Pick
from models import following
from models.circles import Circle, seats
from models.meetings import Meeting
from models.tasks import Task


class TaskForm(Shared):
    """A task of a circle. Who may take it on, and from which item it may come, is told by `offer`."""

    what = Text(_l("Que faut-il faire ?"))
    person_id = Pick(_l("Qui s’en charge ?"), list)
    due_on = Day(_l("Pour quand ?"))
    item_id = Pick(_l("À quel point ?"), list)

    def offer(self, circle: Circle, meeting: Meeting | None, task: Task | None = None) -> TaskForm:
        self.circle, self.meeting, self.task = circle, meeting, task
        people = [(s.person_id, s.person.name) for s in seats(circle) if s.person.active]
        if task and task.person_id not in dict(people):
            people.append((task.person_id, _("%(name)s, qui ne siège plus ici", name=task.person.name)))
        self.person_id.offered = lambda: people
        items = following.items_of(meeting)
        if items:
            self.item_id.offered = lambda: list(items)
        else:
            del self.item_id
        return self

    def values(self) -> dict[str, Any]:
        return {name: self[name].data if name in self else None for name in following.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return following.problems(values, self.circle, self.meeting, row)


def task_form(task: Task, posted: MultiDict[str, str] | None = None) -> TaskForm:
    """The form of a task that is there."""
    return TaskForm(posted, obj=task).offer(task.circle, task.meeting, task)
