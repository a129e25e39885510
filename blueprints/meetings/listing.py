"""The meetings that somebody may see: those to come, those before."""

from __future__ import annotations

from typing import Any

from flask import render_template

from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.meetings import bp, loading
from blueprints.paging import Page
from models import circles, meetings, replies
from models.circles import Circle
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can
from models.store import now


@bp.get("/")
@needs("meeting.list")
def index() -> Any:
    who = me()
    ahead = meetings.coming(who)
    past = [m for m in reversed(meetings.visible(who)) if over(m)]
    page = Page.of(len(past))
    return render_template(
        "meetings/index.html", ahead=ahead, past=page.cut(past), page=page,
        mine=replies.mine(who, [m.id for m in ahead]), leads=led_by(who), known=loading.known,
    )  # fmt: skip


def over(meeting: Meeting) -> bool:
    """Held, cancelled, or its end has passed."""
    if meeting.state not in (MeetingState.PREPARED, MeetingState.CONVENED):
        return True
    return meeting.ends_at is not None and meeting.ends_at <= now()


def led_by(who: Person) -> list[Circle]:
    """The circles for which somebody may prepare meetings."""
    return [one for one in circles.circles() if one.ended_at is None and can(who, "meeting.make", one)]
