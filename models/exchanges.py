"""Reciprocal exchange of knowledge: somebody offers, somebody asks, a mediator puts the two in touch. No points.

Source: domain document, “reciprocal exchange”: offer, request, mediator, put in touch, done, three-line evaluation.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.deliveries import mail
from models.organisations import Organisation
from models.people import Person
from models.store import Base, Moment, db, new_id, now

OFFER, REQUEST = "offer", "request"
KINDS: dict[str, Any] = {OFFER: _l("J’offre"), REQUEST: _l("Je cherche")}

PROPOSED, IN_TOUCH, DONE, ENDED = "proposed", "in_touch", "done", "ended"
STATES: dict[str, Any] = {
    PROPOSED: _l("Proposé"),
    IN_TOUCH: _l("En contact"),
    DONE: _l("Fait"),
    ENDED: _l("Arrêté"),
}


class Notice(Base):
    """One offer or request on the board. kind: offer, request; languages: codes of `langue` by blanks.

    place: as people say it; country, region: codes as in an organisation, for the distance. circle_id: the group on whose
    board it stands, None for the network's. fiche_id: where it was written in a fiche; its words are the fiche's then.
    closed_at: since when it is not on the board any more.
    """

    __tablename__ = "exchange_notice"
    __table_args__ = (Index("ix_exchange_notice_open", "kind", "closed_at"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[str] = mapped_column(String(60), default="fr")
    place: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(5))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    circle_id: Mapped[str | None] = mapped_column(ForeignKey("circle.id"), index=True)
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"), index=True)
    until: Mapped[date | None]
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    organisation: Mapped[Organisation | None] = relationship()
    circle: Mapped[Circle | None] = relationship()


class Exchange(Base):
    """Two people put in touch: who gives, who receives, who mediates. state: a key of STATES.

    offer_id, request_id: what it came from; one of them may be missing. subject: what it is about, as it was said then. words: what was
    said when it was proposed; end_words: when it was ended. mediator_id: None while an answer to a notice waits for one.
    giver_named, receiver_named: whether they agree to be named where reciprocity is shown.
    """

    __tablename__ = "exchange"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("exchange_notice.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("exchange_notice.id"), index=True)
    circle_id: Mapped[str | None] = mapped_column(ForeignKey("circle.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    giver_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    receiver_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    mediator_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    giver_agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    receiver_agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    words: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    in_touch_at: Mapped[datetime | None] = mapped_column(Moment)
    giver_named: Mapped[bool] = mapped_column(default=False)
    receiver_named: Mapped[bool] = mapped_column(default=False)
    end_words: Mapped[str | None] = mapped_column(Text)
    done_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    rev: Mapped[int] = mapped_column(default=1)
    giver: Mapped[Person] = relationship(foreign_keys=[giver_id])
    receiver: Mapped[Person] = relationship(foreign_keys=[receiver_id])
    mediator: Mapped[Person | None] = relationship(foreign_keys=[mediator_id])
    offer: Mapped[Notice | None] = relationship(foreign_keys=[offer_id])
    request: Mapped[Notice | None] = relationship(foreign_keys=[request_id])
    circle: Mapped[Circle | None] = relationship()


def those_told(exchange: Any) -> set[str]:
    """Ids of who has heard of an exchange (a row of the table will do): the two once somebody mediates, before that who
    said yes; and who mediates."""
    two = {exchange.giver_id: exchange.giver_agreed_at, exchange.receiver_id: exchange.receiver_agreed_at}
    if exchange.mediator_id:
        return {*two, exchange.mediator_id}
    return {person_id for person_id, agreed in two.items() if agreed}


def tell_end(exchange: Any, but: str) -> None:
    """A mail to who has heard of an exchange that ends because of somebody who is here no more, `but`. Inside writing()."""
    told = those_told(exchange) - {but}
    for person in db.session.scalars(select(Person).where(Person.id.in_(told), Person.active.is_(True))):
        mail(person, "exchange_ended", exchange=exchange.id)


class Evaluation(Base):
    """Three lines of one of the two about an exchange that was done: what was learned, what worked, what next."""

    __tablename__ = "exchange_evaluation"
    __table_args__ = (UniqueConstraint("exchange_id", "person_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    exchange_id: Mapped[str] = mapped_column(ForeignKey("exchange.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    learned: Mapped[str | None] = mapped_column(String(300))
    worked: Mapped[str | None] = mapped_column(String(300))
    following: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship()
