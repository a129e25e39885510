"""Who is there, and which item is at hand: one button each."""

from __future__ import annotations

from typing import Any

from flask import request

from blueprints.gate import needs
from blueprints.meetings import loading
from blueprints.minutes import bp, live
from blueprints.minutes.live_forms import take
from models import sitting
from models.fiche.kinds import clean
from models.meetings import Meeting
from models.store import db


def again(meeting_id: str, problems: dict[str, Any], **typed: Any) -> Any:
    """The page with what was typed, and the sentence."""
    return live.page(db.session.get_one(Meeting, meeting_id), 422, error=next(iter(problems.values())), **typed)  # fmt: skip


@bp.post("/live/attendance")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def attend(meeting: Meeting) -> Any:
    """who: the id of a place, with what: a key of sitting.ACTS; or name: of somebody who is not in the base."""
    at, what, form = meeting.id, request.form.get("what", "")[:10], request.form
    name = clean(form.get("name", ""), lines=False) or ""
    if "name" in form:
        return take(
            meeting, lambda act: sitting.welcome(at, name, act), lambda problems: again(at, problems, name=name), name
        )  # fmt: skip
    who = form.get("who", "")[:36]
    return take(meeting, lambda act: sitting.attend(at, who, what, act), lambda problems: again(at, problems))  # fmt: skip


@bp.post("/live/clock")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def clock(meeting: Meeting) -> Any:
    """item: its id; what: begin, end."""
    at, item, what = meeting.id, request.form.get("item", "")[:36], request.form.get("what", "")[:10]
    return take(meeting, lambda act: sitting.clock(at, item, what, act), lambda problems: again(at, problems))  # fmt: skip
