"""The meetings that somebody may see: those to come, those before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.meetings import bp, loading
from models import circles, meetings, replies
from models.circles import Circle
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can
from models.store import now

PER_PAGE = 30


@dataclass(frozen=True)
class Page:
    """One page of the meetings that are over."""

    page: int
    pages: int

    def url(self, page: int) -> str:
        return url_for("meetings.index", page=page)


@bp.get("/")
@needs("meeting.list")
def index() -> Any:
    who = me()
    ahead = meetings.coming(who)
    past = [m for m in reversed(meetings.visible(who)) if over(m)]
    pages = max(1, -(-len(past) // PER_PAGE))
    text = request.args.get("page", "1")
    page = min(max(int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1, 1), pages)
    return render_template(
        "meetings/index.html", ahead=ahead, past=past[(page - 1) * PER_PAGE : page * PER_PAGE], page=Page(page, pages),
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
