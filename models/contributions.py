"""What is said in a meeting, as its minutes keep it: who was there and from when, and lines under each item.

A line is a note of the one who writes, or a reaction, a comment, a recommendation of somebody. Each is a small document
of its own, so that two people who write at once have both their lines. What changes them is in models/sitting.py (who
was there) and models/noting.py (lines).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.meetings import Meeting
from models.people import Person
from models.store import Base, Moment, db, new_id, now

NOTE, REACTION, COMMENT, RECOMMENDATION = "note", "reaction", "comment", "recommendation"
KINDS: dict[str, Any] = {
    NOTE: _l("Note"),
    REACTION: _l("Réaction"),
    COMMENT: _l("Commentaire"),
    RECOMMENDATION: _l("Recommandation"),
}
HERE, REMOTE, EXCUSED, ABSENT = "here", "remote", "excused", "absent"
PRESENCE: dict[str, Any] = {
    HERE: _l("Sur place"),
    REMOTE: _l("À distance"),
    EXCUSED: _l("Excusé·e"),
    ABSENT: _l("Absent·e"),
}
PRESENT = frozenset({HERE, REMOTE})


class Attendance(Base):
    """Somebody at a meeting. person_id: or `name`, for somebody whom the site does not know. state: a key of PRESENCE.

    arrived_at, left_at: when, where that was noted; None for from the beginning, until the end.
    """

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), default=HERE)
    arrived_at: Mapped[datetime | None] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    rev: Mapped[int] = mapped_column(default=1)
    noted_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def present(self) -> bool:
        """Whether this person was there, be it for a while."""
        return self.state in PRESENT


class Contribution(Base):
    """One line of the minutes. kind: a key of KINDS; item_id: under which item, None for the meeting as a whole.

    person_id, or speaker for somebody whom the site does not know: who said it; neither for a note. said_at: when it was
    written, on the clock of the device. beside_id: the line that somebody else changed at the same time, of which this is
    the other version; a person chooses. removed_at: taken away, and can be put back until the minutes are approved.
    """

    __tablename__ = "contribution"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(14), default=NOTE)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    speaker: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(Moment, default=now)
    beside_id: Mapped[str | None] = mapped_column(String(36))
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def who(self) -> str:
        """Who said it, as one reads it; "" for a note."""
        return self.person.name or "" if self.person else self.speaker or ""


# ---- reading


def attendance_of(meeting: Meeting) -> list[Attendance]:
    """Who was noted at a meeting; people without their roles. One query."""
    query = select(Attendance).where(Attendance.meeting_id == meeting.id)
    query = query.options(joinedload(Attendance.person).lazyload(Person.roles))
    return list(db.session.scalars(query.order_by(Attendance.at, Attendance.id)).unique())


def contributions_of(meeting: Meeting) -> list[Contribution]:
    """The lines of a meeting that stand, in the order in which they were said; no version that waits for a choice. One query."""
    stands = (Contribution.removed_at.is_(None), Contribution.beside_id.is_(None))
    query = select(Contribution).where(Contribution.meeting_id == meeting.id, *stands)
    query = query.options(joinedload(Contribution.person).lazyload(Person.roles))
    return list(db.session.scalars(query.order_by(Contribution.said_at, Contribution.id)).unique())
