"""The eve of a meeting on one screen: who comes, voices, needs, who has not answered, the time of the agenda, the pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import jobs
from blueprints.accounts.own import me, unknown
from blueprints.gate import can, needs
from blueprints.meetings import bp, loading
from models import agenda, convening, notices, profiles, replies
from models.meetings import Meeting
from models.people import Person
from models.replies import COMING, PROXY, REMOTE, UNAVAILABLE, WAITING, Reply
from models.store import db, now, writing
from models.workflow import Refused

ORDER = (COMING, REMOTE, PROXY, UNAVAILABLE, WAITING)


@dataclass(frozen=True)
class Voices:
    """Who is there and whose voice is carried. quorum: asked for, 0 for none."""

    present: int
    carried: int
    quorum: int
    of: int

    @property
    def reached(self) -> bool:
        return self.present + self.carried >= self.quorum


def voices(meeting: Meeting, rows: list[Reply]) -> Voices:
    """Counted from the answers: a voice that is carried counts when who carries it comes."""
    have = meeting.circle.voice_ids
    here = {r.person_id for r in rows if r.answer in (COMING, REMOTE)}
    carried = {r.person_id for r in rows if r.answer == PROXY and r.proxy_id in here and r.person_id in have}
    return Voices(len(here & have), len(carried), meeting.circle.quorum, len(have))


@bp.get("/<meeting_code>/eve")
@needs("meeting.lead", loading.meeting, see="meeting.see", into="meeting")
def eve(meeting: Meeting) -> Any:
    rows = sorted(
        replies.of(meeting), key=lambda r: ORDER.index(r.answer) if r.answer in ORDER else len(ORDER)
    )
    items = agenda.items(meeting)
    asked = replies.needs(meeting) if can("meeting.needs", meeting) else None
    names = {r.person_id: r.person.name for r in rows}
    return render_template(
        "meetings/eve.html", meeting=meeting, replies=rows, tally=[(code, sum(r.answer == code for r in rows)) for code in ORDER],
        needs=sorted((names.get(one, ""), text) for one, text in asked.items()) if asked is not None else None,
        rows=agenda.timed(meeting, items), total=agenda.total(items), voices=voices(meeting, rows),
        waiting=[r for r in rows if r.answer == WAITING], lost=[r for r in rows if r.lost_proxy_at], now=now(), previous=loading.previous(meeting),
        decisions=sum(i.decision for i in items), papers=sum(len(i.links) for i in items),
    )  # fmt: skip


@bp.post("/<meeting_code>/remind")
@needs("meeting.note", loading.meeting, see="meeting.see", into="meeting")
def remind(meeting: Meeting) -> Any:
    """One mail to each who has not answered."""
    meeting_id, code, who = meeting.id, meeting.code, me()
    try:
        with writing():
            count = notices.remind(
                db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id)
            )
    except Refused as refused:
        flash(str(refused), "wait")
        return redirect(url_for("meetings.eve", meeting_code=code), 303)
    jobs.wake()
    if count:
        flash(ngettext("Un rappel part à une personne.", "Un rappel part à %(num)s personnes.", count), "ok")
    else:
        flash(_("Personne n’est à rappeler maintenant."), "ok")
    return redirect(url_for("meetings.eve", meeting_code=code), 303)


@bp.post("/<meeting_code>/guests")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def add_guest(meeting: Meeting) -> Any:
    """Somebody who is known here, for this once."""
    meeting_id, code, who = meeting.id, meeting.code, me()
    other = profiles.by_address(who, request.form.get("email", "")[:300])
    if other is None:
        flash(unknown(), "bad")
        return redirect(url_for("meetings.show", meeting_code=code, _anchor="inviter"), 303)
    with writing():
        meeting, by = db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id)
        convening.invite_guest(meeting, db.session.get_one(Person, other.id), by)
        name = other.name
    jobs.wake()
    flash(_("%(name)s est de la réunion.", name=name), "ok")
    return redirect(url_for("meetings.show", meeting_code=code), 303)
