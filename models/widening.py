"""Widening of a circle: a person or an organisation that is missing around the table, from the proposal to the welcome.

Five steps: proposed → the person agrees → opinion of the members, where silence is agreement → decision at a meeting →
welcome. What changes a case is in models/welcoming.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from models.circles import LEADING, VOICES, Circle, sits
from models.decisions import Decision
from models.meetings import Meeting
from models.names import fold
from models.organisations import Organisation
from models.people import Person
from models.rights import in_office
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now


class CaseState:
    """Codes of the states of a case."""

    PROPOSED, AGREED, OPINION, DECISION = "proposed", "agreed", "opinion", "decision"
    WELCOME, ACCEPTED, LATER, WITHDRAWN = "welcome", "accepted", "later", "withdrawn"


STATES: dict[str, Any] = {
    CaseState.PROPOSED: _l("Proposée"),
    CaseState.AGREED: _l("La personne est d’accord"),
    CaseState.OPINION: _l("Avis des membres"),
    CaseState.DECISION: _l("À décider en réunion"),
    CaseState.WELCOME: _l("Accueil"),
    CaseState.ACCEPTED: _l("Accueillie"),
    CaseState.LATER: _l("Plus tard"),
    CaseState.WITHDRAWN: _l("Retirée"),
}
AGREES, OBJECTS = "agree", "object"
PERSON, ORGANISATION = "person", "organisation"
STEPS = (CaseState.PROPOSED, CaseState.AGREED, CaseState.OPINION, CaseState.DECISION, CaseState.WELCOME)
OPEN = frozenset(STEPS)


class Case(Base):
    """One candidate for a circle. code: E-2016-01; kind: "person" or "organisation"; reason: why they are missing here.

    name, email: of the person, or of the contact of the organisation; organisation_id, or organisation for one that the
    directory does not have; type, sector, territory, publics: codes of `type_organisation`, `secteur`, a name, codes of
    `public`: the gap that they fill. agreed_at: when the person said yes, agreed_by: who noted it, if not they.
    opinion_until: until when members object. decision_id, meeting_id: where it was decided. sponsor_id: who welcomes;
    person_id: the account that was made; from then on name and email stand there alone. ended_at, end_words: how it
    ended; refused: it was the person who said no.

    language: of the mail to the person; asked_at: when it was queued last; link_until: until when its link answers.
    question: what the person asked before answering, asked at question_at.
    """

    __tablename__ = "widening"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="person")
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(255))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    organisation: Mapped[str | None] = mapped_column(String(200))
    type: Mapped[str | None] = mapped_column(String(3))
    sector: Mapped[str | None] = mapped_column(String(3))
    territory: Mapped[str | None] = mapped_column(String(200))
    publics: Mapped[list[str]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=CaseState.PROPOSED, index=True)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    language: Mapped[str] = mapped_column(String(5), default="fr", server_default="fr")
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_until: Mapped[datetime | None] = mapped_column(Moment)
    question: Mapped[str | None] = mapped_column(Text)
    question_at: Mapped[datetime | None] = mapped_column(Moment)
    agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    agreed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    opinion_from: Mapped[datetime | None] = mapped_column(Moment)
    opinion_until: Mapped[datetime | None] = mapped_column(Moment)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id"))
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"))
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    sponsor_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    end_words: Mapped[str | None] = mapped_column(Text)
    refused: Mapped[bool] = mapped_column(default=False, server_default="0")
    rev: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    circle: Mapped[Circle] = relationship(lazy="joined")
    known: Mapped[Organisation | None] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    sponsor: Mapped[Person | None] = relationship(foreign_keys=[sponsor_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    agreer: Mapped[Person | None] = relationship(foreign_keys=[agreed_by])
    meeting: Mapped[Meeting | None] = relationship()
    decision: Mapped[Decision | None] = relationship()

    @property
    def place(self) -> str:
        """The organisation, as one says it."""
        return self.known.name_for("fr") if self.known else self.organisation or ""

    @property
    def named(self) -> str:
        """The person, or the contact of the organisation; "" once the name was erased."""
        return self.person.name if self.person else self.name or ""

    @property
    def title(self) -> str:
        """Whom it is about, as one says it; the code where no name is kept any more."""
        first, then = (self.place, self.named) if self.kind == ORGANISATION else (self.named, self.place)
        return first or then or self.code

    @property
    def open(self) -> bool:
        return self.state in OPEN


class Opinion(Base):
    """What a member says of a case. opinion: AGREES or OBJECTS, with a reason; who says nothing agrees."""

    __tablename__ = "widening_opinion"
    case_id: Mapped[str] = mapped_column(ForeignKey("widening.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    opinion: Mapped[str] = mapped_column(String(6))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    case: Mapped[Case] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


# ---- reading


def _whole() -> tuple[Any, ...]:
    """A case with all that one reads of it, in queries of their own: most people have no case before them."""
    return (
        selectinload(Case.known),
        *(selectinload(one).lazyload(Person.roles) for one in (Case.proposer, Case.sponsor, Case.person, Case.agreer)),
        selectinload(Case.meeting), selectinload(Case.decision),
    )  # fmt: skip


def _rows(*where: Any) -> Rows:
    query = select(Case).options(*_whole()).where(*where)
    return query.order_by(Case.proposed_at.desc(), Case.code.desc())


@statement
def _by_code(code: Any) -> Rows:
    return _rows(Case.code == code)


def case_by_code(code: str) -> Case | None:
    found: Case | None = _by_code.first(code)
    return found


@statement
def _of_circle(circle_id: Any, *, under_way: bool) -> Rows:
    return _rows(Case.circle_id == circle_id, *((Case.state.in_(OPEN),) if under_way else ()))


def of_circle(circle_id: str) -> list[Case]:
    """The cases of a circle, the last proposed first."""
    return _of_circle.all(circle_id, under_way=False)


def open_of(circle_id: str) -> list[Case]:
    """Those that are under way."""
    return _of_circle.all(circle_id, under_way=True)


@statement
def _visible(person_id: Any, *, office: bool) -> Rows:
    """In SQL what the right `widening.see` says (models/rights.py); a test compares the two."""
    return _rows() if office else _rows(Case.circle_id.in_(sits(person_id)))


def visible(person: Person) -> list[Case]:
    """Every case that this person may see: those under way first, the last proposed first."""
    rows = _visible.all(person.id, office=in_office(person))
    return sorted(rows, key=lambda case: not case.open)


def opinions(case: Case) -> list[Opinion]:
    """What members said, objections first, then by name. One query."""
    query = select(Opinion).where(Opinion.case_id == case.id)
    rows = db.session.scalars(query.options(joinedload(Opinion.person).lazyload(Person.roles)))
    return sorted(rows, key=lambda one: (one.opinion != OBJECTS, fold(one.person.name), one.person_id))


def objections(case_ids: Iterable[str]) -> dict[str, int]:
    """Id of a case → how many members object. One query."""
    wanted = (Opinion.case_id.in_(list(case_ids)), Opinion.opinion == OBJECTS)
    query = select(Opinion.case_id, func.count()).where(*wanted).group_by(Opinion.case_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def opinion_of(case_id: str, person_id: str) -> Opinion | None:
    return db.session.get(Opinion, (case_id, person_id))


@statement
def for_them(person_id: Any, at: Any) -> Rows:
    said = select(Opinion.case_id).where(Opinion.person_id == person_id)
    asked = (Case.state == CaseState.OPINION, Case.opinion_until > at)
    return _rows(*asked, Case.circle_id.in_(sits(person_id, *VOICES)), Case.id.not_in(said))


def to_say(person: Person) -> list[Case]:
    """Where the voice of this person is asked for now and was not heard, the first to end first."""
    rows = for_them.all(person.id, now())
    return sorted(rows, key=lambda case: (case.opinion_until or now(), case.code))


@statement
def _to_lead(person_id: Any) -> Rows:
    ready = (Case.state == CaseState.AGREED) | ((Case.state == CaseState.WELCOME) & Case.person_id.is_(None))
    return _rows(ready, Case.circle_id.in_(sits(person_id, *LEADING)))


def to_lead(person: Person) -> list[Case]:
    """What waits for this person in the circles where they chair or keep the secretariat: opinions to open, a welcome
    to give."""
    return sorted(_to_lead.all(person.id), key=lambda case: case.code)
