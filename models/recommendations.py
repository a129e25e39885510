"""Recommendations: what the network asks of somebody who can change something, why, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.fiche.fiche import Fiche
from models.meetings import Meeting
from models.store import Base, Moment, db, new_id, now

KINDS: dict[str, Any] = {
    "obstacle": _l("Un obstacle à lever"),
    "lever": _l("Un levier à soutenir"),
    "demand": _l("Une demande"),
}
LEVELS: dict[str, Any] = {
    "commune": _l("Commune"),
    "province": _l("Province"),
    "region": _l("Région"),
    "community": _l("Communauté"),
    "federal": _l("État fédéral"),
    "europe": _l("Union européenne"),
    "other": _l("Autre (école, mutualité, bailleur…)"),
}
STATES: dict[str, Any] = {
    "proposed": _l("Proposée"),
    "adopted": _l("Adoptée"),
    "sent": _l("Portée à son destinataire"),
    "answered": _l("Une réponse est venue"),
    "closed": _l("Classée"),
}


class Recommendation(Base):
    """One recommendation. number: RC-2016-01; cause: what it comes from; kind: a key of KINDS; addressee: who is asked,
    in words, level: a key of LEVELS; determinants: codes of `determinant`; state: of STATES, words: what became of it.

    meeting_id, item_id, contribution_id: where it was said, if in a meeting; decision_id: the decision that adopted it.
    """

    __tablename__ = "recommendation"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    edition_id: Mapped[str | None] = mapped_column(ForeignKey("edition.id"), index=True)
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("agenda_item.id"))
    contribution_id: Mapped[str | None] = mapped_column(ForeignKey("contribution.id"))
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id"))
    text: Mapped[str] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(8), default="demand")
    addressee: Mapped[str | None] = mapped_column(String(300))
    level: Mapped[str | None] = mapped_column(String(10))
    determinants: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(8), default="proposed", index=True)
    words: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    circle: Mapped[Circle] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    fiches: Mapped[list[Fiche]] = relationship(secondary="recommendation_fiche", order_by=Fiche.number)

    @property
    def title(self) -> str:
        """Its number, as it is called in a head."""
        return self.number


class RecommendationFiche(Base):
    """A fiche that supports a recommendation."""

    __tablename__ = "recommendation_fiche"
    recommendation_id: Mapped[str] = mapped_column(ForeignKey("recommendation.id"), primary_key=True)
    fiche_id: Mapped[str] = mapped_column(ForeignKey("fiche.id"), primary_key=True, index=True)


# ---- reading


def recommendation_by_number(number: str) -> Recommendation | None:
    return db.session.scalar(select(Recommendation).where(Recommendation.number == number))
