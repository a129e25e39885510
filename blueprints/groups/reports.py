"""The report of a group to a committee: begun from what was done, written, looked at, sent to an agenda."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from adapters.markdown import to_html
from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import can, needs
from blueprints.groups import bp, loading
from blueprints.groups.forms import PeriodForm, ReportForm, report_form
from blueprints.meetings.keeping import attempt, carried
from models import reporting
from models.circles import Circle
from models.gathering import BadWork
from models.groups import Report
from models.meetings import Meeting
from models.people import Person
from models.rights import report_open
from models.seating import Stale
from models.store import db, writing
from models.tasks import today
from models.workflow import Refused

LATELY = timedelta(days=90)  # of which a first report speaks


@bp.route("/groups/<circle_code>/reports/new", methods=["GET", "POST"])
@needs("report.write", loading.group, see="circle.see", into="circle")
def new_report(circle: Circle) -> Any:
    """Two days, then a text that begins with what was done between them."""
    if request.method == "GET":
        return period_page(PeriodForm(first_on=since(circle), last_on=today()), circle)
    form, who, circle_id = PeriodForm(request.form), me(), circle.id

    def act(values: dict[str, Any]) -> Report:
        circle, by = db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id)
        return reporting.add_report(circle, values, by)

    made = attempt(form, act, to=writing_of)
    if not made:
        return period_page(form, circle, 422)
    flash(_("Le rapport commence avec ce qui a été fait. Dites-le maintenant en vos mots."), "ok")
    return redirect(writing_of(made), 303)


def writing_of(row: Report) -> str:
    return url_for("groups.edit_report", report_id=row.id)


def since(circle: Circle) -> date:
    """The day after the last report, else three months ago."""
    last = max((row.last_on for row in reporting.reports_of(circle.id)), default=None)
    return min(last + timedelta(days=1), today()) if last else today() - LATELY


def period_page(form: PeriodForm, circle: Circle, status: int = 200) -> Any:
    return render_template("groups/report_new.html", form=form, circle=circle, **carried(form)), status


@bp.get("/groups/reports/<report_id>")
@needs("report.see", loading.report, into="row")
def report(row: Report) -> Any:
    meeting = row.item.meeting if row.item else None
    return render_template(
        "groups/report.html", row=row, circle=row.circle, text=to_html(row.body), writes=report_open(row) and can("report.edit", row),
        meeting=meeting if meeting and can("meeting.see", meeting) else None, lost=row.state == "sent" and report_open(row),
        sender=db.session.get(Person, row.sent_by) if row.sent_by else None,
    )  # fmt: skip


@bp.route("/groups/reports/<report_id>/edit", methods=["GET", "POST"])
@needs("report.edit", loading.report, see="report.see", into="row")
def edit_report(row: Report) -> Any:
    """act=look: shown as it will read, and kept nowhere yet."""
    if request.method == "GET":
        return edit_page(report_form(row), row)
    form, who, here = report_form(row, chosen(request.form, report_form(row))), me(), {"report_id": row.id}
    if request.form.get("act") == "look":
        return edit_page(form, row, text=to_html(form.body.data, top=3))
    try:
        kept = attempt(
            form, lambda values: reporting.change_report(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), row
        )  # fmt: skip
    except Stale:
        action, done = (url_for(e, **here) for e in ("groups.edit_report", "groups.report"))
        return stale_page(form, report_form(row), row, action, kind="report", done=done, nav="committee")
    except Refused as refused:
        flash(str(refused), "wait")
        return edit_page(form, db.session.get_one(Report, here["report_id"]), 409)
    if kept is None:
        return edit_page(form, row, 422)
    flash(_("C’est gardé."), "ok")
    then = "groups.send_report" if request.form.get("act") == "send" else "groups.report"
    return redirect(url_for(then, **here), 303)


def edit_page(form: ReportForm, row: Report, status: int = 200, *, text: Any = None) -> Any:
    return render_template("groups/report_form.html", form=form, row=row, circle=row.circle, text=text, **carried(form, row)), status  # fmt: skip


@bp.route("/groups/reports/<report_id>/send", methods=["GET", "POST"])
@needs("report.edit", loading.report, see="report.see", into="row")
def send_report(row: Report) -> Any:
    """To an item of a committee meeting to come, or to a new one. at: "<code of the meeting> <id of the item>"."""
    if request.method == "GET":
        return send_page(row)
    row_id, who, picked = row.id, me(), request.form.get("at", "")
    code, _sep, item_id = picked.partition(" ")
    try:
        with writing():
            meeting = db.session.scalar(db.select(Meeting).where(Meeting.code == code))
            found = db.session.get_one(Report, row_id)
            item = reporting.send(found, meeting, item_id or None, db.session.get_one(Person, who.id))
            proposed = item.state == "proposed"
    except BadWork as bad:
        return send_page(db.session.get_one(Report, row_id), 422, error=bad.problems["at"], picked=picked)
    except Refused as refused:
        flash(str(refused), "wait")
        return redirect(url_for("groups.report", report_id=row_id), 303)
    jobs.wake()
    flash(_("Le rapport est parti. Le point qui le présente attend le oui de qui prépare la réunion.") if proposed else _("Le rapport est parti, avec les documents de la réunion."), "ok")  # fmt: skip
    return redirect(url_for("groups.report", report_id=row_id), 303)


def send_page(row: Report, status: int = 200, *, error: Any = "", picked: str = "") -> Any:
    ahead = reporting.coming(me())
    return render_template(
        "groups/report_send.html", row=row, circle=row.circle, ahead=ahead, items=reporting.items_of(ahead), error=error, picked=picked,
        leads={m.id for m in ahead if can("meeting.edit", m)},
    ), status  # fmt: skip


@bp.route("/groups/reports/<report_id>/remove", methods=["GET", "POST"])
@needs("report.edit", loading.report, see="report.see", into="row")
def remove_report(row: Report) -> Any:
    """A draft is thrown away; asked before."""
    row_id, who, href = row.id, me(), circle_href(row.circle)
    if row.state != "draft":
        return redirect(url_for("groups.report", report_id=row_id))
    if request.method == "GET":
        return render_template("groups/report_remove.html", row=row)
    try:
        with writing():
            reporting.remove(db.session.get_one(Report, row_id), db.session.get_one(Person, who.id))
    except Refused as refused:
        flash(str(refused), "wait")
        return redirect(url_for("groups.report", report_id=row_id), 303)
    flash(_("Le brouillon est jeté."), "ok")
    return redirect(href, 303)
