"""What a device keeps of the meetings of its person, so that they can answer without a network."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_

from blueprints.meetings import mails
from models import answering, meetings, replies
from models.people import Person
from models.rights import can
from models.store import now

DAYS = timedelta(days=2)  # how long after it begins a device keeps the page of a meeting


def on_device(person: Person) -> list[dict[str, Any]]:
    """The meetings ahead that this person is invited to and may still answer.

    `{code, title, when, url, base, answer, answers: [[code, words], …]}`; a voice is given away with a network only,
    since who may carry it changes. Three queries, however many there are.
    """
    ahead = [m for m in meetings.coming(person) if not answering.closed(m)]
    mine = replies.mine(person, [m.id for m in ahead])
    return [_one(m, mine[m.id]) for m in ahead if m.id in mine]


def written_by(person: Person) -> list[meetings.Meeting]:
    """The meetings that this person writes while they are held: those that nobody said were held, those of these days."""
    row, at = meetings.Meeting, now()
    days = or_(row.state == meetings.MeetingState.CONVENED, row.starts_at >= at - DAYS)
    found = meetings.visible(person, row.starts_at <= at + meetings.NEAR, days)
    return [m for m in found if can(person, "minutes.write", m)]


def _one(meeting: meetings.Meeting, reply: replies.Reply) -> dict[str, Any]:
    words = {replies.COMING: _("Je viens"), replies.UNAVAILABLE: _("Je ne viens pas")}
    if meeting.link:
        words[replies.REMOTE] = _("Je viens à distance")
    return {
        "code": meeting.code, "title": meeting.title, "when": mails.when(meeting), "base": f"rev:{reply.rev}",
        "url": url_for("meetings.reply", meeting_code=meeting.code), "answer": reply.answer, "answers": list(words.items()),
    }  # fmt: skip
