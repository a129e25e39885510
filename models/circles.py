"""Circles of people: the core committee, the enlarged one, a working group, a network. One model for all of them.

A circle has a mandate and working conditions; somebody sits in it with a role, from a day to a day. What ended stays,
so that one can read who sat here when. Meetings, decisions and tasks hang on a circle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, func, select, text
from sqlalchemy.orm import Mapped, column_property, contains_eager, mapped_column, relationship

from models.names import fold
from models.people import Person
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now

NETWORK = "RES"  # neighbours: a light group with a territory and its own rhythm
GROUP = "GDT"  # a working group
COMMITTEES = ("NOY", "ELG")  # kinds that stand under /committee; the others stand under /groups
CHAIR, SECRETARY, MEMBER, OBSERVER = "chair", "secretary", "member", "observer"
SEATS: dict[str, Any] = {
    CHAIR: _l("Présidence ou animation"),
    SECRETARY: _l("Secrétariat"),
    MEMBER: _l("Membre"),
    OBSERVER: _l("Observe, sans voix"),
}
LEADING = frozenset({CHAIR, SECRETARY})
VOICES = frozenset({CHAIR, SECRETARY, MEMBER})
DECIDING: dict[str, Any] = {
    "consent": _l("Par consentement : personne n’a d’objection qui tienne"),
    "consensus": _l("Par consensus : tout le monde est d’accord"),
    "vote": _l("Par un vote : la majorité des voix exprimées"),
}


class Circle(Base):
    """One circle. code: COPIL, GT-PLA, never changed; kind: a code of `cercle`; languages: codes of `langue` by blanks.

    deciding: a key of DECIDING; quorum: how many voices must be there, 0 for none asked; proxies: how many voices one
    person may carry for others, 0 for none. closed: only its members and the coordination know of it. axis: a code of
    `axe`, for a working group. territory: where a network of neighbours is at home. decided_by: number of the decision
    that gave the mandate, D-2016-01. ended_at: since when it does not work any more.
    """

    __tablename__ = "circle"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(3))
    title: Mapped[str] = mapped_column(String(200))
    mandate: Mapped[str | None] = mapped_column(Text)
    rhythm: Mapped[str | None] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(300))
    languages: Mapped[str] = mapped_column(String(60), default="fr")
    expenses: Mapped[str | None] = mapped_column(Text)
    deciding: Mapped[str | None] = mapped_column(String(12))
    deciding_words: Mapped[str | None] = mapped_column(Text)
    quorum: Mapped[int] = mapped_column(default=0)
    proxies: Mapped[int] = mapped_column(default=1)
    closed: Mapped[bool] = mapped_column(default=False)
    axis: Mapped[str | None] = mapped_column(String(3))
    territory: Mapped[str | None] = mapped_column(String(300))
    decided_by: Mapped[str | None] = mapped_column(String(20))
    ends_on: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    if TYPE_CHECKING:
        sitting: Mapped[str | None]

    @property
    def _places(self) -> list[tuple[str, str]]:
        """(role, id of a person) of those who sit here now."""
        return [
            (role, who)
            for role, _, who in (one.partition(":") for one in (self.sitting or "").split(","))
            if who
        ]

    @property
    def member_ids(self) -> frozenset[str]:
        """Ids of those who sit here now."""
        return frozenset(who for _role, who in self._places)

    @property
    def lead_ids(self) -> frozenset[str]:
        """Ids of those who chair it or keep its secretariat."""
        return frozenset(who for role, who in self._places if role in LEADING)

    @property
    def secretary_ids(self) -> frozenset[str]:
        return frozenset(who for role, who in self._places if role == SECRETARY)

    @property
    def voice_ids(self) -> frozenset[str]:
        """Ids of those whose voice counts, and who may carry another's."""
        return frozenset(who for role, who in self._places if role in VOICES)

    @property
    def is_committee(self) -> bool:
        return self.kind in COMMITTEES


class Seat(Base):
    """A person in a circle. role: a key of SEATS; since, until: days; until None: sits here now. One open seat each."""

    __tablename__ = "seat"
    __table_args__ = (
        Index(
            "uq_seat_open",
            "circle_id",
            "person_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(12), default=MEMBER)
    since: Mapped[date | None]
    until: Mapped[date | None]
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    circle: Mapped[Circle] = relationship()


# Who sits in a circle now, as "role:id,role:id": enough for every right, and it comes along with the circle. As rows of
# their own the seats of fifty groups took a third of the time of a page.
Circle.sitting = column_property(
    select(func.aggregate_strings(Seat.role + ":" + Seat.person_id, ","))
    .where(Seat.circle_id == Circle.id, Seat.until.is_(None))
    .correlate_except(Seat)
    .scalar_subquery()
)


# ---- reading


def sits(person_id: Any, *roles: str) -> Rows:
    """The circles where somebody sits now, in one of these roles where some are named: for a condition."""
    mine = select(Seat.circle_id).where(Seat.person_id == person_id, Seat.until.is_(None))
    return mine.where(Seat.role.in_(roles)) if roles else mine


@statement
def _by_code(code: Any) -> Rows:
    return select(Circle).where(Circle.code == code)


def circle_by_code(code: str) -> Circle | None:
    found: Circle | None = _by_code.first(code)
    return found


@statement
def _every() -> Rows:
    return select(Circle)


def circles() -> list[Circle]:
    """Every circle: committees first, those that ended last, then by name."""
    order = (*COMMITTEES, GROUP, NETWORK, "INF")

    def key(circle: Circle) -> tuple[bool, int, str]:
        place = order.index(circle.kind) if circle.kind in order else len(order)
        return circle.ended_at is not None, place, fold(circle.title)

    return sorted(_every.all(), key=key)


def _by_role(seats: Iterable[Seat]) -> list[Seat]:
    roles = list(SEATS)
    return sorted(seats, key=lambda s: (roles.index(s.role), fold(s.person.name), s.id))


@statement
def _seats(circle_id: Any, *, past: bool) -> Rows:
    query = select(Seat).join(Seat.person).options(contains_eager(Seat.person).lazyload(Person.roles))
    return query.where(Seat.circle_id == circle_id, Seat.until.is_not(None) if past else Seat.until.is_(None))


def seats(circle: Circle) -> list[Seat]:
    """Who sits in it now, with the people, by role and name."""
    return _by_role(_seats.all(circle.id, past=False))


@statement
def _seats_in(circle_ids: Any) -> Rows:
    query = select(Seat).join(Seat.person).options(contains_eager(Seat.person).lazyload(Person.roles))
    return query.where(Seat.circle_id.in_(circle_ids), Seat.until.is_(None))


def at_work(*kinds: str) -> list[tuple[Circle, list[Seat]]]:
    """The circles of these kinds that are at work and may be named outside, each with who sits there by role and name:
    never a closed one. Two queries."""
    rows = [c for c in circles() if c.kind in kinds and not c.closed and c.ended_at is None]
    found = _seats_in.all([c.id for c in rows]) if rows else []
    return [(c, _by_role(s for s in found if s.circle_id == c.id)) for c in rows]


def past_seats(circle: Circle) -> list[Seat]:
    """Who sat in it before, the last to leave first."""
    return sorted(_seats.all(circle.id, past=True), key=lambda s: (s.until, s.id), reverse=True)


@statement
def _seats_of(person_id: Any) -> Rows:
    query = select(Seat).join(Seat.circle).options(contains_eager(Seat.circle))
    return query.where(Seat.person_id == person_id, Seat.until.is_(None))


def seats_of(person: Person) -> list[Seat]:
    """Where somebody sits now, with the circles."""
    return _seats_of.all(person.id)


def seat_here(circle: Circle, person_id: str) -> Seat | None:
    """The open seat of somebody."""
    mine = (Seat.circle_id == circle.id, Seat.person_id == person_id, Seat.until.is_(None))
    return db.session.scalar(select(Seat).where(*mine))


@statement
def _headcounts(circle_ids: Any) -> Rows:
    query = select(Seat.circle_id, func.count()).where(Seat.circle_id.in_(circle_ids), Seat.until.is_(None))
    return query.group_by(Seat.circle_id)


def headcounts(rows: Iterable[Circle]) -> dict[str, int]:
    """How many sit in each of these circles, by id; in one query."""
    return {row[0]: row[1] for row in _headcounts.rows([circle.id for circle in rows])}
