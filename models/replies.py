"""Replies to a convocation, and what somebody needs to come, kept apart; the subscription to a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.meetings import Meeting
from models.names import fold
from models.people import Person
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now

# Codes of the vocabulary `presence`.
WAITING, COMING, REMOTE, UNAVAILABLE, PROXY = "ATT", "OUI", "DIS", "IND", "PRO"


class Reply(Base):
    """Somebody who was invited to a meeting, and what they answered. answer: a code of `presence`, ATT until then.

    proxy_id: who carries their voice. lost_proxy_at: since when the one who carried it does not come; lost_proxy_id:
    who that was. entered_by: who noted the answer, where it was not the person. guest: invited without a seat in the
    circle. at: of the answer; rev: raised at each one.
    """

    __tablename__ = "reply"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    answer: Mapped[str] = mapped_column(String(3), default=WAITING)
    proxy_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    lost_proxy_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    lost_proxy_at: Mapped[datetime | None] = mapped_column(Moment)
    message: Mapped[str | None] = mapped_column(Text)
    guest: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    rev: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    proxy: Mapped[Person | None] = relationship(foreign_keys=[proxy_id])
    lost_proxy: Mapped[Person | None] = relationship(foreign_keys=[lost_proxy_id])
    enterer: Mapped[Person | None] = relationship(foreign_keys=[entered_by])


class AccessNeed(Base):
    """What somebody needs to come to a meeting. Seen by its secretary, erased thirty days after (models/retention.py)."""

    __tablename__ = "access_need"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship()


class CalendarToken(Base):
    """A personal address under which a calendar programme reads what its person may see; only its digest is kept."""

    __tablename__ = "calendar_token"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    person: Mapped[Person] = relationship()


def of(meeting: Meeting) -> list[Reply]:
    """Everybody who was invited, with what they answered, by name. Three queries at most."""
    query = select(Reply).where(Reply.meeting_id == meeting.id)
    who = (Reply.person, Reply.proxy, Reply.lost_proxy, Reply.enterer)
    people = [joinedload(one).lazyload(Person.roles) for one in who]
    rows = db.session.scalars(query.options(*people)).unique()
    return sorted(rows, key=lambda row: (fold(row.person.name), row.id))


@statement
def _reply_of(meeting_id: Any, person_id: Any) -> Rows:
    return select(Reply).where(Reply.meeting_id == meeting_id, Reply.person_id == person_id)


def reply_of(meeting_id: str, person_id: str) -> Reply | None:
    """What somebody answered, where they were invited."""
    found: Reply | None = _reply_of.first(meeting_id, person_id)
    return found


def needs(meeting: Meeting) -> dict[str, str]:
    """Id of a person → what they need to come. For the secretariat alone: the caller asks the right `meeting.needs`."""
    query = select(AccessNeed.person_id, AccessNeed.text).where(AccessNeed.meeting_id == meeting.id)
    return {row.person_id: row.text for row in db.session.execute(query)}


def left(meeting: Meeting, person: Person, by: Person) -> None:
    """Somebody sits in the circle no more: no reply is asked, and no voice is carried by them. Inside writing()."""
    from models import answering  # it reads these tables

    answering.left(meeting, person, by)


@statement
def _mine(person_id: Any, meeting_ids: Any) -> Rows:
    return select(Reply).where(Reply.person_id == person_id, Reply.meeting_id.in_(meeting_ids))


def mine(person: Person, meeting_ids: Iterable[str]) -> dict[str, Reply]:
    """What somebody answered to each of these meetings, by id; in one query."""
    return {row.meeting_id: row for row in _mine.all(person.id, list(meeting_ids))}
