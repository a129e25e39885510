"""Circles: the list of all, the page of a committee, the form of a circle. The home of a group: blueprints/groups."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me, unknown
from blueprints.addresses import circle_href
from blueprints.admin.stale import chosen, stale_page
from blueprints.committee import bp
from blueprints.committee.forms import CircleForm, SeatForm, circle_form
from blueprints.decisions.routes import of_circle as of_register
from blueprints.gate import can, needs
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.loading import circle as by_code
from blueprints.meetings.routes import named
from models import circles, gathering, meetings, profiles, seating, tasks, widening
from models.audit import events_of
from models.circles import CHAIR, Circle
from models.meetings import Meeting
from models.people import Person
from models.seating import Stale
from models.store import db, now

SHOWN = 12
SHOWN_TASKS = 6


def visible() -> list[Circle]:
    return [one for one in circles.circles() if can("circle.see", one)]


@bp.get("/committee/")
@needs("circle.list")
def index() -> Any:
    """Every circle that one may see: the committees, then the groups."""
    rows = visible()
    mine = {seat.circle_id for seat in circles.seats_of(me())}
    return render_template("committee/index.html", circles=rows, counts=circles.headcounts(rows), mine=mine)


@bp.get("/committee/<circle_code>")
@needs("circle.see", by_code, into="circle")
def show(circle: Circle) -> Any:
    return circle_page(circle) if circle.is_committee else redirect(circle_href(circle))


def circle_page(circle: Circle, status: int = 200, form: SeatForm | None = None) -> Any:
    who = me()
    ahead = [
        m
        for m in meetings.visible(who, Meeting.circle_id == circle.id)
        if m.state in ("prepared", "convened")
    ]
    form = form or SeatForm()
    return render_template(
        "committee/show.html", circle=circle, seats=circles.seats(circle), past=circles.past_seats(circle), form=form,
        errors=form.summary(), ahead=[m for m in ahead if m.ends_at is None or m.ends_at > now()][:SHOWN],
        cases=widening.open_of(circle.id) if can("widening.propose", circle) else [],
        roles=circles.SEATS, deciding=circles.DECIDING, tasks=tasks.open_of(circle.id, SHOWN_TASKS) if can("circle.tasks", circle) else None,
        **of_register(circle),
    ), status  # fmt: skip


@bp.get("/committee/<circle_code>/history")
@needs("circle.see", by_code, into="circle")
def history(circle: Circle) -> Any:
    """What changed, and when: the texts themselves are not kept twice. Who asked, was invited, refused or said no is for
    those who answer them; who took a seat stands there for all."""
    rows = events_of("circle", circle.id)
    if not can("circle.edit", circle):
        rows = [one for one in rows if one.act not in gathering.ANSWERS]
    return render_template("committee/history.html", circle=circle, events=named(rows))


@bp.route("/committee/new", methods=["GET", "POST"])
@needs("circle.make")
def new() -> Any:
    """kind: a code of `cercle`; a network is asked less. Who leads it may be named at once."""
    if request.method == "GET":
        return form_page(CircleForm(kind=request.args.get("kind") or "GDT").of(me()))
    form, who = CircleForm(request.form).of(me()), me()

    def act(values: dict[str, Any]) -> Circle:
        by = db.session.get_one(Person, who.id)
        leader = profiles.by_address(by, values["leader"]) if values["leader"] else None
        if values["leader"] and leader is None:
            raise seating.BadCircle({**seating.problems(values, by=by), "leader": unknown()})
        made = seating.add_circle(values, by)
        if leader:
            seating.take_seat(made, leader, by, role=CHAIR)
        return made

    made = attempt(form, act, to=circle_href)
    if not made:
        return form_page(form, status=422)
    flash(_("« %(title)s » est créé. Ajoutez maintenant ses membres.", title=made.title), "ok")
    return redirect(circle_href(made), 303)


@bp.route("/committee/<circle_code>/edit", methods=["GET", "POST"])
@needs("circle.edit", by_code, see="circle.see", into="circle")
def edit(circle: Circle) -> Any:
    who, href = me(), circle_href(circle)
    if circle.ended_at and request.method == "GET":
        flash(_("Ce groupe a terminé son travail. Rouvrez-le d’abord, puis changez-le."), "wait")
        return redirect(href)
    if request.method == "GET":
        return form_page(circle_form(circle).of(who), circle)
    form, code = circle_form(circle, chosen(request.form, circle_form(circle))).of(who), circle.code
    try:
        kept = attempt(
            form, lambda values: seating.change_circle(circle, values, int(request.form["rev"]), who), circle
        )
    except Stale:
        action = url_for("committee.edit", circle_code=code)
        return stale_page(
            form, circle_form(circle), circle, action, kind="circle", done=href, nav="committee"
        )
    if kept is None:
        return form_page(form, circle, 422)
    flash(_("C’est gardé."), "ok")
    return redirect(href, 303)


def form_page(form: CircleForm, circle: Circle | None = None, status: int = 200) -> Any:
    return render_template("committee/form.html", form=form, circle=circle, **carried(form, circle)), status
