"""Candidatures of the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models import candidates, opinions, welcoming
from models.circles import Circle, circle_by_code
from models.opinions import Said
from models.people import Person, by_email
from models.store import db, new_id, now, writing
from models.vocabularies import terms
from models.widening import OBJECTS, STATES, Case, CaseState, Opinion
from tests.support import meetings as made

NEW = "zoe@test.example"


def values(**more: Any) -> dict[str, Any]:
    """What a good form says."""
    return {
        "kind": "person", "name": "Zoé Lambrecht", "email": NEW, "language": "fr", "organisation": None, "type": None, "sector": "LOG",
        "territory": "60000", "publics": ["LOI"], "reason": "Personne ne parle du logement.", **more,
    }  # fmt: skip


def case(circle: Circle, by: Person, **more: Any) -> Case:
    """Somebody is proposed. Inside writing()."""
    return candidates.propose(circle, values(**more), by)


def step(row: Case, name: str, by: Person, *, rev: int | None = None, words: str | None = None) -> None:
    """One transition, in a transaction of its own."""
    with writing():
        welcoming.apply(row, name, by, rev, words)


def member_says(row: Case, by: Person, opinion: str, reason: str = "") -> None:
    opinions.say(row.id, by, Said(opinion, new_id(), reason))


def at_decision(ids: dict[str, str], here: Any, who: Any, *, code: str = "A", **more: Any) -> Case:
    """A case on the agenda of a meeting in ten days, with no objection."""
    with writing():
        made.meeting(here(code), who(ids, "Ana"))
        row = case(here(code), who(ids, "Bo"), **more)
    for name in ("agree", "open"):
        step(row, name, who(ids, "Ana"))
    with writing():
        row.opinion_until = now() - timedelta(seconds=1)
    with writing():
        assert welcoming.close_due(row.id, now())
    db.session.expire_all()
    return row


def everything(out: dict[str, str], texts: tuple[str, str, str]) -> None:
    """Candidatures in every state with texts at the limits (a word without end, markup, Arabic); one of the closed
    circle; links that answer, that answered, that ended. Inside writing()."""
    word, markup, arabic = texts
    samira, nadia = by_email("samira@plateforme.example"), by_email("nadia@passerelle.example")
    hidden, wide = circle_by_code(out["circle_closed"]), circle_by_code(out["circle_nasty"])
    closed = case(
        hidden, by_email("bart@ziekenfonds.example"), name="Candidature fermée", email="fermee@quai.example"
    )
    closed.state, closed.agreed_at = CaseState.OPINION, now()
    closed.opinion_from, closed.opinion_until = now(), now() + timedelta(days=5)
    out["case_closed"] = closed.code
    wild = {"name": f"{word} {markup}"[:120], "organisation": f"{word} {markup}"[:200], "reason": f"{arabic}\n\n{markup} {word}",
            "publics": list(terms("public")), "type": "ASB"}  # fmt: skip
    for n, state in enumerate(STATES):
        row = case(wide, nadia, **{**wild, "email": f"c{n}@{'b' * 60}.example"})
        row.state, row.opinion_from = state, now()
        row.opinion_until, row.question, row.question_at = (
            now() + timedelta(days=3),
            f"{markup} {arabic}",
            now(),
        )
        row.agreed_at = None if state == CaseState.PROPOSED else now()
        if not row.open:
            row.ended_at, row.end_words = now(), f"{word} {markup}"
        if state == CaseState.ACCEPTED:
            row.person_id, row.sponsor_id = nadia.id, samira.id
        db.session.add(
            Opinion(case_id=row.id, person_id=samira.id, opinion=OBJECTS, reason=f"{arabic} {markup} {word}")
        )
        out[f"case_{state}"] = row.code
    db.session.flush()
    for name, state in (("place", "live"), ("place_used", "used"), ("place_over", "over")):
        row = case(
            wide,
            nadia,
            name=word[:120],
            email=f"{name.replace('_', '.')}@quai.example",
            reason=f"{arabic} {markup}",
        )
        out[name] = candidates.fresh_token(row)
        if state == "used":
            row.state, row.agreed_at = CaseState.AGREED, now()
        elif state == "over":
            row.link_until = now() - timedelta(days=1)
    db.session.flush()
