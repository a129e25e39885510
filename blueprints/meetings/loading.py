"""What the addresses of meetings name. A loader returns None for what is not there."""

from __future__ import annotations

from models import circles, meetings, replies
from models.circles import Circle
from models.meetings import Meeting


def meeting(meeting_code: str) -> Meeting | None:
    return meetings.meeting_by_code(meeting_code)


def circle(circle_code: str) -> Circle | None:
    return circles.circle_by_code(circle_code)


__all__ = ["circle", "meeting", "replies"]
