"""The papers of a meeting, asked for from its page: made by the worker, like every dossier."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from blueprints.accounts.own import me
from blueprints.dossiers.building import NotMade
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.dossiers.routes import asked
from blueprints.gate import needs
from blueprints.meetings import bp
from models.dossiers import OF_MEETINGS
from models.meetings import Meeting, meeting_by_code


def printable(meeting_code: str, kind: str) -> Meeting | None:
    """A meeting, for a kind of paper that meetings have."""
    return meeting_by_code(meeting_code) if kind in OF_MEETINGS else None


@bp.post("/<meeting_code>/dossiers/<kind>")
@needs("meeting.papers", printable, see="meeting.see", into="meeting")
def make_dossier(meeting: Meeting) -> Any:
    """D4 to D7: the one that says the same already, or a new one."""
    try:
        return asked(MeetingOrder((request.view_args or {})["kind"], me().name, meeting))
    except NotMade as bad:
        flash(str(bad), "bad")
        return redirect(url_for("meetings.show", meeting_code=meeting.code), 303)
