"""Decisions: what a circle decided, how, and who said what to it; the votes of a vote by name.

A number (D-2016-01) is given when a decision reaches the server, and never again to another. What changes them is in
models/noting.py and models/voting.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.circles import Circle
from models.meetings import Meeting
from models.store import Base, Moment, db, new_id, now

MODES: dict[str, Any] = {
    "consent": _l("Par consentement"),
    "consensus": _l("Par consensus"),
    "vote": _l("Par un vote"),
}
OUTCOMES: dict[str, Any] = {
    "adopted": _l("Adoptée"),
    "rejected": _l("Rejetée"),
    "postponed": _l("Reportée"),
}
HOW: dict[str, Any] = {
    "hands": _l("À main levée"),
    "paper": _l("À bulletin secret"),
    "named": _l("Par appel nominal"),
}
FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
CHOICES: dict[str, Any] = {FOR: _l("Pour"), AGAINST: _l("Contre"), ABSTAIN: _l("Abstention")}


class Decision(Base):
    """One decision. number: D-2016-01; mode: a key of MODES; outcome: of OUTCOMES; objections: what was said against it.

    With mode "vote": how, a key of HOW; votes_for, votes_against, votes_abstain: the totals as they were counted, for a
    vote by name those of its votes at its end; voices: how many could vote then. opened_at, closed_at: of a vote by
    name. replaces_id: the decision that this one replaces. beside_id, removed_at: as of a line of the minutes
    (models/contributions.py); a number that was given stays with a decision that was taken away.
    """

    __tablename__ = "decision"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    edition_id: Mapped[str | None] = mapped_column(ForeignKey("edition.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(10), default="consent")
    outcome: Mapped[str] = mapped_column(String(10), default="adopted")
    objections: Mapped[str | None] = mapped_column(Text)
    how: Mapped[str | None] = mapped_column(String(6))
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    votes_abstain: Mapped[int | None]
    voices: Mapped[int | None]
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id"))
    beside_id: Mapped[str | None] = mapped_column(String(36))
    rev: Mapped[int] = mapped_column(default=1)
    decided_at: Mapped[datetime] = mapped_column(Moment, default=now)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    meeting: Mapped[Meeting] = relationship()
    circle: Mapped[Circle] = relationship()
    replaces: Mapped[Decision | None] = relationship(remote_side=[id])

    @property
    def voting(self) -> bool:
        """Whether a vote by name is under way."""
        return self.opened_at is not None and self.closed_at is None


class Vote(Base):
    """One voice in a vote by name: one row a voice, whatever races. voice_id: whose; cast_by: who gave it, them or who
    carries it, or who noted it. choice: a key of CHOICES."""

    __tablename__ = "vote"
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    voice_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    choice: Mapped[str] = mapped_column(String(7))
    cast_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)


# ---- reading


def decision_by_number(number: str) -> Decision | None:
    return db.session.scalar(select(Decision).where(Decision.number == number))


def decisions_of(meeting: Meeting) -> list[Decision]:
    """What a meeting decided, by number; no version that waits for a choice. One query."""
    stands = (Decision.removed_at.is_(None), Decision.beside_id.is_(None))
    query = select(Decision).where(Decision.meeting_id == meeting.id, *stands)
    query = query.options(joinedload(Decision.replaces))
    return list(db.session.scalars(query.order_by(Decision.number)).unique())


def votes_of(decision: Decision) -> dict[str, str]:
    """Id of a voice → what it said."""
    rows = db.session.execute(select(Vote.voice_id, Vote.choice).where(Vote.decision_id == decision.id))
    return {row.voice_id: row.choice for row in rows}
