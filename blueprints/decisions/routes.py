"""Reading: the register with its filters, one decision, one recommendation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import func, select

from blueprints.accounts.own import me
from blueprints.decisions import bp, loading
from blueprints.gate import can, needs
from blueprints.look import locale
from blueprints.meetings.routes import named
from blueprints.network.routes import number
from models import recommending, register, tasks
from models.agenda import AgendaItem
from models.audit import events_of
from models.circles import Circle
from models.decisions import CHOICES, HOW, MODES, OUTCOMES, Decision, Vote
from models.editions import Edition
from models.fiche.kinds import clean
from models.meetings import Meeting
from models.recommendations import KINDS, LEVELS, STATES, Recommendation
from models.store import db
from models.tasks import Task
from models.vocabularies import label

# A filter → its name in the address.
NAMES = {
    "kind": "sorte", "circle": "cercle", "edition": "edition", "year": "annee", "state": "etat", "level": "niveau",
    "determinant": "determinant",
}  # fmt: skip
WORDS = {"MODES": MODES, "OUTCOMES": OUTCOMES, "HOW": HOW, "CHOICES": CHOICES, "KINDS": KINDS, "LEVELS": LEVELS, "STATES": STATES}  # fmt: skip


@dataclass(frozen=True)
class Facet:
    """One value of a filter: how it stands in an address, its words, how many it leaves."""

    code: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True)
class Asked:
    """What the address says. chosen: by filter, the code as it stands in the address."""

    words: str
    chosen: dict[str, str]
    page: int

    @classmethod
    def read(cls) -> Asked:
        args = request.args
        given = {name: clean(args.get(said, "")[:60], lines=False) for name, said in NAMES.items()}
        chosen = {name: code for name, code in given.items() if code}
        return cls((clean(args.get("q", ""), lines=False) or "")[:200], chosen, number(args.get("page")))


@dataclass(frozen=True)
class Page:
    """One page of the register."""

    asked: Asked
    page: int
    pages: int

    def url(self, page: int) -> str:
        values: dict[str, Any] = {NAMES[name]: code for name, code in self.asked.chosen.items()}
        return url_for(
            "decisions.index", q=self.asked.words or None, page=page if page > 1 else None, **values
        )


@bp.get("/decisions/")
@needs("decision.list")
def index() -> Any:
    who, asked = me(), Asked.read()
    circles = list(db.session.scalars(select(Circle)))
    editions = list(db.session.scalars(select(Edition)))
    ids = {"circle": {c.code: c.id for c in circles}, "edition": {e.code: e.id for e in editions}}
    chosen = {name: ids.get(name, {}).get(code, code) for name, code in asked.chosen.items()}
    found = register.listing(who, register.Query(asked.words, chosen, asked.page))
    titles = {
        "circle": {c.id: (c.code, c.title) for c in circles}, "edition": {e.id: (e.code, f"{e.year} – {e.title}") for e in editions},
    }  # fmt: skip
    facets = {name: list(facet(asked, name, found.counts[name], titles)) for name in NAMES}
    decisions = [row for row in found.rows if isinstance(row, Decision)]
    return render_template(
        "decisions/index.html", found=found, asked=asked, facets=facets, names=NAMES, page=Page(asked, found.page, found.pages),
        successors=register.successors(who, decisions), **WORDS,
    )  # fmt: skip


def facet(asked: Asked, name: str, counts: Any, titles: dict[str, dict[str, tuple[str, str]]]) -> Any:
    """The values of a filter that find something, in the order in which one looks for them; the chosen one in any case."""
    rows = {code: titles.get(name, {}).get(code, (code, said(name, code))) for code in counts}
    order = {code: n for n, code in enumerate(ORDER.get(name, ()))}
    for code in sorted(rows, key=lambda c: (order.get(c, 99), -counts[c], rows[c][1])):
        address, words = rows[code]
        yield Facet(address, words, counts[code], asked.chosen.get(name) == address)
    if (chosen := asked.chosen.get(name)) and chosen not in [address for address, _words in rows.values()]:
        yield Facet(chosen, said(name, chosen), 0, True)


ORDER = {"kind": register.KINDS, "state": register.STATES, "level": LEVELS}


def said(name: str, code: str) -> str:
    """The words of a code."""
    if name == "determinant":
        return label("determinant", code, locale()[:2])
    return str(ORDER.get(name, {}).get(code, code))


@bp.get("/decisions/<decision_number>")
@needs("decision.see", loading.decision, into="decision")
def show(decision: Decision) -> Any:
    who = me()
    item = db.session.get(AgendaItem, decision.item_id) if decision.item_id else None
    voted = select(func.count()).select_from(Vote).where(Vote.decision_id == decision.id)
    before = decision.replaces if decision.replaces and can("decision.see", decision.replaces) else None
    return render_template(
        "decisions/show.html", decision=decision, item=item, before=before, after=register.successors(who, [decision]).get(decision.id),
        tasks=tasks_of(decision), voted=db.session.scalar(voted), adopted=register.adopted_by(who, decision), **WORDS,
    )  # fmt: skip


def tasks_of(decision: Decision) -> list[Task]:
    """What was taken on at the same item, for who may see it."""
    if not decision.item_id or not can("circle.tasks", decision.circle):
        return []
    return [task for task in tasks.of_meeting(decision.meeting) if task.item_id == decision.item_id]


@bp.get("/recommendations/<recommendation_number>")
@needs("recommendation.see", loading.recommendation, into="row")
def show_recommendation(row: Recommendation) -> Any:
    who = me()
    fiches, more = recommending.seen_fiches(row, who)
    decision = db.session.get(Decision, row.decision_id) if row.decision_id else None
    return render_template(
        "decisions/recommendation.html", row=row, fiches=fiches, more=more, acts=recommending.possible(who, row),
        decision=decision if decision and can("decision.see", decision) else None, events=named(events_of("recommendation", row.id)), **WORDS,
    )  # fmt: skip


def of_meeting(meeting: Meeting) -> dict[str, Any]:
    """What the page of a meeting says of it: decided, recommended, said and not yet made a recommendation of."""
    who = me()
    decisions = register.decisions_at(who, meeting)
    return {
        "decided": decisions, "successors": register.successors(who, decisions), "recommended": register.recommendations_at(who, meeting),
        "to_recommend": recommending.waiting(meeting) if can("recommendation.make", meeting.circle) else [],
        "OUTCOMES": OUTCOMES, "RECOMMENDED": STATES, "LEVELS": LEVELS,
    }  # fmt: skip


def of_circle(circle: Circle) -> dict[str, Any]:
    """What the page of a circle says of the register: its newest lines, how many there are."""
    who = me()
    rows, total = register.latest(who, circle)
    decisions = [row for row in rows if isinstance(row, Decision)]
    return {
        "registered": rows, "in_register": total, "successors": register.successors(who, decisions),
        "OUTCOMES": OUTCOMES, "RECOMMENDED": STATES, "LEVELS": LEVELS,
    }  # fmt: skip
