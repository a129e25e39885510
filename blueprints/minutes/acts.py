"""What who leads does with minutes: propose them, compose them anew, note that they were approved, correct them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs, minutes_words
from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.meetings import loading
from blueprints.minutes import bp, reading
from blueprints.minutes.reading import newest, page
from blueprints.once import once
from models import approving, convening, minuting, noting
from models.approving import DAYS, Said
from models.fiche.kinds import clean
from models.meetings import Meeting, MeetingState
from models.minutes import OPEN, comments_of
from models.people import Person
from models.store import db, writing
from models.workflow import Refused


def days() -> int:
    """The days for remarks that the form says; 0, which is refused, where it cannot be read."""
    text = request.form.get("days", str(DAYS))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def act(meeting: Meeting, name: str, said: Said, again: Callable[[Meeting, str, int], Any], done: str) -> Any:
    """One transition, then the page of the minutes, a second press too; `again` is the page where it was refused."""
    meeting_id, who, there = meeting.id, me(), url_for("minutes.show", meeting_code=meeting.code)

    def apply() -> None:
        convening.apply(db.session.get_one(Meeting, meeting_id), name, db.session.get_one(Person, who.id), said=said)  # fmt: skip

    try:
        once(apply, lambda _done: there)
    except Refused as refused:
        found = db.session.get_one(Meeting, meeting_id)
        change = convening.TRANSITIONS[name]
        return again(found, str(refused), 422 if found.state in change.sources else 409)
    jobs.wake()
    flash(done, "ok")
    return redirect(there, 303)


# ---- propose


def propose_page(meeting: Meeting, error: str = "", status: int = 200) -> Any:
    """The whole text as it would be sent."""
    return render_template(
        "minutes/propose.html", meeting=meeting, content=minuting.revived(minuting.compose(meeting)), error=error,
        days=request.form.get("days", str(DAYS)), people=convening.invited(meeting),
        say=minutes_words, live=reading.live(meeting),
        waiting=noting.waiting(meeting), ready="propose" in {t.name for t in convening.possible(me(), meeting)},
    ), status  # fmt: skip


@bp.get("/minutes/propose")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def propose(meeting: Meeting) -> Any:
    if meeting.state in (MeetingState.PROPOSED, MeetingState.APPROVED):
        return redirect(url_for("minutes.show", meeting_code=meeting.code))
    return propose_page(meeting)


@bp.post("/minutes/propose")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def do_propose(meeting: Meeting) -> Any:
    done = _("Le procès-verbal est proposé. Un courriel part aux personnes invitées.")
    return act(meeting, "propose", Said(days=days()), propose_page, done)


@bp.post("/minutes/refresh")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def refresh(meeting: Meeting) -> Any:
    """Compose the proposal anew; rev: that of the proposal one had before one's eyes."""
    text, meeting_id, code, who = request.form.get("rev", ""), meeting.id, meeting.code, me()
    rev = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    try:
        with writing():
            approving.refresh(db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id), rev)  # fmt: skip
    except Refused as refused:
        flash(str(refused), "bad")
        return page(newest(db.session.get_one(Meeting, meeting_id)), 409)
    flash(_("La proposition dit maintenant ce qui est noté."), "ok")
    return redirect(url_for("minutes.show", meeting_code=code), 303)


# ---- approve


def approve_page(meeting: Meeting, error: str = "", status: int = 200) -> Any:
    row, here = approving.current(meeting), approving.approving(meeting)
    wanted = request.form.get("approved_in") or request.args.get("in", "")
    chosen = next((one for one in here if wanted in (one.id, one.code)), next(iter(here), None))
    return render_template(
        "minutes/approve.html", meeting=meeting, row=row, meetings=here, chosen=chosen, error=error,
        left=sum(one.state == OPEN for one in comments_of(row)) if row else 0, stale=bool(row and approving.stale(row)),
    ), status  # fmt: skip


@bp.get("/minutes/approve")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def approve(meeting: Meeting) -> Any:
    """in: the code of the meeting from whose agenda one comes."""
    if meeting.state != MeetingState.PROPOSED:
        return redirect(url_for("minutes.show", meeting_code=meeting.code))
    return approve_page(meeting)


@bp.post("/minutes/approve")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def do_approve(meeting: Meeting) -> Any:
    said = Said(approved_in=request.form.get("approved_in", "")[:36])
    done = _("C’est noté\u00a0: le procès-verbal est approuvé. Ce texte ne change plus.")
    return act(meeting, "approve", said, approve_page, done)


# ---- correct


def correct_page(meeting: Meeting, error: str = "", status: int = 200) -> Any:
    return render_template(
        "minutes/correct.html", meeting=meeting, row=approving.current(meeting), error=error,
        reason=request.form.get("reason", ""), days=request.form.get("days", str(DAYS)),
    ), status  # fmt: skip


@bp.get("/minutes/correct")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def correct(meeting: Meeting) -> Any:
    if meeting.state != MeetingState.APPROVED:
        return redirect(url_for("minutes.show", meeting_code=meeting.code))
    return correct_page(meeting)


@bp.post("/minutes/correct")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def do_correct(meeting: Meeting) -> Any:
    said = Said(reason=clean(request.form.get("reason", "")), days=days())
    done = _("La correction est proposée\u00a0: une nouvelle version, à côté de celle qui est approuvée. Changez maintenant ce qui est noté, puis actualisez la proposition.")  # fmt: skip
    return act(meeting, "correct", said, correct_page, done)
