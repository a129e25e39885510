"""Decisions of a meeting that is held, and their votes by name."""

from __future__ import annotations

from typing import Any

from flask import request

from blueprints.gate import needs
from blueprints.meetings import loading
from blueprints.minutes import attendance, bp
from blueprints.minutes.lines import acted, came_back, changed, short
from blueprints.minutes.live_forms import DecisionForm, take
from models import noting, voting
from models.decisions import Decision
from models.following import items_of
from models.meetings import Meeting
from models.store import db


@bp.post("/live/decisions")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def add_decision(meeting: Meeting) -> Any:
    at, form = meeting.id, DecisionForm(request.form).at("decision", items_of(meeting))
    values = form.values()
    return take(meeting, lambda act: noting.add_decision(at, values, act), came_back(form, at), short(values["text"]))  # fmt: skip


def of_decision(meeting_code: str, decision_id: str, **_more: Any) -> Meeting | None:
    """The meeting, where it took this decision."""
    row = db.session.get(Decision, decision_id)
    return row.meeting if row and row.meeting.code == meeting_code else None


def decision() -> Decision:
    return db.session.get_one(Decision, (request.view_args or {})["decision_id"])


@bp.post("/live/decisions/<decision_id>")
@needs("minutes.lead", of_decision, see="meeting.see", into="meeting")
def change_decision(meeting: Meeting) -> Any:
    return changed(meeting, decision())


@bp.post("/live/decisions/<decision_id>/acts")
@needs("minutes.lead", of_decision, see="meeting.see", into="meeting")
def decision_act(meeting: Meeting) -> Any:
    """what: remove, back, first, late, both; close, of a vote by name."""
    row, at = decision(), meeting.id
    if request.form.get("what") == "close":
        return take(meeting, lambda act: voting.close(row, act), lambda problems: attendance.again(at, problems), short(row.text))  # fmt: skip
    return acted(meeting, row, "minutes.decision_act", decision_id=row.id)


@bp.post("/live/decisions/<decision_id>/votes")
@needs("meeting.follow", of_decision, see="meeting.see", into="meeting")
def vote(meeting: Meeting) -> Any:
    """voice: the id of a person; what: a key of CHOICES."""
    row, at = decision(), meeting.id
    voice, choice = request.form.get("voice", "")[:36], request.form.get("what", "")[:10]
    return take(meeting, lambda act: voting.cast(row, voice, choice, act), lambda problems: attendance.again(at, problems), short(row.text))  # fmt: skip
