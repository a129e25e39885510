"""A date looked for together: propose dates, answer, choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import addresses, jobs
from blueprints.accounts import letters
from blueprints.accounts.own import me
from blueprints.admin.forms import clock_of, day_of
from blueprints.gate import needs, public
from blueprints.meetings import bp, loading
from blueprints.meetings.forms import at
from models import access, meetings, notices, scheduling
from models.circles import seats
from models.deliveries import Mail
from models.fiche.kinds import clean
from models.lengths import too_long
from models.meetings import ANSWERS, Meeting, Poll
from models.people import Person
from models.planning import MOST_WORDS
from models.scheduling import MOST_OPTIONS, BadMeeting
from models.store import db, now, writing

ROWS = 5


@bp.get("/<meeting_code>/poll")
@needs("meeting.papers", loading.meeting, see="meeting.see", into="meeting")
def poll(meeting: Meeting) -> Any:
    return page(meeting)


def page(meeting: Meeting, status: int = 200, **more: Any) -> Any:
    """The poll as it stands; where there is none yet, the form to propose dates."""
    found, who = meetings.poll_of(meeting), me()
    answers = {o.id: {a.person_id: a.answer for a in o.answers} for o in found.options} if found else {}
    counts = {one: {c: list(said.values()).count(c) for c in ANSWERS} for one, said in answers.items()}
    best = max(counts, key=lambda one: (counts[one]["yes"], counts[one]["maybe"]), default=None)
    return render_template(
        "meetings/poll.html", meeting=meeting, poll=found, answers=answers, counts=counts, words=ANSWERS, who=who,
        best=best if best and counts[best]["yes"] else None, members=seats(meeting.circle),
        closed=bool(found and (found.closed_at or (found.closes_at and found.closes_at <= now()))),
        **{"rows": [("", "", "")] * ROWS, "errors": {}, "text": "", "until": ("", ""), **more},
    ), status  # fmt: skip


@bp.post("/<meeting_code>/poll/dates")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def propose_dates(meeting: Meeting) -> Any:
    """Several days with their hours; lines that are empty are passed over."""
    rows, spans, errors = typed()
    until = tuple(request.form.get(f"until-{name}", "").strip()[:20] for name in ("day", "time"))
    words = clean(request.form.get("words", "")) or None
    errors |= {name: str(said) for name, said in too_long({"words": words}, {"words": MOST_WORDS}).items()}
    closes_at = None
    if until[0]:
        closes_at = moment_in(until[0], until[1] or "23:59")
        if closes_at is None:
            errors["closes_at"] = _("Écrivez une date comme 16/11/2027, et une heure comme 18:00.")
    who, code, meeting_id = me(), meeting.code, meeting.id
    if not errors and meetings.poll_of(meeting) is None:
        try:
            with writing():
                meeting, by = db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id)
                scheduling.open_poll(meeting, spans, closes_at, words, by)
        except BadMeeting as bad:
            errors = {name: str(sentence) for name, sentence in bad.problems.items()}
    if errors:
        meeting = db.session.get_one(Meeting, meeting_id)
        return page(meeting, 422, rows=rows, errors=errors, text=words or "", until=until)
    jobs.wake()
    flash(_("Les dates sont proposées. Chaque membre peut répondre."), "ok")
    return redirect(url_for("meetings.poll", meeting_code=code), 303)


def typed() -> tuple[list[tuple[str, ...]], list[tuple[datetime, datetime]], dict[str, str]]:
    """(lines as typed, spans, errors by id of the line) of the form."""
    rows, spans, errors = [], [], {}
    for n in range(MOST_OPTIONS):
        line = tuple(request.form.get(f"{name}-{n}", "").strip()[:20] for name in ("day", "begins", "ends"))
        if f"day-{n}" not in request.form:
            break
        rows.append(line)
        if not any(line) or not line[0]:
            continue
        starts, ends = moment_in(line[0], line[1]), moment_in(line[0], line[2], last=True)
        if starts is None or ends is None:
            errors[f"day-{n}"] = _("Écrivez une date comme 16/11/2027, et deux heures comme 10:00.")
        else:
            spans.append((starts, ends))
    return rows, spans, errors


def moment_in(day: str, clock: str, *, last: bool = False) -> datetime | None:
    """The instant that two typed texts say; None where one cannot be read."""
    try:
        return at(day_of(day), clock_of(clock), last=last)
    except (ValueError, TypeError, OverflowError):
        return None


def poll_here(meeting: Meeting) -> Poll:
    found = meetings.poll_of(meeting)
    if found is None:
        abort(404)
    return found


@bp.post("/<meeting_code>/poll")
@needs("meeting.propose", loading.meeting, see="meeting.see", into="meeting")
def vote(meeting: Meeting) -> Any:
    """What somebody says of each date, changed as often as one likes until it is chosen."""
    found, who, code = poll_here(meeting), me(), meeting.code
    given = {o.id: request.form.get(f"o-{o.id}", "") for o in found.options}
    late = False
    with writing():
        found = poll_here(db.session.get_one(Meeting, found.meeting_id))
        late = bool(found.closed_at or (found.closes_at and found.closes_at <= now()))
        if not late:
            meetings.vote(found, db.session.get_one(Person, who.id), given)
    if late:
        flash(_("On ne répond plus à ce choix de dates. Dites-le au secrétariat."), "wait")
    else:
        flash(_("Vos réponses sont gardées. Vous pouvez encore les changer."), "ok")
    return redirect(url_for("meetings.poll", meeting_code=code), 303)


@bp.post("/<meeting_code>/poll/choose")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def choose_date(meeting: Meeting) -> Any:
    found, who, code = poll_here(meeting), me(), meeting.code
    with writing():
        found = poll_here(db.session.get_one(Meeting, found.meeting_id))
        done = scheduling.choose_date(
            found, request.form.get("option", ""), db.session.get_one(Person, who.id)
        )
    if not done:
        flash(_("Cette date n’est plus à choisir. Relisez la page."), "wait")
        return redirect(url_for("meetings.poll", meeting_code=code), 303)
    jobs.wake()
    flash(_("C’est la date de la réunion."), "ok")
    return redirect(url_for("meetings.show", meeting_code=code), 303)


# ---- by the link in a mail: for one person and one poll, as often as one likes until a date is chosen


def dates_link(row: Mail, values: letters.Values) -> str:
    """The link by which one person says which dates suit; it opens no account."""
    poll, person_id = values["poll"], row.person_id
    code, meeting_id = poll.meeting.code, poll.meeting_id
    until = poll.closes_at or max(option.starts_at for option in poll.options)
    with writing():
        person = db.session.get_one(Person, person_id)
        token = access.make_link(person, notices.DATES, until=until, meeting_id=meeting_id)
    return addresses.external("meetings.poll_by_link", meeting_code=code, token=token)


letters.LINKS["meeting_dates"] = dates_link


def linked(meeting_code: str, token: str) -> tuple[Poll, Person] | None:
    """The poll and the person of a live link, where this person sits in the circle still and no date is chosen."""
    link, meeting = access.find_link(token), loading.meeting(meeting_code)
    if link is None or meeting is None or link.purpose != notices.DATES or link.meeting_id != meeting.id:
        return None
    found, person = meetings.poll_of(meeting), link.person
    if link.state != "live" or found is None or found.closed_at or person is None or person.closed_at:
        return None
    return (found, person) if person.id in meeting.circle.member_ids else None


@bp.get("/<meeting_code>/poll/<token>")
@public
def poll_by_link(meeting_code: str, token: str) -> Any:
    """Looking at it answers nothing: mail scanners look at links."""
    open_one = linked(meeting_code, token)
    if open_one is None:
        known = access.find_link(token) is not None
        return render_template("meetings/poll_over.html"), 410 if known else 404
    found, person = open_one
    mine = {a.option_id: a.answer for o in found.options for a in o.answers if a.person_id == person.id}
    return render_template(
        "meetings/poll_link.html", poll=found, meeting=found.meeting, person=person, mine=mine, words=ANSWERS, token=token
    )  # fmt: skip


@bp.post("/<meeting_code>/poll/<token>")
@public
def vote_by_link(meeting_code: str, token: str) -> Any:
    with writing():
        open_one = linked(meeting_code, token)
        if open_one:
            found, person = open_one
            meetings.vote(found, person, {o.id: request.form.get(f"o-{o.id}", "") for o in found.options})
    if open_one is None:
        return poll_by_link(meeting_code, token)
    return redirect(url_for("meetings.poll_by_link", meeting_code=meeting_code, token=token), 303)
