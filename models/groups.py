"""What a working group or a network has besides its meetings: who asks to come in, what it produces, what it reports.

Source: domain document, “Working group”. The circle itself is in models/circles.py; notes and files have modules of
their own (models/notes.py, models/files.py).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.agenda import AgendaItem
from models.circles import Circle
from models.people import Person
from models.store import Base, Moment, new_id, now
from models.tasks import today

ASK, INVITE = "ask", "invite"
WAITING, YES, NO, WITHDRAWN = "waiting", "yes", "no", "withdrawn"

PLANNED, MAKING, DONE, DROPPED = "planned", "making", "done", "dropped"
PRODUCTION_STATES: dict[str, Any] = {
    PLANNED: _l("Prévue"),
    MAKING: _l("En cours"),
    DONE: _l("Terminée"),
    DROPPED: _l("Abandonnée"),
}

DRAFT, SENT = "draft", "sent"


class SeatRequest(Base):
    """Somebody asks to sit in a circle (kind ask), or is invited to (invite). state: waiting, yes, no, withdrawn.

    words: of who asks or invites; answer: of who answers. At most one waits for each person and circle.
    """

    __tablename__ = "seat_request"
    __table_args__ = (
        Index(
            "uq_seat_request_waiting",
            "circle_id",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    words: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Production(Base):
    """Something a group makes: a text, a tool, an exhibition. state: a key of PRODUCTION_STATES; due_on: a local day.

    person_id: who keeps it in hand; file_id, note_id, fiche_id: where it is to be read, once there is something.
    words: what was said of it last: how it was finished, or why it was dropped, also once it is taken up again.
    """

    __tablename__ = "production"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    about: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=PLANNED)
    due_on: Mapped[date | None]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    file_id: Mapped[str | None] = mapped_column(ForeignKey("circle_file.id"))
    note_id: Mapped[str | None] = mapped_column(ForeignKey("note.id"))
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"))
    words: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def open(self) -> bool:
        """Whether something is still to be made."""
        return self.state in (PLANNED, MAKING)

    @property
    def late(self) -> bool:
        """Whether its day has passed and it is not finished."""
        return self.open and self.due_on is not None and self.due_on < today()


class Report(Base):
    """What a group reports to a committee about the days from `first_on` to `last_on`. body: Markdown; state: draft, sent.

    item_id: the agenda item it is attached to; a report that was sent is not written any more.
    """

    __tablename__ = "circle_report"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    first_on: Mapped[date]
    last_on: Mapped[date]
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(6), default=DRAFT)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id", ondelete="SET NULL"), index=True)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    sent_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()
    item: Mapped[AgendaItem | None] = relationship()
