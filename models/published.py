"""What of the register may leave the site on paper: of open circles alone, adopted, in minutes that were approved.

Whoever prints it need not sit anywhere, and whoever gets the paper may hand it on: nothing here depends on who asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from models import register
from models.circles import Circle
from models.decisions import Decision
from models.dossiers import PRINTED, barred
from models.editions import Edition
from models.fiche.fiche import Fiche, State
from models.meetings import Meeting, MeetingState
from models.recommendations import LEVELS, Recommendation
from models.store import db

SHOWN_FICHES = (*PRINTED, State.ARCHIVED)


def of_edition(edition: Edition, model: Any) -> Any:
    """A condition: of an edition; where a row names none, that of its meeting."""
    met = select(Meeting.id).where(Meeting.edition_id == edition.id)
    return or_(model.edition_id == edition.id, and_(model.edition_id.is_(None), model.meeting_id.in_(met)))


def approved(model: Any = Decision) -> Any:
    """A condition: of an open circle, in minutes that were approved."""
    said = (
        select(Meeting.id)
        .join(Circle)
        .where(Meeting.state == MeetingState.APPROVED, Circle.closed.is_(False))
    )
    seen: Any = model.meeting_id.in_(said)
    return seen


def decided(edition: Edition) -> Any:
    """A condition on the decisions of an edition that are printed."""
    return and_(approved(), register.standing(), of_edition(edition, Decision))


def recommended(edition: Edition) -> Any:
    """A condition on the recommendations of an edition that are printed."""
    return and_(register.known(), of_edition(edition, Recommendation))


@dataclass(frozen=True)
class Section:
    """What one circle decided, by meeting, and what it recommends."""

    circle: Circle
    meetings: list[tuple[Meeting, list[Decision]]] = field(default_factory=list)
    recommendations: list[Recommendation] = field(default_factory=list)


def sections(edition: Edition) -> list[Section]:
    """The register of an edition, circle after circle by title; meetings by day, numbers in their order. Constant queries."""
    decisions = db.session.scalars(
        select(Decision).where(decided(edition)).options(joinedload(Decision.circle), joinedload(Decision.meeting)).order_by(Decision.number)
    ).unique()  # fmt: skip
    found: dict[str, Section] = {}
    by_meeting: dict[str, list[Decision]] = {}
    for row in decisions:
        section = found.setdefault(row.circle_id, Section(row.circle))
        if row.meeting_id not in by_meeting:
            by_meeting[row.meeting_id] = []
            section.meetings.append((row.meeting, by_meeting[row.meeting_id]))
        by_meeting[row.meeting_id].append(row)
    for said in recommendations(edition):
        found.setdefault(said.circle_id, Section(said.circle)).recommendations.append(said)
    for section in found.values():
        section.meetings.sort(key=lambda pair: (pair[0].starts_at is None, pair[0].starts_at, pair[0].code))
    return sorted(
        found.values(), key=lambda s: (s.circle.kind != "NOY", s.circle.title.casefold(), s.circle.code)
    )


def recommendations(edition: Edition) -> list[Recommendation]:
    """Those of an edition, by level of power, then by number."""
    query = select(Recommendation).where(recommended(edition)).options(joinedload(Recommendation.circle))
    rows = db.session.scalars(query.order_by(Recommendation.number)).unique()
    order = {code: n for n, code in enumerate(LEVELS)}
    return sorted(rows, key=lambda r: order.get(r.level or "", len(order)))


def successors(decisions: Iterable[Decision]) -> dict[str, str]:
    """Id of a decision → the number of the one that replaced it and is printed too; in one query."""
    later, ids = aliased(Decision), [row.id for row in decisions]
    query = select(later.replaces_id, later.number).where(
        later.replaces_id.in_(ids), approved(later), register.standing(later)
    )
    return {str(row.replaces_id): row.number for row in db.session.execute(query)}


def numbers(ids: Iterable[str | None]) -> dict[str, str]:
    """Id of a decision → its number, for those of these that any member may read."""
    wanted = [one for one in ids if one]
    query = select(Decision.id, Decision.number).where(Decision.id.in_(wanted), approved())
    return {row.id: row.number for row in db.session.execute(query)}


def fiches(row: Recommendation) -> list[Fiche]:
    """The fiches that support it and may be named outside, by number."""
    return [f for f in row.fiches if f.state in SHOWN_FICHES and not barred(f)]


def counted(edition: Edition) -> tuple[int, int]:
    """(decisions, recommendations) of an edition that are printed."""
    return _count(Decision, decided(edition)), _count(Recommendation, recommended(edition))


def left_out(edition: Edition) -> dict[str, int]:
    """How many decisions of open circles are not printed: "waiting" for their minutes, "rejected", "postponed", "removed"."""
    of = of_edition(edition, Decision)
    opened = Decision.circle_id.in_(select(Circle.id).where(Circle.closed.is_(False)))
    said = and_(approved(), of, Decision.removed_at.is_(None))
    return {
        "waiting": _count(Decision, and_(opened, of, register.standing(), ~approved())),
        "rejected": _count(Decision, and_(said, Decision.outcome == "rejected")),
        "postponed": _count(Decision, and_(said, Decision.outcome == "postponed")),
        "removed": _count(Decision, and_(approved(), of, Decision.removed_at.is_not(None))),
    }


def _count(model: Any, where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(where)) or 0
