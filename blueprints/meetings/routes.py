"""A meeting: its page, making it, changing it, its change of state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.admin.forms import zone
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import can, needs
from blueprints.meetings import bp, loading
from blueprints.meetings.forms import MeetingForm, NewMeetingForm, hours, meeting_form
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.listing import led_by
from models import agenda, approving, convening, meetings, replies, reporting, scheduling, tasks
from models.audit import events_of
from models.circles import Circle
from models.fiche.kinds import clean
from models.lengths import too_long
from models.meetings import LONGEST_REASON, Meeting, MeetingState
from models.people import Person
from models.seating import Stale
from models.store import db, now, writing
from models.workflow import Refused


@bp.get("/<meeting_code>")
@needs("meeting.see", loading.meeting, into="meeting")
def show(meeting: Meeting) -> Any:
    who, rows = me(), agenda.items(meeting)
    insider = can("meeting.papers", meeting)
    answers = replies.of(meeting) if insider and meeting.convened_at else []
    return render_template(
        "meetings/show.html", meeting=meeting, rows=agenda.timed(meeting, rows), total=agenda.total(rows), answers=answers,
        mine=next((r for r in answers if r.person_id == who.id), None), insider=insider,
        reports=reporting.attached(rows) if insider else {},
        proposals=agenda.proposals(meeting) if insider else [], poll=meetings.poll_of(meeting) if insider else None,
        acts=convening.possible(who, meeting), now=now(), who=who, previous=loading.previous(meeting), **of_tasks(meeting, rows), **of_register(meeting),
    )  # fmt: skip


def of_register(meeting: Meeting) -> dict[str, Any]:
    """What was decided and recommended here."""
    from blueprints.decisions.routes import of_meeting

    return of_meeting(meeting)


def of_tasks(meeting: Meeting, rows: list[agenda.AgendaItem]) -> dict[str, Any]:
    """What was taken on here; and, where the agenda speaks of them, what the circle has to do from before."""
    if not can("circle.tasks", meeting.circle):
        return {}
    spoken = any(item.carried == agenda.OPEN_TASKS for item in rows) and not meeting.over
    known = agenda.open_tasks(meeting.circle) if spoken else []
    from blueprints.tasks.forms import TaskForm

    return {
        "task_form": TaskForm().offer(meeting.circle, meeting) if can("meeting.lead", meeting) else None,
        "taken_on": tasks.of_meeting(meeting),
        "from_before": [task for task in known if task.meeting_id != meeting.id],
    }


@bp.get("/new")
@needs("meeting.list")
def choose() -> Any:
    """For which circle: asked only where there are several."""
    mine = led_by(me())
    if len(mine) == 1:
        return redirect(url_for("meetings.new", circle_code=mine[0].code))
    return render_template("meetings/choose.html", circles=mine)


def last_of(circle: Circle) -> Meeting | None:
    """The latest meeting of a circle that has a date and took, or will take, place."""
    query = db.select(Meeting).where(
        Meeting.circle_id == circle.id,
        Meeting.starts_at.is_not(None),
        Meeting.state != MeetingState.CANCELLED,
    )
    return db.session.scalars(query.order_by(Meeting.starts_at.desc()).limit(1)).first()


@bp.route("/new/<circle_code>", methods=["GET", "POST"])
@needs("meeting.make", loading.circle, see="circle.see", into="circle")
def new(circle: Circle) -> Any:
    last = last_of(circle)
    if request.method == "GET":
        return new_page(circle, proposed(circle, last), last)
    form, who = NewMeetingForm(request.form), me()

    def act(values: dict[str, Any]) -> Meeting:
        source = last if form.copy.data else None
        if form.rule.data:
            several = scheduling.add_series(circle, values, form.rule.data, form.count.data or 0, who, source)
            return several[0]
        return scheduling.add_meeting(circle, values, who, source=source)

    made = attempt(form, act, to=agenda_of)
    if not made:
        return new_page(circle, form, last, 422)
    flash(_("La réunion %(code)s est préparée. Écrivez maintenant son ordre du jour.", code=made.code), "ok")
    if made.starts_at and made.starts_at < now():
        flash(
            _("Sa date est passée\u00a0: c’est bien pour noter une réunion d’hier. Sinon, changez-la."),
            "wait",
        )
    return redirect(agenda_of(made), 303)


def agenda_of(meeting: Meeting) -> str:
    return url_for("meetings.agenda_page", meeting_code=meeting.code)


def proposed(circle: Circle, last: Meeting | None) -> NewMeetingForm:
    """The form as the last meeting suggests it: same place, same hours four weeks later where that is to come."""
    if last is None or last.starts_at is None:
        who = me()
        return NewMeetingForm(place=circle.place, languages=circle.languages, contact_name=who.name)
    told = hours(last.starts_at, last.ends_at, None)
    told["day"] = next_day(told["day"])
    if told["day"] is None:
        told = {}  # hours without a day are asked about, and nobody typed these
    return NewMeetingForm(**scheduling.copied(last), **told, copy=False)


def next_day(day: date) -> date | None:
    """Four weeks later, where that is still to come."""
    later = day + timedelta(weeks=4)
    return later if later > now().astimezone(zone()).date() else None


def new_page(circle: Circle, form: NewMeetingForm, last: Meeting | None, status: int = 200) -> Any:
    return render_template(
        "meetings/form.html", form=form, circle=circle, meeting=None, last=last, **carried(form)
    ), status


@bp.route("/<meeting_code>/edit", methods=["GET", "POST"])
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def edit(meeting: Meeting) -> Any:
    if request.method == "GET":
        return edit_page(meeting, meeting_form(meeting))
    form, who, here = meeting_form(meeting, chosen(request.form, meeting_form(meeting))), me(), meeting.code
    told = meeting.state == MeetingState.CONVENED
    try:
        kept = attempt(
            form,
            lambda values: scheduling.change_meeting(meeting, values, int(request.form["rev"]), who),
            meeting,
        )
    except Stale:
        action, done = (url_for(e, meeting_code=here) for e in ("meetings.edit", "meetings.show"))
        return stale_page(
            form, meeting_form(meeting), meeting, action, kind="meeting", done=done, nav="meetings"
        )
    if kept is None:
        return edit_page(meeting, form, 422)
    jobs.wake()
    if told and scheduling.TOLD & set(kept):
        flash(_("C’est gardé. Les personnes convoquées reçoivent la mise à jour par courriel."), "ok")
    else:
        flash(_("C’est gardé."), "ok")
    return redirect(url_for("meetings.show", meeting_code=here), 303)


def edit_page(meeting: Meeting, form: MeetingForm, status: int = 200) -> Any:
    return render_template(
        "meetings/form.html", form=form, circle=meeting.circle, meeting=meeting, last=None, **carried(form, meeting)
    ), status  # fmt: skip


@bp.get("/<meeting_code>/transitions/<name>")
@needs("meeting.lead", loading.meeting, see="meeting.see", into="meeting")
def ask_transition(meeting: Meeting) -> Any:
    """What will happen, before it does: who is written to, what they will read."""
    name = (request.view_args or {})["name"]
    t = next((one for one in convening.possible(me(), meeting) if one.name == name), None)
    if t is None or name in approving.ACTS:
        abort(404)
    return transition_page(meeting, name)


def transition_page(meeting: Meeting, name: str, error: str = "", status: int = 200) -> Any:
    rows = agenda.items(meeting)
    return render_template(
        "meetings/transition.html", meeting=meeting, name=name, error=error, rows=agenda.timed(meeting, rows),
        total=agenda.total(rows), people=convening.invited(meeting), words=request.form.get("reason", ""),
        lacking=convening.lacking(meeting) if name == "convene" else "",
    ), status  # fmt: skip


@bp.post("/<meeting_code>/transitions/<name>")
@needs("meeting.lead", loading.meeting, see="meeting.see", into="meeting")
def transition(meeting: Meeting) -> Any:
    name, who, code = (request.view_args or {})["name"], me(), meeting.code
    if name not in convening.TRANSITIONS or name in approving.ACTS:
        abort(404)
    reason = clean(request.form.get("reason", "")) or None
    if long := too_long({"reason": reason}, {"reason": LONGEST_REASON}):
        return transition_page(meeting, name, str(long["reason"]), 422)
    try:
        with writing():
            meeting = db.session.get_one(Meeting, meeting.id)
            convening.apply(meeting, name, db.session.get_one(Person, who.id), reason=reason)
    except Refused as refused:
        meeting = db.session.get_one(Meeting, meeting.id)
        return transition_page(meeting, name, str(refused), 409)
    jobs.wake()
    flash(said(db.session.get_one(Meeting, meeting.id), name), "ok")
    return redirect(url_for("meetings.show", meeting_code=code), 303)


def said(meeting: Meeting, name: str) -> str:
    """What was done, in a sentence."""
    if name == "convene":
        n = len(convening.invited(meeting))
        return ngettext(
            "La réunion est convoquée. Un courriel part à une personne.",
            "La réunion est convoquée. Un courriel part à %(num)s personnes.", n,
        )  # fmt: skip
    if name == "cancel":
        return _("La réunion est annulée. Les personnes convoquées reçoivent un courriel.")
    return _("C’est noté : la réunion a eu lieu.")


@bp.get("/<meeting_code>/history")
@needs("meeting.papers", loading.meeting, see="meeting.see", into="meeting")
def history(meeting: Meeting) -> Any:
    return render_template(
        "meetings/history.html", meeting=meeting, events=named(events_of("meeting", meeting.id))
    )


def named(events: list[Any]) -> list[dict[str, Any]]:
    """Acts as one reads them: what, when, who. Two queries."""
    from blueprints.formats import moment
    from models.audit import words

    ids = {e.person_id for e in events if e.person_id}
    people = {p.id: p.name for p in db.session.scalars(db.select(Person).where(Person.id.in_(ids)))}
    return [
        {"what": words(e.act)[:1].upper() + words(e.act)[1:], "when": moment(e.at), "iso": e.at.isoformat(),
         "who": people.get(e.person_id or "", "")}
        for e in events
    ]  # fmt: skip
