"""The minutes of a meeting as versions: proposed, commented, approved at a later meeting, then frozen.

A version holds what it says whole (`content`), so that what was approved reads the same for ever; a correction is another
version. What makes the content and changes a version is in models/minuting.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.meetings import Meeting
from models.people import Person
from models.store import Base, Moment, db, new_id, now

PROPOSED, APPROVED = "proposed", "approved"
STATES: dict[str, Any] = {PROPOSED: _l("Proposé"), APPROVED: _l("Approuvé")}
OPEN, TAKEN, DECLINED = "open", "taken", "declined"
ANSWERS: dict[str, Any] = {
    OPEN: _l("Pas encore de réponse"),
    TAKEN: _l("Repris dans le texte"),
    DECLINED: _l("Pas repris"),
}


class Minutes(Base):
    """One version of the minutes of a meeting. version: from 1; state: of STATES; reason: of a correction, why.

    content: what it says, as models/minuting.py composes it. comments_until: until when members may comment.
    approved_in: the id of the meeting that approved it. An approved row is never changed again (models/append_only.py).
    """

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("meeting_id", "version"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default=PROPOSED)
    reason: Mapped[str | None] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    rev: Mapped[int] = mapped_column(default=1)
    comments_until: Mapped[datetime | None] = mapped_column(Moment)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_in: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"))
    meeting: Mapped[Meeting] = relationship(foreign_keys=[meeting_id])


class MinutesComment(Base):
    """What somebody remarks on proposed minutes. item_id: about which item; state: a key of ANSWERS, answer: in words."""

    __tablename__ = "minutes_comment"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    minutes_id: Mapped[str] = mapped_column(ForeignKey("minutes.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    minutes: Mapped[Minutes] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


# ---- reading


def versions(meeting: Meeting) -> list[Minutes]:
    """The versions of the minutes of a meeting, the newest first."""
    query = select(Minutes).where(Minutes.meeting_id == meeting.id)
    return list(db.session.scalars(query.order_by(Minutes.version.desc())))


def comments_of(minutes: Minutes) -> list[MinutesComment]:
    """What was remarked on a version, the oldest first. One query."""
    query = select(MinutesComment).where(MinutesComment.minutes_id == minutes.id)
    query = query.options(joinedload(MinutesComment.person).lazyload(Person.roles))
    return list(db.session.scalars(query.order_by(MinutesComment.at, MinutesComment.id)).unique())
