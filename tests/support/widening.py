"""Candidatures of the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models import candidates, opinions, welcoming
from models.circles import Circle
from models.opinions import Said
from models.people import Person
from models.store import db, new_id, now, writing
from models.widening import Case
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
