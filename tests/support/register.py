"""Decisions and recommendations of the tests: rows with their state, none of the acts that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.circles import Circle
from models.decisions import Decision
from models.meetings import Meeting
from models.numbers import next_in_year
from models.people import Person
from models.recommendations import Recommendation
from models.store import db, new_id, now


def decision(meeting: Meeting, text: str = "On se réunit le vendredi.", **more: Any) -> Decision:
    """A decision of a meeting, adopted by consent. Inside writing()."""
    more.setdefault("number", next_in_year(Decision.number, "D", 2016))
    more.setdefault("edition_id", meeting.edition_id)
    row = Decision(id=new_id(), meeting_id=meeting.id, circle_id=meeting.circle_id, text=text, **more)  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def recommendation(
    circle: Circle, text: str = "Que chaque école ouvre sa cour.", **more: Any
) -> Recommendation:
    """A recommendation of a circle, proposed. Inside writing()."""
    more.setdefault("number", next_in_year(Recommendation.number, "RC", 2016))
    row = Recommendation(id=new_id(), circle_id=circle.id, text=text, **more)
    db.session.add(row)
    db.session.flush()
    return row


def adopted(circle: Circle, by: Decision, text: str = "Que chaque école ouvre sa cour.", state: str = "adopted", **more: Any) -> Recommendation:  # fmt: skip
    """One that a decision adopted."""
    return recommendation(circle, text, state=state, decision_id=by.id, **more)


def held(meeting: Meeting, state: str = "minutes_approved", at: datetime | None = None) -> Meeting:
    """A meeting that took place. Its decisions are made first: approved ones do not change."""
    meeting.state, meeting.convened_at = state, at or now()
    db.session.flush()
    return meeting


def values(text: str = "Que chaque école ouvre sa cour.", **more: Any) -> dict[str, Any]:
    """What a good form says."""
    return {
        "text": text, "cause": None, "kind": "demand", "addressee": "Les bourgmestres", "level": "commune", "determinants": ["EN3"],
        "fiches": "", **more,
    }  # fmt: skip


def leader(circle: Circle) -> Person:
    return db.session.get_one(Person, sorted(circle.lead_ids)[0])
