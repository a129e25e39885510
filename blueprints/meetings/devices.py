"""What a device keeps of the meetings of its person, so that they can answer without a network."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from blueprints.meetings import mails
from models import answering, meetings, replies
from models.people import Person


def on_device(person: Person) -> list[dict[str, Any]]:
    """The meetings ahead that this person is invited to and may still answer.

    `{code, title, when, url, base, answer, answers: [[code, words], …]}`; a voice is given away with a network only,
    since who may carry it changes. Three queries, however many there are.
    """
    ahead = [m for m in meetings.coming(person) if not answering.closed(m)]
    mine = replies.mine(person, [m.id for m in ahead])
    return [_one(m, mine[m.id]) for m in ahead if m.id in mine]


def _one(meeting: meetings.Meeting, reply: replies.Reply) -> dict[str, Any]:
    words = {replies.COMING: _("Je viens"), replies.UNAVAILABLE: _("Je ne viens pas")}
    if meeting.link:
        words[replies.REMOTE] = _("Je viens à distance")
    return {
        "code": meeting.code, "title": meeting.title, "when": mails.when(meeting), "base": f"rev:{reply.rev}",
        "url": url_for("meetings.reply", meeting_code=meeting.code), "answer": reply.answer, "answers": list(words.items()),
    }  # fmt: skip
