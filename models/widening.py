"""Widening of a circle: a person or an organisation that is missing around the table, from the proposal to the welcome.

Five steps: proposed → the person agrees → opinion of the members, where silence is agreement → decision at a meeting →
welcome. What changes a case is in models/welcoming.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.organisations import Organisation
from models.people import Person
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


class Case(Base):
    """One candidate for a circle. code: E-2016-01; kind: "person" or "organisation"; reason: why they are missing here.

    name, email: of the person, or of the contact of the organisation; organisation_id, or organisation for one that the
    directory does not have; type, sector, territory, publics: codes of `type_organisation`, `secteur`, a name, codes of
    `public`: the gap that they fill. agreed_at: when the person said yes, agreed_by: who noted it, if not they.
    opinion_until: until when members object. decision_id, meeting_id: where it was decided. sponsor_id: who welcomes;
    person_id: the account that was made. ended_at, end_words: how it ended.
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
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
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
    rev: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    circle: Mapped[Circle] = relationship(lazy="joined")
    known: Mapped[Organisation | None] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    sponsor: Mapped[Person | None] = relationship(foreign_keys=[sponsor_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])

    @property
    def title(self) -> str:
        """Whom it is about, as one says it."""
        place = self.known.name_for("fr") if self.known else self.organisation
        return place or self.name or "" if self.kind == "organisation" else self.name or place or ""


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


def case_by_code(code: str) -> Case | None:
    return db.session.scalar(select(Case).where(Case.code == code))
