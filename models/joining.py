"""Somebody asks to join: one row for an address, until the coordination answers.

The page of the call says the same whether an address is known or not; what follows differs in the mailbox alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import access, people
from models.audit import record
from models.deliveries import Mail, mail
from models.editions import Call
from models.people import Person, by_email, people_with
from models.store import Base, Moment, db, new_id, now

WAITING, ACCEPTED, DECLINED = "waiting", "accepted", "declined"
STATES = {WAITING: _l("Attend une réponse"), ACCEPTED: _l("Acceptée"), DECLINED: _l("Déclinée")}
TOLD_EVERY = timedelta(days=1)
MOMENT = timedelta(minutes=1)  # within which the same again is a second press
LONGEST = 1000  # signs


class JoinRequest(Base):
    """What somebody wrote who wants to join. words: why; answer: what the coordination wrote back.

    told_at: when the coordination was mailed that it waits.
    """

    __tablename__ = "join_request"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"), index=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str | None] = mapped_column(String(200))
    words: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(5), default="fr")
    state: Mapped[str] = mapped_column(String(10), default=WAITING, index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    call: Mapped[Call | None] = relationship(lazy="joined")
    answerer: Mapped[Person | None] = relationship(foreign_keys=[answered_by], lazy="joined")


class Answered(Exception):
    """Somebody answered this request in the meantime; nothing was changed."""


def ask(
    call: Call, email: str, name: str, *, organisation: str | None, words: str | None, language: str
) -> JoinRequest | None:
    """Somebody asks: their request, or None for a member, who is mailed a link to come in. Inside writing().

    Asked again, the request says what was written last, and waits again; the same words within a moment, of a second
    press, are one. Raises BadPerson.
    """
    email, name = people.tidy_email(email), people.tidy_name(name)
    known = by_email(email)
    if known and known.active:
        if not _just_mailed(known):
            mail(known, "sign_in")
        return None
    row = db.session.scalar(select(JoinRequest).where(JoinRequest.email == email))
    said = {
        "call_id": call.id,
        "name": name,
        "organisation": organisation,
        "words": words,
        "language": language,
    }
    if row is None:
        row = JoinRequest(id=new_id(), email=email)
        db.session.add(row)
    elif (
        row.state == WAITING
        and row.at > now() - MOMENT
        and all(getattr(row, k) == v for k, v in said.items())
    ):
        return row
    for name_, value in said.items():
        setattr(row, name_, value)
    if row.state != WAITING:
        row.told_at = None
    row.state, row.at = WAITING, now()
    db.session.flush()
    record(None, "join.asked", "join", row.id, call=call.code)
    tell_office()
    return row


def _just_mailed(person: Person) -> bool:
    """Whether a link to come in was mailed to this person a moment ago, and may come still."""
    lately = (Mail.person_id == person.id, Mail.template == "sign_in", Mail.made_at > now() - MOMENT)
    return db.session.scalar(select(Mail.id).where(*lately, Mail.dead_at.is_(None)).limit(1)) is not None


def waiting_count() -> int:
    """How many requests wait for an answer."""
    return db.session.scalar(select(func.count()).where(JoinRequest.state == WAITING)) or 0


def to_tell() -> bool:
    """Whether there are requests of which the coordination has not heard, and the last mail is a day old."""
    unheard = select(JoinRequest.id).where(JoinRequest.state == WAITING, JoinRequest.told_at.is_(None))
    recent = select(Mail.id).where(Mail.template == "join_waiting", Mail.made_at > now() - TOLD_EVERY)
    return db.session.scalar(unheard.limit(1)) is not None and db.session.scalar(recent.limit(1)) is None


def tell_office() -> bool:
    """Mail the coordination that requests wait, once a day at most; whether it was done. Inside writing()."""
    if not to_tell():
        return False
    for to in people_with("coordination"):
        mail(to, "join_waiting")
    db.session.execute(update(JoinRequest).where(JoinRequest.state == WAITING).values(told_at=now()))
    return True


def requests(state: str) -> list[str]:
    """Ids of the requests in a state: those that wait longest first, answered ones latest first."""
    order = JoinRequest.at if state == WAITING else JoinRequest.answered_at.desc()
    query = select(JoinRequest.id).where(JoinRequest.state == state).order_by(order, JoinRequest.id)
    return list(db.session.scalars(query))


def accept(
    row: JoinRequest, by: Person, roles: list[str], *, name: str, organisation: str | None, circle: str = ""
) -> Person:
    """Invite who asked. Inside writing(). Raises Answered, BadPerson, KeyError for an unknown role."""
    if row.state != WAITING:
        raise Answered
    known = by_email(row.email)
    if known and known.active:
        person = known
        people.give_roles(person, roles)
    else:
        person = people.invited(name, row.email, roles, organisation=organisation)
        person.language = row.language
        access.invite(person, by, circle=circle)
    row.state, row.person_id, row.answered_at, row.answered_by = ACCEPTED, person.id, now(), by.id
    record(by, "join.accepted", "join", row.id, member=person.id)
    return person


def decline(row: JoinRequest, by: Person, answer: str) -> None:
    """Say no with a sentence, which is mailed. Inside writing(). Raises Answered."""
    if row.state != WAITING:
        raise Answered
    row.state, row.answer, row.answered_at, row.answered_by = DECLINED, answer, now(), by.id
    db.session.add(
        Mail(to=row.email, language=row.language, template="join_declined", context={"request": row.id})
    )
    record(by, "join.declined", "join", row.id)
