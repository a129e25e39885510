"""Meetings of a circle: when and where, the state, the poll of dates. The agenda is in models/agenda.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from models.audit import record
from models.circles import COMMITTEES, Circle, sits
from models.people import Person
from models.rights import in_office
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now

if TYPE_CHECKING:
    from models.minutes import Minutes
    from models.replies import Reply


NEAR = timedelta(hours=12)
LONGEST_REASON = 500  # signs of why a meeting is cancelled


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
    cancel_reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    circle: Mapped[Circle] = relationship(lazy="joined")
    guests: Mapped[list[Reply]] = relationship(
        "Reply",
        primaryjoin="and_(Meeting.id == Reply.meeting_id, Reply.guest)",
        viewonly=True,
        lazy="selectin",
    )
    # Loaded where it is asked for alone: while a correction is proposed.
    approved_versions: Mapped[list[Minutes]] = relationship(
        "Minutes",
        primaryjoin="and_(Meeting.id == foreign(Minutes.meeting_id), Minutes.state == 'approved')",
        viewonly=True,
    )

    @property
    def approved_before(self) -> bool:
        """Whether some version of its minutes was approved, be it corrected since."""
        return bool(self.approved_versions)

    @property
    def guest_ids(self) -> frozenset[str]:
        """Ids of those who were invited without a seat in the circle."""
        return frozenset(reply.person_id for reply in self.guests)

    @property
    def minutes(self) -> int | None:
        """How long it lasts, in minutes; None while it has no date."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def near(self) -> bool:
        """Whether it begins within twelve hours, or has begun: from then on one notes what happens."""
        return self.starts_at is not None and self.starts_at <= now() + NEAR

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


# ---- reading


@statement
def _by_code(code: Any) -> Rows:
    return select(Meeting).where(Meeting.code == code)


def meeting_by_code(code: str) -> Meeting | None:
    found: Meeting | None = _by_code.first(code)
    return found


def visible(person: Person, *where: Any, papers: bool = False) -> list[Meeting]:
    """The meetings that this person may see and that fit, by date; those without a date first.

    Says in SQL what the right `meeting.see` says (models/rights.py), `meeting.papers` where papers is set: a test
    compares them.
    """
    seen = _seen(person.id, in_office(person), papers)
    return list(db.session.scalars(seen.where(*where)).unique())


def _seen(person_id: Any, office: bool, papers: bool) -> Rows:
    from models.replies import Reply

    query = select(Meeting).join(Circle)
    if not office:
        asked = select(Reply.meeting_id).where(Reply.person_id == person_id, Reply.guest)
        told = Meeting.convened_at.is_not(None)
        public = told & Circle.closed.is_(False) if not papers else false()
        query = query.where(or_(Meeting.circle_id.in_(sits(person_id)), public, told & Meeting.id.in_(asked)))
    return query.order_by(Meeting.starts_at.is_not(None), Meeting.starts_at, Meeting.code)


@statement
def _coming(person_id: Any, at: Any, *, office: bool, papers: bool, committees: bool) -> Rows:
    alive = Meeting.state.in_((MeetingState.PREPARED, MeetingState.CONVENED))
    query = _seen(person_id, office, papers).where(
        alive, or_(Meeting.ends_at.is_(None), Meeting.ends_at > at)
    )
    return query.where(Circle.kind.in_(COMMITTEES), Circle.ended_at.is_(None)) if committees else query


def coming(person: Person, *, papers: bool = False, committees: bool = False) -> list[Meeting]:
    """What this person may see that is not over and not cancelled, the next one first; without a date last.

    papers: only those whose papers they read: of their circles, or where they are invited. committees: only those of
    committees that work.
    """
    office = in_office(person)
    rows = _coming.all(person.id, now(), office=office, papers=papers, committees=committees)
    return sorted(rows, key=lambda m: (m.starts_at is None, m.starts_at or m.made_at, m.code))


def before(meeting: Meeting) -> Meeting | None:
    """The last meeting of the circle that was held before this one."""
    held = Meeting.state.in_((MeetingState.HELD, MeetingState.PROPOSED, MeetingState.APPROVED))
    query = select(Meeting).where(Meeting.circle_id == meeting.circle_id, held, Meeting.id != meeting.id)
    if meeting.starts_at:
        query = query.where(Meeting.starts_at < meeting.starts_at)
    return db.session.scalars(query.order_by(Meeting.starts_at.desc()).limit(1)).first()


def poll_of(meeting: Meeting) -> Poll | None:
    """The poll of a meeting with its dates and answers."""
    whole = selectinload(Poll.options).selectinload(PollOption.answers)
    return db.session.scalar(select(Poll).options(whole).where(Poll.meeting_id == meeting.id))


@statement
def _unanswered(person_id: Any, meeting_ids: Any, at: Any) -> Rows:
    said = select(PollAnswer.option_id).join(PollOption).where(
        PollOption.poll_id == Poll.id, PollAnswer.person_id == person_id
    )  # fmt: skip
    open_ones = (Poll.closed_at.is_(None), or_(Poll.closes_at.is_(None), Poll.closes_at > at))
    return select(Poll.meeting_id).where(Poll.meeting_id.in_(meeting_ids), *open_ones, ~said.exists())


def unanswered(person: Person, meeting_ids: Iterable[str]) -> set[str]:
    """Of these meetings, those whose dates wait for this person's answer; in one query."""
    return set(_unanswered.all(person.id, list(meeting_ids), now()))


ANSWERS = {"yes": _l("Oui"), "maybe": _l("S’il le faut"), "no": _l("Non")}


def vote(poll: Poll, person: Person, answers: Mapping[str, str], by: Person | None = None) -> None:
    """What somebody says of each date. Inside writing(). What is no date of this poll, or no answer, is passed over."""
    for option in poll.options:
        answer = answers.get(option.id, "")
        if answer not in ANSWERS:
            continue
        row = db.session.get(PollAnswer, (option.id, person.id))
        if row is None:
            row = PollAnswer(option_id=option.id, person_id=person.id)
            db.session.add(row)
        row.answer, row.at = answer, now()
        row.entered_by = by.id if by and by.id != person.id else None
    db.session.flush()
    db.session.expire_all()
    record(by or person, "poll.answered", "meeting", poll.meeting_id, member=person.id)


# `guests` is made of replies, `approved_versions` of minutes: whoever knows meetings knows them too.
import_module("models.replies")
import_module("models.minutes")
