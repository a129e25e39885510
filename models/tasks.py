"""Tasks: what somebody took on in a circle, by when, and what became of it. What changes them is in models/following.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, and_, case, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.circles import Circle, Seat
from models.editions import LOCAL
from models.meetings import Meeting
from models.people import Person
from models.rights import OFFICE
from models.store import Base, Moment, db, new_id, now

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
        joinedload(Task.circle), joinedload(Task.meeting),
        joinedload(Task.person).lazyload(Person.roles), joinedload(Task.ender).lazyload(Person.roles),
    )  # fmt: skip


FIRST_DUE = (Task.due_on, Task.made_at, Task.id)
LAST_DONE = (Task.ended_at.desc(), Task.id)


def _rows(*where: Any, order: tuple[Any, ...] = FIRST_DUE, limit: int | None = None, offset: int | None = None) -> list[Task]:  # fmt: skip
    query = select(Task).options(*_whole()).where(*where).order_by(*order)
    return list(db.session.scalars(query.limit(limit).offset(offset)).unique())


def task_by_id(task_id: str) -> Task | None:
    return next(iter(_rows(Task.id == task_id)), None)


def may_see(person: Person) -> Any:
    """In SQL what the right `task.see` says (models/rights.py); a test compares the two."""
    if person.role_names & OFFICE:
        return Task.id.is_not(None)
    mine = select(Seat.circle_id).where(Seat.person_id == person.id, Seat.until.is_(None))
    public = select(Circle.id).where(Circle.closed.is_(False))
    return or_(Task.circle_id.in_(mine), and_(Task.person_id == person.id, Task.circle_id.in_(public)))


def open_of(circle_id: str, limit: int | None = None) -> list[Task]:
    """What is to do in a circle, by day."""
    return _rows(Task.circle_id == circle_id, Task.state == TaskState.OPEN, limit=limit)


def shared_out(circle_id: str, person_id: str, few: int) -> tuple[list[Task], list[Task], int]:
    """(what is to do here by this person, by the others, at most `few` each; how much in all), by day."""
    here = (Task.circle_id == circle_id, Task.state == TaskState.OPEN)
    own, others = Task.person_id == person_id, Task.person_id != person_id
    return _rows(*here, own, limit=few), _rows(*here, others, limit=few), count_open(circle_id)


def count_open(circle_id: str) -> int:
    where = (Task.circle_id == circle_id, Task.state == TaskState.OPEN)
    return db.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0


def of_meeting(meeting: Meeting) -> list[Task]:
    """What was taken on at a meeting: what is to do first, by day."""
    rows = _rows(Task.meeting_id == meeting.id)
    return sorted(rows, key=lambda task: not task.open)


def mine(person: Person, limit: int | None = None, offset: int | None = None) -> list[Task]:
    """What this person has to do and may see, by day: the late ones first."""
    return _rows(*_mine(person), limit=limit, offset=offset)


def count_mine(person: Person) -> int:
    """How many tasks this person has to do and may see."""
    return db.session.scalar(select(func.count()).select_from(Task).where(*_mine(person))) or 0


def _mine(person: Person) -> tuple[Any, ...]:
    return Task.person_id == person.id, Task.state == TaskState.OPEN, may_see(person)


def mine_done(person: Person, limit: int = 30) -> list[Task]:
    """What this person did or laid down lately, the last one first."""
    since = (Task.state != TaskState.OPEN, Task.ended_at >= now() - LATELY)
    return _rows(Task.person_id == person.id, *since, may_see(person), order=LAST_DONE, limit=limit)


def filtered(circle_id: str, which: str, limit: int, offset: int) -> list[Task]:
    """The tasks of a circle that fit a key of FILTERS."""
    order = FIRST_DUE if which in ("open", "late") else LAST_DONE
    return _rows(Task.circle_id == circle_id, _fits(which), order=order, limit=limit, offset=offset)


def counts(circle_id: str) -> dict[str, int]:
    """How many tasks of a circle fit each key of FILTERS; in one query."""
    sums = [func.coalesce(func.sum(case((_fits(which), 1), else_=0)), 0) for which in FILTERS]
    row = db.session.execute(select(*sums).where(Task.circle_id == circle_id)).one()
    return dict(zip(FILTERS, (int(n) for n in row), strict=True))


def _fits(which: str) -> Any:
    if which == "late":
        return and_(Task.state == TaskState.OPEN, Task.due_on < today())
    return Task.state == which


def those(ids: Iterable[str]) -> list[Task]:
    """These tasks, by day."""
    return _rows(Task.id.in_(list(ids)))
