"""★ The register: what a person may see of decisions and recommendations, in SQL; narrowed, counted, page by page.

`may_see_decision` and `may_see_recommendation` say what the rights `decision.see` and `recommendation.see` say
(models/rights.py); a test compares them for each person and row. What may leave the site on paper is narrower
(models/published.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, false, or_, select, true, union_all
from sqlalchemy.orm import aliased, joinedload

from models import names
from models.circles import Circle, sits
from models.decisions import Decision
from models.fiche.fiche import Fiche
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.recommendations import Recommendation, RecommendationFiche
from models.replies import Reply
from models.rights import in_office
from models.statements import Rows, statement
from models.store import db

DECISION, RECOMMENDATION = "decision", "recommendation"
KINDS: dict[str, Any] = {DECISION: _l("Décisions"), RECOMMENDATION: _l("Recommandations")}
# A decision and a recommendation that were adopted are found together.
STATES: dict[str, Any] = {
    "adopted": _l("Adoptées"),
    "voting": _l("En cours de vote"),
    "rejected": _l("Rejetées"),
    "postponed": _l("Reportées"),
    "replaced": _l("Remplacées"),
    "removed": _l("Retirées"),
    "proposed": _l("Proposées"),
    "sent": _l("Portées à leur destinataire"),
    "answered": _l("Avec une réponse"),
    "closed": _l("Classées"),
}
FILTERS = ("kind", "circle", "edition", "year", "state", "level", "determinant")


# ---- who sees what


def may_see_decision(person: Person, model: Any = Decision) -> Any:
    """A condition on decisions. model: Decision or an alias of it."""
    return _sees_decision(person.id, in_office(person), model)


def _sees_decision(person_id: Any, office: bool, model: Any = Decision) -> Any:
    if office:
        return true()
    open_and_approved = and_(Meeting.state == MeetingState.APPROVED, Circle.closed.is_(False))
    told = Meeting.state.in_((MeetingState.PROPOSED, MeetingState.APPROVED)) & Meeting.convened_at.is_not(
        None
    )
    asked = select(Reply.meeting_id).where(Reply.person_id == person_id, Reply.guest)
    read = or_(Meeting.circle_id.in_(sits(person_id)), open_and_approved, told & Meeting.id.in_(asked))
    seen: Any = model.meeting_id.in_(select(Meeting.id).join(Circle).where(read))
    return seen


def may_see_recommendation(person: Person) -> Any:
    """A condition on recommendations."""
    return _sees_recommendation(person.id, in_office(person))


def _sees_recommendation(person_id: Any, office: bool) -> Any:
    return true() if office else or_(Recommendation.circle_id.in_(sits(person_id)), known())


def known() -> Any:
    """The recommendations that any member reads: adopted by an open circle, whatever became of them since."""
    opened = select(Circle.id).where(Circle.closed.is_(False))
    return and_(Recommendation.decision_id.is_not(None), Recommendation.circle_id.in_(opened))


def standing(model: Any = Decision) -> Any:
    """What was decided, and was not taken away: adopted, with no vote still under way."""
    over = or_(model.opened_at.is_(None), model.closed_at.is_not(None))
    return and_(model.outcome == "adopted", model.removed_at.is_(None), over)


# ---- one list


@dataclass(frozen=True)
class Query:
    """What somebody looks for: words, and one value for each of FILTERS that is chosen."""

    words: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    page: int = 1


@dataclass(frozen=True)
class Entry:
    """One line before it is read whole. values: what it is found under, by filter."""

    kind: str
    id: str
    number: str
    at: datetime
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Listing:
    """One page: rows (Decision or Recommendation, newest first), and for each filter the codes with how many each leaves."""

    rows: list[Any]
    total: int
    page: int
    pages: int
    counts: dict[str, Counter[str]]


def year_of(number: str) -> str:
    """ "D-2016-01" → "2016"."""
    return number.split("-")[-2] if number.count("-") > 1 else ""


def entries(person: Person, words: str = "") -> list[Entry]:
    """Everything that this person may see and that has these words, the newest first. Three queries."""
    rows = db.session.execute(select(Meeting.id, Meeting.edition_id))
    meetings = {row.id: row.edition_id for row in rows}
    found = [*_decisions(person, words, meetings), *_recommendations(person, words, meetings)]
    return sorted(found, key=lambda e: (e.at, e.number), reverse=True)


def _decisions(person: Person, words: str, meetings: Mapping[str, str | None]) -> Iterable[Entry]:
    later = aliased(Decision)
    gone = select(later.id).where(
        later.replaces_id == Decision.id, standing(later), may_see_decision(person, later)
    )
    query = select(
        Decision.id, Decision.number, Decision.decided_at, Decision.circle_id, Decision.edition_id, Decision.meeting_id, Decision.outcome,
        Decision.removed_at, (Decision.opened_at.is_not(None) & Decision.closed_at.is_(None)).label("voting"), gone.exists().label("replaced"),
        Decision.text, Decision.objections,
    ).where(may_see_decision(person))  # fmt: skip
    for row in db.session.execute(query):
        said = (row.number,) if row.removed_at else (row.number, row.text, row.objections)
        if words and not names.matches(words, *said):
            continue
        state = (
            "removed"
            if row.removed_at
            else "voting"
            if row.voting
            else "replaced"
            if row.replaced
            else row.outcome
        )
        yield _entry(DECISION, row, row.decided_at, meetings, state)


def _recommendations(person: Person, words: str, meetings: Mapping[str, str | None]) -> Iterable[Entry]:
    r = Recommendation
    query = select(
        r.id, r.number, r.made_at, r.circle_id, r.edition_id, r.meeting_id, r.state, r.level, r.determinants, r.text, r.cause, r.addressee, r.words
    ).where(may_see_recommendation(person))  # fmt: skip
    for row in db.session.execute(query):
        if words and not names.matches(words, row.number, row.text, row.cause, row.addressee, row.words):
            continue
        more = {"level": (row.level,) if row.level else (), "determinant": tuple(row.determinants or ())}
        yield _entry(RECOMMENDATION, row, row.made_at, meetings, row.state, **more)


def _entry(kind: str, row: Any, at: datetime, meetings: Mapping[str, str | None], state: str, **more: tuple[str, ...]) -> Entry:  # fmt: skip
    edition = row.edition_id or meetings.get(row.meeting_id)
    values = {
        "kind": (kind,), "circle": (row.circle_id,), "edition": (edition,) if edition else (), "year": (year_of(row.number),),
        "state": (state,), "level": (), "determinant": (), **more,
    }  # fmt: skip
    return Entry(kind, row.id, row.number, at, values)


def narrowed(
    found: Iterable[Entry], chosen: Mapping[str, str]
) -> tuple[list[Entry], dict[str, Counter[str]]]:
    """What fits each choice; and for each filter how many each code would leave, the other choices kept."""
    fits, counts = [], {name: Counter[str]() for name in FILTERS}
    for entry in found:
        against = [name for name, code in chosen.items() if code not in entry.values[name]]
        if not against:
            fits.append(entry)
        for name in FILTERS if not against else against if len(against) == 1 else ():
            counts[name].update(entry.values[name])
    return fits, counts


def listing(person: Person, query: Query) -> Listing:
    """One page of what this person may see. A constant number of queries."""
    fits, counts = narrowed(entries(person, query.words), query.chosen)
    part = names.sliced([e.id for e in fits], query.page)
    decisions = _whole(Decision, [e.id for e in fits if e.kind == DECISION and e.id in part.ids])
    rows = decisions | _whole(
        Recommendation, [e.id for e in fits if e.kind == RECOMMENDATION and e.id in part.ids]
    )
    return Listing([rows[one] for one in part.ids], part.total, part.page, part.pages, counts)


def _whole(model: Any, ids: list[str]) -> dict[str, Any]:
    return {row.id: row for row in names.in_order(model, ids, "circle")}


# ---- beside other pages


@statement
def _successors(ids: Any, person_id: Any, *, office: bool) -> Rows:
    after = (Decision.replaces_id.in_(ids), standing(), _sees_decision(person_id, office))
    return select(Decision).where(*after).order_by(Decision.number)


def successors(person: Person, rows: Iterable[Decision]) -> dict[str, Decision]:
    """By id of a decision, the one that replaced it, where this person may see that; in one query."""
    ids = [row.id for row in rows]
    found = _successors.all(ids, person.id, office=in_office(person)) if ids else []
    return {str(row.replaces_id): row for row in found}


def decisions_at(person: Person, meeting: Meeting) -> list[Decision]:
    """What a meeting decided and this person may see, by number; those that were taken away too."""
    query = select(Decision).where(Decision.meeting_id == meeting.id, may_see_decision(person))
    return list(
        db.session.scalars(query.options(joinedload(Decision.replaces)).order_by(Decision.number)).unique()
    )


def recommendations_at(person: Person, meeting: Meeting) -> list[Recommendation]:
    """What was recommended at a meeting and this person may see, by number."""
    return _seen(person, Recommendation.meeting_id == meeting.id)


def supported_by(person: Person, fiche: Fiche) -> list[Recommendation]:
    """The recommendations that a fiche supports and this person may see, by number."""
    mine = select(RecommendationFiche.recommendation_id).where(RecommendationFiche.fiche_id == fiche.id)
    return _seen(person, Recommendation.id.in_(mine))


def adopted_by(person: Person, decision: Decision) -> list[Recommendation]:
    """The recommendations that a decision adopted and this person may see, by number."""
    return _seen(person, Recommendation.decision_id == decision.id)


def _seen(person: Person, *where: Any) -> list[Recommendation]:
    query = select(Recommendation).where(may_see_recommendation(person), *where)
    query = query.options(joinedload(Recommendation.circle))
    return list(db.session.scalars(query.order_by(Recommendation.number)).unique())


@statement
def _in_circle(circle_id: Any, person_id: Any, *, office: bool) -> Rows:
    """(number, id, whether it is a decision) of both kinds, the newest first. One query."""
    one = select(Decision.decided_at.label("at"), Decision.number, Decision.id, true().label("decided"))
    one = one.where(Decision.circle_id == circle_id, _sees_decision(person_id, office))
    other = select(Recommendation.made_at, Recommendation.number, Recommendation.id, false())
    other = other.where(Recommendation.circle_id == circle_id, _sees_recommendation(person_id, office))
    both = union_all(one, other).subquery()
    return select(both.c.number, both.c.id, both.c.decided).order_by(both.c.at.desc(), both.c.number.desc())


def latest(person: Person, circle: Circle, most: int = 5) -> tuple[list[Any], int]:
    """The newest of a circle that this person may see, and how many there are in all. Three queries at most."""
    found = _in_circle.rows(circle.id, person.id, office=in_office(person))
    newest = found[:most]
    rows = _whole(Decision, [row.id for row in newest if row.decided])
    rows |= _whole(Recommendation, [row.id for row in newest if not row.decided])
    return [rows[row.id] for row in newest], len(found)
