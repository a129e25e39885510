"""Somebody asks that their account be deleted: seven days in which it can be undone, then models/forgetting.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.audit import record
from models.deliveries import mail
from models.people import Person, Role
from models.statements import Rows, few, statement
from models.store import Base, Moment, db, new_id, now

DELAY = timedelta(days=7)


class Farewell(Base):
    """One request to be forgotten. asked_by: the person, or who wrote it down for them."""

    __tablename__ = "farewell"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment, default=now)
    due_at: Mapped[datetime] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=[person_id])

    @property
    def open(self) -> bool:
        """Whether it can still be undone."""
        return self.cancelled_at is None and self.done_at is None


class CannotLeave(Exception):
    """The account cannot be deleted now; str() is a sentence with the remedy."""


LAST = _l(
    "C’est le seul compte qui administre ce site. Donnez d’abord ce rôle à une autre personne, puis recommencez."
)


def last_administrator(person: Person) -> bool:
    """Whether nobody else who may sign in administers."""
    if "administration" not in person.role_names:
        return False
    others = select(func.count()).select_from(Person).where(
        Person.active, Person.id != person.id, Person.roles.any(Role.name == "administration")
    )  # fmt: skip
    return not db.session.scalar(others)


@statement
def _farewell_of(person_id: Any) -> Rows:
    open_one = (Farewell.person_id == person_id, Farewell.cancelled_at.is_(None), Farewell.done_at.is_(None))
    return select(Farewell).where(*open_one).order_by(Farewell.asked_at).limit(few(1))


def farewell_of(person_id: str) -> Farewell | None:
    """The open request of a person."""
    found: Farewell | None = _farewell_of.first(person_id)
    return found


def ask(person: Person, by: Person) -> Farewell:
    """Ask that this person be forgotten in seven days; the same request again where there is one. Inside writing().

    The person gets a mail with a button that undoes it. Raises CannotLeave for the last who administers.
    """
    if last_administrator(person):
        raise CannotLeave(LAST)
    known = farewell_of(person.id)
    if known:
        return known
    row = Farewell(id=new_id(), person_id=person.id, asked_by=by.id, due_at=now() + DELAY)
    db.session.add(row)
    mail(person, "leaving", farewell=row.id)
    record(by, "person.leaving", "person", person.id)
    db.session.flush()
    return row


def cancel(row: Farewell, by: Person | None) -> bool:
    """Undo a request; False where it was undone or carried out before. Inside writing()."""
    if not row.open:
        return False
    row.cancelled_at = now()
    record(by, "person.staying", "person", row.person_id)
    return True


def due(at: datetime) -> list[str]:
    """Ids of the requests to carry out now. One of the last administrator waits until there is another."""
    query = select(Farewell).where(
        Farewell.due_at <= at, Farewell.cancelled_at.is_(None), Farewell.done_at.is_(None)
    )
    return [
        f.id for f in db.session.scalars(query.order_by(Farewell.due_at)) if not last_administrator(f.person)
    ]
