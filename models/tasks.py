"""Tasks: what somebody took on in a circle, by when, and what became of it. What changes them is in models/following.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, and_, case, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.circles import Circle, sits
from models.editions import LOCAL
from models.meetings import Meeting
from models.people import Person
from models.rights import in_office
from models.statements import NO_LIMIT, Rows, statement
from models.store import Base, Moment, new_id, now

SOON = timedelta(days=3)  # how long before its day a task is recalled
LATELY = timedelta(days=30)  # how long one's own page shows what is done


class TaskState:
    """Codes of the states of a task."""

    OPEN, DONE, DROPPED = "open", "done", "dropped"


STATES = {
    TaskState.OPEN: _l("À faire"),
    TaskState.DONE: _l("Faite"),
    TaskState.DROPPED: _l("Abandonnée"),
}
FILTERS = {
    "open": _l("À faire"),
    "late": _l("En retard"),
    "done": _l("Faites"),
    "dropped": _l("Abandonnées"),
}


def today() -> date:
    """The day on our clocks."""
    return now().astimezone(LOCAL).date()


class Task(Base):
    """One task. what: the sentence; person_id: the one who does it; due_on: its last day, local.

    meeting_id, item_id: where it was taken on; None for a circle alone. words: how it was done, or why it was dropped.
    given_at: when its who was told of it, soon_at, late_at: when they were last reminded.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_circle_state", "circle_id", "state"),
        Index("ix_task_person_state", "person_id", "state"),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"))
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"))
    what: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(8), default=TaskState.OPEN)
    words: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    given_at: Mapped[datetime | None] = mapped_column(Moment)
    soon_at: Mapped[datetime | None] = mapped_column(Moment)
    late_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    ender: Mapped[Person | None] = relationship(foreign_keys=[ended_by])

    @property
    def open(self) -> bool:
        return self.state == TaskState.OPEN

    @property
    def title(self) -> str:
        """The sentence, cut at 80 signs: for the head of a page."""
        return self.what if len(self.what) <= 80 else f"{self.what[:79].rstrip()}…"

    @property
    def late(self) -> bool:
        """Whether its day has passed and it is not done."""
        return self.open and self.due_on < today()

    @property
    def days_late(self) -> int:
        return max(0, (today() - self.due_on).days) if self.open else 0

    @property
    def soon(self) -> bool:
        """Whether its day comes within SOON."""
        return self.open and not self.late and self.due_on <= today() + SOON

    @property
    def orphan(self) -> bool:
        """Whether its who sits in the circle no more, or left the site, so that somebody else must take it on."""
        return self.open and (self.person_id not in self.circle.member_ids or not self.person.active)


# ---- reading


def _whole() -> tuple[Any, ...]:
    """A task with all that one reads of it. At each call: the tables that it names are declared after this one."""
    return (
        joinedload(Task.circle), joinedload(Task.meeting).lazyload(Meeting.circle),
        joinedload(Task.person).lazyload(Person.roles), joinedload(Task.ender).lazyload(Person.roles),
    )  # fmt: skip


FIRST_DUE = (Task.due_on, Task.made_at, Task.id)
LAST_DONE = (Task.ended_at.desc(), Task.id)


def _rows(*where: Any, order: tuple[Any, ...] = FIRST_DUE) -> Rows:
    return select(Task).options(*_whole()).where(*where).order_by(*order)


@statement
def _by_id(task_id: Any) -> Rows:
    return _rows(Task.id == task_id)


def task_by_id(task_id: str) -> Task | None:
    found: Task | None = _by_id.first(task_id)
    return found


def may_see(person_id: Any, office: bool) -> Any:
    """In SQL what the right `task.see` says (models/rights.py); a test compares the two. office: whether they are of it."""
    if office:
        return Task.id.is_not(None)
    public = select(Circle.id).where(Circle.closed.is_(False))
    return or_(
        Task.circle_id.in_(sits(person_id)), and_(Task.person_id == person_id, Task.circle_id.in_(public))
    )


@statement
def _open_of(circle_id: Any, most: Any) -> Rows:
    return _rows(Task.circle_id == circle_id, Task.state == TaskState.OPEN).limit(most)


def open_of(circle_id: str, limit: int = NO_LIMIT) -> list[Task]:
    """What is to do in a circle, by day."""
    return _open_of.all(circle_id, limit)


@statement
def _here(circle_id: Any, person_id: Any, most: Any, *, own: bool) -> Rows:
    """With the person alone: the caller has the circle, and nothing is said of the meeting."""
    whose = Task.person_id == person_id if own else Task.person_id != person_id
    query = select(Task).options(joinedload(Task.person).lazyload(Person.roles))
    query = query.where(Task.circle_id == circle_id, Task.state == TaskState.OPEN, whose)
    return query.order_by(*FIRST_DUE).limit(most)


def shared_out(circle_id: str, person_id: str, few: int) -> tuple[list[Task], list[Task], int]:
    """(what is to do here by this person, by the others, at most `few` each; how much in all), by day."""
    own, others = (_here.all(circle_id, person_id, few, own=own) for own in (True, False))
    return own, others, count_open(circle_id)


@statement
def _own_open(circle_id: Any, person_id: Any) -> Rows:
    mine = (Task.circle_id == circle_id, Task.person_id == person_id, Task.state == TaskState.OPEN)
    return select(Task.id).where(*mine).order_by(Task.id)


def own_open(circle_id: str, person_id: str) -> tuple[str, ...]:
    """Ids of what this person has to do in a circle."""
    return tuple(_own_open.all(circle_id, person_id))


@statement
def _count_open(circle_id: Any) -> Rows:
    return select(func.count(Task.id)).where(Task.circle_id == circle_id, Task.state == TaskState.OPEN)


def count_open(circle_id: str) -> int:
    return int(_count_open.first(circle_id))


@statement
def _of_meeting(meeting_id: Any) -> Rows:
    return _rows(Task.meeting_id == meeting_id)


def of_meeting(meeting: Meeting) -> list[Task]:
    """What was taken on at a meeting: what is to do first, by day."""
    return sorted(_of_meeting.all(meeting.id), key=lambda task: not task.open)


def mine(person: Person, limit: int = NO_LIMIT, offset: int = 0) -> list[Task]:
    """What this person has to do and may see, by day: the late ones first."""
    return _mine.all(person.id, limit, offset, office=in_office(person))


@statement
def _mine(person_id: Any, most: Any, after: Any, *, office: bool) -> Rows:
    return _rows(*_to_do(person_id, office)).limit(most).offset(after)


@statement
def _count_mine(person_id: Any, *, office: bool) -> Rows:
    return select(func.count(Task.id)).where(*_to_do(person_id, office))


def count_mine(person: Person) -> int:
    """How many tasks this person has to do and may see."""
    return int(_count_mine.first(person.id, office=in_office(person)))


def _to_do(person_id: Any, office: bool) -> tuple[Any, ...]:
    return Task.person_id == person_id, Task.state == TaskState.OPEN, may_see(person_id, office)


@statement
def _done(person_id: Any, since: Any, most: Any, *, office: bool) -> Rows:
    lately = (Task.person_id == person_id, Task.state != TaskState.OPEN, Task.ended_at >= since)
    return _rows(*lately, may_see(person_id, office), order=LAST_DONE).limit(most)


def mine_done(person: Person, limit: int = 30) -> list[Task]:
    """What this person did or laid down lately, the last one first."""
    return _done.all(person.id, now() - LATELY, limit, office=in_office(person))


@statement
def _filtered(circle_id: Any, on: Any, most: Any, after: Any, *, which: str) -> Rows:
    order = FIRST_DUE if which in ("open", "late") else LAST_DONE
    return _rows(Task.circle_id == circle_id, _fits(which, on), order=order).limit(most).offset(after)


def filtered(circle_id: str, which: str, limit: int, offset: int) -> list[Task]:
    """The tasks of a circle that fit a key of FILTERS."""
    return _filtered.all(circle_id, today(), limit, offset, which=which)


@statement
def _counts(circle_id: Any, on: Any) -> Rows:
    sums = [func.coalesce(func.sum(case((_fits(which, on), 1), else_=0)), 0) for which in FILTERS]
    return select(*sums).where(Task.circle_id == circle_id)


def counts(circle_id: str) -> dict[str, int]:
    """How many tasks of a circle fit each key of FILTERS; in one query."""
    (row,) = _counts.rows(circle_id, today())
    return dict(zip(FILTERS, (int(n) for n in row), strict=True))


def _fits(which: str, on: Any) -> Any:
    if which == "late":
        return and_(Task.state == TaskState.OPEN, Task.due_on < on)
    return Task.state == which


@statement
def _those(ids: Any) -> Rows:
    return _rows(Task.id.in_(ids))


def those(ids: Iterable[str]) -> list[Task]:
    """These tasks, by day."""
    return _those.all(list(ids))
