"""Meetings of a circle: when and where, the state, the poll of dates. The agenda is in models/agenda.py."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.people import Person
from models.store import Base, Moment, new_id, now


class MeetingState:
    """Codes of the states of a meeting."""

    PREPARED, CONVENED, HELD = "prepared", "convened", "held"
    PROPOSED, APPROVED, CANCELLED = "minutes_proposed", "minutes_approved", "cancelled"


STATES = {
    MeetingState.PREPARED: _l("En préparation"),
    MeetingState.CONVENED: _l("Convoquée"),
    MeetingState.HELD: _l("Tenue"),
    MeetingState.PROPOSED: _l("Procès-verbal proposé"),
    MeetingState.APPROVED: _l("Procès-verbal approuvé"),
    MeetingState.CANCELLED: _l("Annulée"),
}


class Meeting(Base):
    """One meeting. code: R-2016-01, never changed; state: of STATES; timezone: a name of the tz database.

    starts_at, ends_at: None while the date is being looked for. link: for who is at a distance. sequence: of the
    iCalendar object, raised at each change after convening; its UID comes from `id`. series: shared by the meetings that
    were made together; previous_id: the meeting before it of this circle, whose minutes it approves. remind_days: how
    many days before `reply_by` who has not answered is reminded, 0 for never; reminded_at: when the worker did so.
    """

    __tablename__ = "meeting"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    edition_id: Mapped[str | None] = mapped_column(ForeignKey("edition.id"), index=True)
    series: Mapped[str | None] = mapped_column(String(36), index=True)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"))
    state: Mapped[str] = mapped_column(String(20), default=MeetingState.PREPARED, index=True)
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Brussels")
    place: Mapped[str | None] = mapped_column(String(300))
    link: Mapped[str | None] = mapped_column(String(500))
    languages: Mapped[str] = mapped_column(String(60), default="fr")
    reply_by: Mapped[datetime | None] = mapped_column(Moment)
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(255))
    contact_phone: Mapped[str | None] = mapped_column(String(60))
    remind_days: Mapped[int] = mapped_column(default=2)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    sequence: Mapped[int] = mapped_column(default=0)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    convened_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    circle: Mapped[Circle] = relationship(lazy="joined")

    @property
    def minutes(self) -> int | None:
        """How long it lasts, in minutes; None while it has no date."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def over(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at is not None and self.ends_at <= now()


class Poll(Base):
    """A date looked for together. closes_at: until when one answers; closed_at, option_id: once a date was chosen."""

    __tablename__ = "poll"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), unique=True)
    words: Mapped[str | None] = mapped_column(Text)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    option_id: Mapped[str | None] = mapped_column(String(36))
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    meeting: Mapped[Meeting] = relationship(lazy="joined")
    options: Mapped[list[PollOption]] = relationship(
        back_populates="poll", order_by="PollOption.starts_at, PollOption.id", cascade="all, delete-orphan"
    )


class PollOption(Base):
    """One date of a poll."""

    __tablename__ = "poll_option"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    poll_id: Mapped[str] = mapped_column(ForeignKey("poll.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    poll: Mapped[Poll] = relationship(back_populates="options")
    answers: Mapped[list[PollAnswer]] = relationship(
        back_populates="option", cascade="all, delete-orphan", order_by="PollAnswer.person_id"
    )


class PollAnswer(Base):
    """What a person says of a date. answer: "yes", "maybe" or "no"; entered_by: who noted it for them, if another."""

    __tablename__ = "poll_answer"
    option_id: Mapped[str] = mapped_column(ForeignKey("poll_option.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(5))
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    option: Mapped[PollOption] = relationship(back_populates="answers")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
