"""The agenda of a meeting: its items in order, what hangs on them, minutes against the length of the meeting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from models import tasks
from models.attachments import Attachment
from models.circles import Circle
from models.fiche.fiche import Fiche
from models.meetings import Meeting, MeetingState, before
from models.organisations import Organisation
from models.people import Person
from models.replies import Reply
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now
from models.tasks import Task

ACCEPTED, PROPOSED, DECLINED = "accepted", "proposed", "declined"
MINUTES_BEFORE, OPEN_TASKS = "minutes", "tasks"
CASE = re.compile(r"E-\d{4}-\d{2,}(?=,|$)")  # how the link to a candidature begins


class AgendaItem(Base):
    """One item. place: its number, from 1, among the accepted ones; nature: a code of `point_odj`; minutes: its length.

    presenter: as it is read ("Coordination", a name); decision: whether one is expected, decision_words: which one.
    carried: "minutes" or "tasks" for what comes by itself, else "". begun_at, ended_at: when it was dealt with. state: a member's proposal waits for the chair's yes;
    answer: what the chair wrote to a proposal.
    """

    __tablename__ = "agenda_item"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    place: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    nature: Mapped[str] = mapped_column(String(3), default="DIV")
    minutes: Mapped[int] = mapped_column(default=0)
    presenter: Mapped[str | None] = mapped_column(String(200))
    aim: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[bool] = mapped_column(default=False)
    decision_words: Mapped[str | None] = mapped_column(Text)
    carried: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(10), default=ACCEPTED)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    rev: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    meeting: Mapped[Meeting] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    links: Mapped[list[AgendaLink]] = relationship(
        back_populates="item", order_by="AgendaLink.place, AgendaLink.id", cascade="all, delete-orphan"
    )


class AgendaLink(Base):
    """What an item is about: a fiche, a candidate (an organisation or a person), or a document that was put here.

    kind: "fiche", "candidate" or "document"; title: of a document, or a candidate's name where the directory has none.
    """

    __tablename__ = "agenda_link"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    place: Mapped[int] = mapped_column(default=0)
    title: Mapped[str | None] = mapped_column(String(200))
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    attachment_id: Mapped[str | None] = mapped_column(ForeignKey("attachment.id"))
    added_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(Moment, default=now)
    item: Mapped[AgendaItem] = relationship(back_populates="links")
    fiche: Mapped[Fiche | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    attachment: Mapped[Attachment | None] = relationship()

    @property
    def case_code(self) -> str:
        """The candidature that this is about, "" for a candidate that was typed here."""
        found = CASE.match(self.title or "") if self.kind == "candidate" else None
        return found[0] if found else ""


# ---- reading

WITH_GUESTS = Reply  # a meeting names its guests: loaded before the first statement is written

_WHOLE = selectinload(AgendaItem.links)
WITH_LINKS = (
    _WHOLE.joinedload(AgendaLink.fiche),
    _WHOLE.joinedload(AgendaLink.organisation),
    _WHOLE.joinedload(AgendaLink.attachment),
    joinedload(AgendaItem.proposer),
)


def items(meeting: Meeting, state: str = ACCEPTED) -> list[AgendaItem]:
    """The items of a meeting in their order, with what hangs on them. The number of queries does not grow."""
    query = select(AgendaItem).options(*WITH_LINKS)
    query = query.where(AgendaItem.meeting_id == meeting.id, AgendaItem.state == state)
    return list(
        db.session.scalars(query.order_by(AgendaItem.place, AgendaItem.made_at, AgendaItem.id)).unique()
    )


def proposals(meeting: Meeting) -> list[AgendaItem]:
    """What members propose and nobody has answered yet, the oldest first."""
    return sorted(items(meeting, PROPOSED), key=lambda item: (item.made_at, item.id))


@statement
def _with_proposals(meeting_ids: Any) -> Rows:
    waiting = (AgendaItem.meeting_id.in_(meeting_ids), AgendaItem.state == PROPOSED)
    return select(AgendaItem.meeting_id).where(*waiting).distinct()


def with_proposals(meeting_ids: Iterable[str]) -> set[str]:
    """Of these meetings, those for which a member's proposal waits; in one query."""
    return set(_with_proposals.all(list(meeting_ids)))


def item_of(meeting_code: str, item_id: str) -> AgendaItem | None:
    """One item of one meeting."""
    query = select(AgendaItem).join(Meeting).where(Meeting.code == meeting_code, AgendaItem.id == item_id)
    return db.session.scalar(query)


def total(rows: Iterable[AgendaItem]) -> int:
    """Minutes of these items together."""
    return sum(item.minutes for item in rows)


def timed(meeting: Meeting, rows: Sequence[AgendaItem]) -> list[tuple[AgendaItem, datetime | None]]:
    """Each item with when it begins, one after the other; None while the meeting has no date."""
    out: list[tuple[AgendaItem, datetime | None]] = []
    at = meeting.starts_at
    for item in rows:
        out.append((item, at))
        at = at + timedelta(minutes=item.minutes) if at else None
    return out


def previous_of(meeting: Meeting) -> Meeting | None:
    """The meeting whose minutes this one approves: the last of the circle that was held, while they are not approved."""
    known = before(meeting)
    return known if known and known.state != MeetingState.APPROVED else None


def open_tasks(circle: Circle) -> list[Task]:
    """What was taken on in this circle and is not done, by day."""
    return tasks.open_of(circle.id)


def carried(meeting: Meeting) -> list[str]:
    """What comes by itself to this meeting: "minutes", "tasks", in this order."""
    found = [MINUTES_BEFORE] if previous_of(meeting) else []
    return found + ([OPEN_TASKS] if tasks.count_open(meeting.circle_id) else [])
