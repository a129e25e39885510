"""★ The life of a task: open → done, or dropped with a reason; who takes it on, by when. All acts stand inside writing().

A change of state is a row of TRANSITIONS, carried out as those of a fiche are (models/workflow.py). Mails are queued in
the same transaction (models/notices.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import notices, planning, tasks
from models.agenda import ACCEPTED, OPEN_TASKS, AgendaItem
from models.audit import record
from models.circles import Circle
from models.lengths import too_long
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can
from models.seating import Stale
from models.store import db, new_id, now
from models.tasks import SOON, Task, TaskState, today
from models.workflow import Refused, Transition, step

S = TaskState
FIELDS = ("what", "person_id", "due_on", "item_id")
LENGTHS = {"what": 1000}
MOST_WORDS = 500
YEARS = 5


class BadTask(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def problems(
    values: Mapping[str, Any], circle: Circle, meeting: Meeting | None = None, task: Task | None = None
) -> dict[str, Any]:
    """Why these values cannot stand, by field. task: what is changed; what it said already may stay."""
    out = too_long(values, LENGTHS)
    if circle.ended_at and task is None:
        out["what"] = _l("Ce groupe a terminé son travail. Rouvrez-le d’abord, puis confiez la tâche.")
    elif not values.get("what"):
        out["what"] = _l("Écrivez ce qui est à faire, par exemple «\u00a0Réserver la salle\u00a0».")
    who = values.get("person_id")
    if not who:
        out["person_id"] = _l(
            "Choisissez une personne, une seule\u00a0: une tâche que personne ne prend ne se fait pas."
        )
    elif who not in circle.member_ids and not (task and task.person_id == who):
        out["person_id"] = _l("Choisissez une personne qui siège ici.")
    elif not (task and task.person_id == who) and not db.session.get_one(Person, who).active:
        out["person_id"] = _l(
            "Cette personne n’a pas encore ouvert son compte, ou l’a fermé. Choisissez-en une autre."
        )
    day = values.get("due_on")
    if not isinstance(day, date) or not 2000 <= day.year <= today().year + YEARS:
        out["due_on"] = _l("Écrivez un jour, dans les %(n)s ans qui viennent.", n=YEARS)
    elif day < today() and not (task and task.due_on == day):
        out["due_on"] = _l("Ce jour est passé. Choisissez-en un à venir.")
    item = values.get("item_id")
    if item and item not in {one for one, _title in items_of(meeting)}:
        out["item_id"] = _l("Choisissez un point de cette réunion.")
    return out


def items_of(meeting: Meeting | None) -> list[tuple[str, str]]:
    """(id, title) of the items from which a task of this meeting may come."""
    if meeting is None:
        return []
    query = select(AgendaItem.id, AgendaItem.title, AgendaItem.place)
    rows = db.session.execute(
        query.where(AgendaItem.meeting_id == meeting.id, AgendaItem.state == ACCEPTED).order_by(
            AgendaItem.place
        )
    )
    return [(row.id, f"{row.place}. {row.title}") for row in rows]


def item_of(task: Task) -> AgendaItem | None:
    """The item at which it was taken on."""
    return db.session.get(AgendaItem, task.item_id) if task.item_id else None


def add_task(
    circle: Circle, values: Mapping[str, Any], by: Person | None, meeting: Meeting | None = None
) -> Task:
    """Somebody takes something on, at a meeting or in the circle alone; they are told. Raises BadTask."""
    if found := problems(values, circle, meeting):
        raise BadTask(found)
    first = not tasks.count_open(circle.id)
    task = Task(
        id=new_id(), circle_id=circle.id, meeting_id=meeting.id if meeting else None, made_by=by.id if by else None,
        **{name: values.get(name) or None for name in FIELDS},
    )  # fmt: skip
    db.session.add(task)
    db.session.flush()
    record(by, "task.made", "task", task.id, who=task.person_id, circle=circle.id)
    _given(task, by)
    if first:
        _onto_next(circle, meeting, by)
    db.session.flush()
    return task


def _given(task: Task, by: Person | None) -> None:
    """Its who is told, unless they noted it themselves. What is due in a moment is not recalled apart."""
    task.given_at, task.late_at = now(), None
    task.soon_at = now() if task.due_on <= today() + SOON else None
    if by is None or by.id != task.person_id:
        notices.task_given(task, by)


def _onto_next(circle: Circle, at: Meeting | None, by: Person | None) -> None:
    """The first open task of a circle puts "open tasks" on the meeting that is prepared next."""
    coming = (Meeting.circle_id == circle.id, Meeting.state == MeetingState.PREPARED)
    later = Meeting.starts_at.is_(None) | (Meeting.starts_at > now())
    query = (
        select(Meeting)
        .where(*coming, later)
        .order_by(Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.code)
    )
    following = [one for one in db.session.scalars(query).unique() if at is None or one.id != at.id]
    if following:
        planning.bring(following[0], by, only=(OPEN_TASKS,))


def change_task(task: Task, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed; a new who is told, a new day is recalled anew. Raises Stale, BadTask."""
    if task.rev != rev:
        raise Stale
    if found := problems(values, task.circle, task.meeting, task):
        raise BadTask(found)
    changed = [name for name in FIELDS if getattr(task, name) != (values.get(name) or None)]
    for name in changed:
        setattr(task, name, values.get(name) or None)
    if changed:
        task.rev, task.changed_at = task.rev + 1, now()
        record(by, "task.changed", "task", task.id, rev=task.rev, fields=changed)
    if "person_id" in changed and task.open:
        _given(task, by)
    elif "due_on" in changed:
        task.soon_at = None
    db.session.flush()
    return changed


# ---- states


def _ended(task: Task) -> None:
    task.ended_at = now()


def _again(task: Task) -> None:
    """What was said at its end does not hold any more; its day stays, and is recalled as late at once if it passed."""
    task.ended_at, task.ended_by, task.words = None, None, None


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("done", _l("C’est fait"), (S.OPEN,), S.DONE, "task.end", effect=_ended, main=True),
        Transition("reopen", _l("Ce n’est pas fini"), (S.DONE,), S.OPEN, "task.end", effect=_again),
        Transition("drop", _l("Abandonner la tâche"), (S.OPEN,), S.DROPPED, "task.drop", effect=_ended),
        Transition("resume", _l("Reprendre la tâche"), (S.DROPPED,), S.OPEN, "task.edit", effect=_again),
    )
}  # fmt: skip


def possible(person: Person | None, task: Task) -> list[Transition]:
    """What this person may do with this task now, in the order of the table."""
    return [t for t in TRANSITIONS.values() if task.state in t.sources and can(person, t.right, task)]


def apply(
    task: Task, name: str, person: Person, expected_rev: int | None = None, words: str | None = None
) -> None:
    """Change the state: check, update with the expected state and revision, audit. Inside writing(). Raises Refused.

    words: how it was done, as one likes; why it is dropped, which is asked for.
    """
    change = TRANSITIONS.get(name)
    if change is None or not can(person, change.right, task):
        raise Refused(_l("Vous ne pouvez pas faire cela avec cette tâche. Le secrétariat peut vous aider."))
    if len(words or "") > MOST_WORDS:
        raise Refused(_l("Ce mot est trop long. Raccourcissez-le à %(most)s signes.", most=MOST_WORDS))
    if name == "drop" and not words:
        raise Refused(_l("Dites en un mot pourquoi la tâche est abandonnée\u00a0: le groupe le lira."))
    stale = _l("La tâche a changé entre-temps. Relisez-la, puis recommencez.")
    source = step(task, change, expected_rev, stale)
    if change.effect:
        change.effect(task)
    if change.to != S.OPEN:
        task.words, task.ended_by = words, person.id
    task.rev, task.changed_at = task.rev + 1, now()
    record(person, f"task.{name}", "task", task.id, source=source, to=change.to, rev=task.rev)
    db.session.flush()
