"""What the addresses of meetings name. A loader returns None for what is not there; it takes all of an address."""

from __future__ import annotations

from typing import Any

from flask import request

from blueprints.gate import can
from models import agenda, circles, meetings
from models.agenda import AgendaItem, AgendaLink
from models.circles import Circle
from models.meetings import Meeting, MeetingState
from models.store import db

READ = (MeetingState.PROPOSED, MeetingState.APPROVED)  # the states in which there are minutes to read


def meeting(meeting_code: str, **_more: Any) -> Meeting | None:
    return meetings.meeting_by_code(meeting_code)


def circle(circle_code: str, **_more: Any) -> Circle | None:
    return circles.circle_by_code(circle_code)


def of_item(meeting_code: str, item_id: str, **_more: Any) -> Meeting | None:
    """The meeting, where it has this item."""
    found = agenda.item_of(meeting_code, item_id)
    return found.meeting if found else None


def of_link(meeting_code: str, link_id: str, **_more: Any) -> Meeting | None:
    """The meeting, where this hangs on one of its items."""
    link = db.session.get(AgendaLink, link_id)
    return link.item.meeting if link and link.item.meeting.code == meeting_code else None


def item() -> AgendaItem:
    """The item that the address of this request names; its meeting was loaded by `of_item`."""
    return db.session.get_one(AgendaItem, (request.view_args or {})["item_id"])


def link() -> AgendaLink:
    return db.session.get_one(AgendaLink, (request.view_args or {})["link_id"])


def previous(meeting: Meeting) -> Meeting | None:
    """The meeting whose minutes this one approves, where the person of this request may read them."""
    found = db.session.get(Meeting, meeting.previous_id) if meeting.previous_id else None
    return found if found and can("minutes.see", found) and found.state in READ else None


def known(endpoint: str) -> bool:
    """Whether this application has such a page."""
    from flask import current_app

    return endpoint in current_app.view_functions
