"""Who sits in a circle: add somebody, change their role, end their seat."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me, unknown
from blueprints.addresses import circle_href
from blueprints.committee import bp
from blueprints.committee.forms import SeatForm
from blueprints.committee.routes import circle_page
from blueprints.gate import needs
from blueprints.meetings.loading import circle as by_code
from models import profiles, seating
from models.circles import SEATS, Circle, Seat
from models.people import Person
from models.store import db, writing


def of_seat(circle_code: str, seat_id: str, **_more: Any) -> Circle | None:
    """The circle, where somebody sits on this seat."""
    seat = db.session.get(Seat, seat_id)
    return seat.circle if seat and seat.circle.code == circle_code and seat.until is None else None


def seat_here() -> Seat:
    return db.session.get_one(Seat, (request.view_args or {})["seat_id"])


@bp.post("/committee/<circle_code>/members")
@needs("circle.edit", by_code, see="circle.see", into="circle")
def add(circle: Circle) -> Any:
    form, who, circle_id, href = SeatForm(request.form), me(), circle.id, circle_href(circle)
    if circle.ended_at:
        form.email.errors = [_("Ce groupe a terminé son travail. Rouvrez-le d’abord, puis donnez une place.")]
        return circle_page(circle, 422, form) if circle.is_committee else group_page(circle, form)
    other = profiles.by_address(who, form.email.data or "")
    good = form.validate()
    if other is None:
        form.email.errors = [unknown()]
    for name, sentence in seating.seat_problems(form.role.data or "", form.since.data).items():
        form[name].errors = [sentence]
    if other is None or not good or form.summary():
        return circle_page(circle, 422, form) if circle.is_committee else group_page(circle, form)
    with writing():
        seating.take_seat(
            db.session.get_one(Circle, circle_id), db.session.get_one(Person, other.id),
            db.session.get_one(Person, who.id), role=form.role.data, since=form.since.data,
        )  # fmt: skip
        name = other.name
    jobs.wake()
    flash(_("%(name)s siège ici maintenant.", name=name), "ok")
    return redirect(href, 303)


def group_page(circle: Circle, form: SeatForm) -> Any:
    """Where a seat in a group is given: the page that invites."""
    from blueprints.groups.inviting import invite_page

    return invite_page(circle, 422, seat=form)


@bp.route("/committee/<circle_code>/members/<seat_id>", methods=["GET", "POST"])
@needs("circle.edit", of_seat, see="circle.see", into="circle")
def seat(circle: Circle) -> Any:
    """Another role, or the end."""
    row, who, href = seat_here(), me(), circle_href(circle)
    if circle.ended_at:
        flash(_("Ce groupe a terminé son travail. Rouvrez-le d’abord, puis changez les places."), "wait")
        return redirect(href, 303)
    if request.method == "GET":
        return render_template("committee/seat.html", circle=circle, seat=row, roles=SEATS)
    act, role, name = request.form.get("act"), request.form.get("role", ""), row.person.name
    if act == "role" and role not in SEATS:
        return render_template("committee/seat.html", circle=circle, seat=row, roles=SEATS, error=True), 422
    with writing():
        row, by = db.session.get_one(Seat, row.id), db.session.get_one(Person, who.id)
        if act == "end":
            seating.end_seat(row, by)
        elif act == "role":
            seating.change_seat(row, role, by)
    jobs.wake()
    said = _("La place de %(name)s a pris fin. Elle reste dans l’histoire.", name=name) if act == "end" else _("C’est gardé.")  # fmt: skip
    flash(said, "ok")
    return redirect(href, 303)
