"""Mails about meetings: rows queued in the transaction of what they tell. All are called inside writing().

Ids wait in the queue; what a mail says is read when it leaves (blueprints/meetings/mails.py). A mail that has not left
yet therefore tells of a later change by itself, and no second one is queued for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from models.access import AccessLink
from models.audit import record
from models.deliveries import STATES, Mail, job, mail
from models.meetings import Meeting, MeetingState, Poll
from models.minutes import Minutes, MinutesComment
from models.people import Person, people_with
from models.replies import WAITING, Reply
from models.store import db, now
from models.tasks import SOON, Task, TaskState, today
from models.workflow import Refused

REPLY, DATES = "reply", "poll"  # purposes of a link that answers and lets nobody in
AGAIN = timedelta(hours=20)  # nobody is reminded twice a day
WEEK = timedelta(days=7)  # nobody hears of what is late more than once a week
PAPER = timedelta(minutes=10)  # how long a convocation waits for its paper
CONVENED = "meeting_convened"
TELLS_ALL = (CONVENED, "meeting_updated")  # mails that say how things stand when they leave


def _waiting(meeting: Meeting, *templates: str) -> dict[str, Mail]:
    """By id of a person: the mail of one of these kinds about this meeting that has not left yet."""
    rows = db.session.scalars(select(Mail).where(STATES["waiting"], Mail.template.in_(templates)))
    return {str(row.person_id): row for row in rows if row.context.get("meeting") == meeting.id}


def _invited(meeting: Meeting) -> list[Person]:
    query = select(Person).join(Reply, Reply.person_id == Person.id).where(Reply.meeting_id == meeting.id)
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))


def secretariat(meeting: Meeting) -> list[Person]:
    """Who keeps the replies of a meeting: the secretaries of its circle, else who chairs it, else the coordination."""
    circle = meeting.circle
    ids = circle.secretary_ids or circle.lead_ids
    query = select(Person).where(Person.id.in_(ids), Person.forgotten_at.is_(None)).order_by(Person.name)
    return list(db.session.scalars(query)) or people_with("coordination")


def convened(meeting: Meeting, people: Iterable[Person], by: Person) -> None:
    """These people are invited: when it is convened, and who comes to the circle afterwards.

    The mails wait until their paper is made (blueprints/meetings/convocation.py), and no longer than PAPER.
    """
    rows = [mail(person, CONVENED, meeting=meeting.id, by=by.id) for person in people]
    for row in filter(None, rows):
        row.due_at = now() + PAPER
    if any(rows):
        job("convocation", by, meeting=meeting.id)


def convocations(meeting: Meeting) -> list[Mail]:
    """The convocations of a meeting that have not left."""
    return list(_waiting(meeting, CONVENED).values())


def release(meeting: Meeting) -> None:
    """Their paper is there, or cannot be made: they leave now."""
    for row in convocations(meeting):
        row.due_at = min(row.due_at, now())


def updated(meeting: Meeting, changed: list[str], by: Person) -> None:
    """A convened meeting changed; `changed` names the columns, "agenda" among them. The sequence is raised already."""
    follow(meeting)
    waiting = _waiting(meeting, *TELLS_ALL)
    for person in _invited(meeting):
        row = waiting.get(person.id)
        if row is None:
            mail(person, "meeting_updated", meeting=meeting.id, changed=sorted(changed), by=by.id)
        elif row.template == "meeting_updated":
            row.context = {**row.context, "changed": sorted({*row.context["changed"], *changed})}


def follow(meeting: Meeting) -> None:
    """The links to answer end with the meeting, wherever it was moved."""
    if meeting.ends_at:
        mine = (AccessLink.meeting_id == meeting.id, AccessLink.purpose == REPLY)
        db.session.execute(update(AccessLink).where(*mine).values(expires_at=meeting.ends_at))


def cancelled(meeting: Meeting, by: Person) -> None:
    """It does not take place. The sequence is raised already; `cancel_reason` is kept."""
    waiting = _waiting(meeting, CONVENED)
    for person in _invited(meeting):
        if (
            person.id not in waiting
        ):  # who never heard of it is told nothing: that mail does not leave any more
            mail(person, "meeting_cancelled", meeting=meeting.id, by=by.id)


def missing(meeting: Meeting) -> list[Reply]:
    """Who has not answered yet."""
    return list(
        db.session.scalars(select(Reply).where(Reply.meeting_id == meeting.id, Reply.answer == WAITING))
    )


def remind(meeting: Meeting, by: Person | None) -> int:
    """Remind those who have not answered; how many. by: None for the worker. Raises Refused.

    Left out are who has no address and who was reminded less than 20 hours ago.
    """
    if meeting.over or meeting.state != MeetingState.CONVENED:
        raise Refused(_l("Cette réunion n’attend plus de réponse. Personne n’est rappelé."))
    at, count = now(), 0
    for row in missing(meeting):
        if row.person.email and (row.reminded_at is None or row.reminded_at + AGAIN <= at):
            mail(row.person, "meeting_reminder", meeting=meeting.id)
            row.reminded_at, count = at, count + 1
    if by is None:
        meeting.reminded_at = at
    if count:
        record(by, "meeting.reminded", "meeting", meeting.id, people=count)
    return count


def due(at: datetime) -> list[str]:
    """Ids of the meetings whose missing replies the worker asks for now: some days before the time to answer, once."""
    wanted = (
        Meeting.state == MeetingState.CONVENED, Meeting.remind_days > 0, Meeting.reminded_at.is_(None),
        Meeting.reply_by > at, Meeting.ends_at > at,
    )  # fmt: skip
    rows = db.session.execute(select(Meeting.id, Meeting.reply_by, Meeting.remind_days).where(*wanted))
    return [row.id for row in rows if row.reply_by - timedelta(days=row.remind_days) <= at]


def proxy(meeting: Meeting, row: Reply, carrier: Person, act: str) -> None:
    """Tell somebody that a voice was given to them, or "taken" back."""
    mail(carrier, "meeting_proxy", meeting=meeting.id, giver=row.person_id, act=act)


def proxy_lost(meeting: Meeting, row: Reply, carrier: Person) -> None:
    """The one who was to carry a voice does not come: tell who gave it, and the secretariat, once each."""
    told = {row.person_id: row.person, **{p.id: p for p in secretariat(meeting) if p.id != carrier.id}}
    for person in told.values():
        mail(person, "meeting_proxy_lost", meeting=meeting.id, giver=row.person_id, carrier=carrier.id)


def asked_for_dates(poll: Poll, people: Iterable[Person], by: Person) -> None:
    """A date is looked for with these people."""
    for person in people:
        mail(person, "meeting_dates", meeting=poll.meeting_id, poll=poll.id, by=by.id)


def minutes_proposed(row: Minutes, by: Person) -> None:
    """Everybody who was invited may read the proposal and remark on it."""
    for person in _invited(row.meeting):
        if person.id != by.id:
            mail(person, "minutes_proposed", meeting=row.meeting_id, minutes=row.id, by=by.id)


def comment_answered(comment: MinutesComment) -> None:
    """Whoever remarked on a proposal hears what became of it."""
    mail(comment.person, "minutes_answered", comment=comment.id)


def task_given(task: Task, by: Person | None) -> None:
    """Somebody is to do this: told once, and once more only to another who."""
    person = db.session.get_one(Person, task.person_id)
    mail(person, "task_given", task=task.id, by=by.id if by else None)


def tasks_due(at: datetime) -> dict[str, set[str]]:
    """By name of a mail: ids of the people to remind of their tasks now."""
    out: dict[str, set[str]] = {"task_soon": set(), "task_late": set()}
    told: dict[str, datetime] = {}
    rows = db.session.execute(
        select(Task.person_id, Task.due_on, Task.soon_at, Task.late_at)
        .join(Person, Task.person_id == Person.id)
        .where(Task.state == TaskState.OPEN, Task.due_on <= today() + SOON, Person.active)
    ).all()
    for row in rows:
        if row.due_on >= today():
            if row.soon_at is None:
                out["task_soon"].add(row.person_id)
            continue
        out["task_late"].add(row.person_id)
        if row.late_at:
            told[row.person_id] = max(row.late_at, told.get(row.person_id, row.late_at))
    out["task_late"] -= {person_id for person_id, last in told.items() if last + WEEK > at}
    return out


def remind_tasks(person: Person, template: str, at: datetime) -> int:
    """One mail to one person: of what is due soon and was not recalled, or of everything that is late; how many tasks."""
    mine = (Task.person_id == person.id, Task.state == TaskState.OPEN)
    soon = (Task.due_on >= today()) & (Task.due_on <= today() + SOON) & Task.soon_at.is_(None)
    wanted = soon if template == "task_soon" else Task.due_on < today()
    rows = list(db.session.scalars(select(Task).where(*mine, wanted).order_by(Task.due_on, Task.id)))
    for task in rows:
        if template == "task_soon":
            task.soon_at = at
        else:
            task.late_at = at
    if rows:
        mail(person, template, tasks=[task.id for task in rows])
    return len(rows)
