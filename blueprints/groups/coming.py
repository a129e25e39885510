"""Coming into a group and leaving it: ask, take back, answer who asks, go."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.gate import can, needs
from blueprints.groups import bp, loading
from blueprints.once import once
from models import gathering
from models.circles import Circle
from models.gathering import BadWork
from models.groups import ASK, SeatRequest
from models.people import Person
from models.store import db, writing
from models.workflow import Refused


@bp.route("/groups/<circle_code>/ask", methods=["GET", "POST"])
@needs("circle.ask", loading.group, see="circle.see", into="circle")
def ask(circle: Circle) -> Any:
    """A word for who leads it; where something waits already, that is shown instead."""
    who, words, circle_id, href = me(), loading.words(), circle.id, circle_href(circle)
    if request.method == "GET":
        return redirect(href) if gathering.pending(circle.id, who.id) else ask_page(circle)
    try:
        once(
            lambda: gathering.ask(db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id), words),
            lambda _row: href,
        )  # fmt: skip
    except BadWork as bad:
        return ask_page(db.session.get_one(Circle, circle_id), 422, error=bad.problems["words"], words=words)
    except Refused as refused:
        return ask_page(db.session.get_one(Circle, circle_id), 409, error=str(refused), words=words)
    jobs.wake()
    flash(_("Votre demande est partie. La réponse viendra par courriel, et ici."), "ok")
    return redirect(href, 303)


def ask_page(circle: Circle, status: int = 200, *, error: Any = "", words: str = "") -> Any:
    return render_template("groups/ask.html", circle=circle, error=error, words=words), status


@bp.post("/groups/requests/<ask_id>/withdraw")
@needs("seat.answer", loading.seat_request, into="row")
def withdraw(row: SeatRequest) -> Any:
    """Whoever asked takes it back."""
    request_id, who, circle = row.id, me(), row.circle
    code, seen = circle_href(circle), can("circle.see", circle)
    try:
        with writing():
            found = db.session.get_one(SeatRequest, request_id)
            if found.kind != ASK:
                raise Refused(_("C’est une invitation : répondez-y par oui ou par non."))
            gathering.withdraw(found, db.session.get_one(Person, who.id))
        flash(_("Votre demande est retirée."), "ok")
    except Refused as refused:
        flash(str(refused), "wait")
    return redirect(code if seen else url_for("groups.index"), 303)


@bp.route("/groups/<circle_code>/requests/<ask_id>", methods=["GET", "POST"])
@needs("circle.invite", loading.of_request, into="circle")
def answer(circle: Circle) -> Any:
    """Who leads says yes, or no with a word; an invitation can be taken back."""
    row, who, href = request_here(), me(), circle_href(circle)
    if request.method == "GET":
        return answer_page(row)
    request_id, said, words, name = row.id, request.form.get("answer", ""), loading.words(), row.person.name
    try:
        with writing():
            found, by = db.session.get_one(SeatRequest, request_id), db.session.get_one(Person, who.id)
            if said == "withdraw" and found.kind != ASK:
                gathering.withdraw(found, by)
            elif said in ("yes", "no") and found.kind == ASK:
                gathering.answer(found, said == "yes", by, words)
            else:
                raise BadWork({"words": _("Choisissez un des boutons.")})
    except BadWork as bad:
        return answer_page(request_here(), 422, error=bad.problems["words"], words=words)
    except Refused as refused:
        return answer_page(request_here(), 409, error=str(refused), words=words)
    jobs.wake()
    told = {"yes": _("%(name)s siège ici maintenant.", name=name), "no": _("Votre réponse est partie à %(name)s.", name=name), "withdraw": _("L’invitation est retirée.")}  # fmt: skip
    flash(told[said], "ok")
    return redirect(href, 303)


def request_here() -> SeatRequest:
    found = gathering.request_by_id((request.view_args or {})["ask_id"])
    assert found is not None
    return found


def answer_page(row: SeatRequest, status: int = 200, *, error: Any = "", words: str = "") -> Any:
    return render_template(
        "groups/request.html", row=row, circle=row.circle, error=error, words=words
    ), status


@bp.route("/groups/<circle_code>/leave", methods=["GET", "POST"])
@needs("circle.leave", loading.group, see="circle.see", into="circle")
def leave(circle: Circle) -> Any:
    """Asked before. The last one who leads hands over first."""
    who, circle_id, href, title = me(), circle.id, circle_href(circle), circle.title
    if request.method == "GET":
        return leave_page(circle)
    try:
        with writing():
            gathering.leave(db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id))
    except Refused as refused:
        return leave_page(db.session.get_one(Circle, circle_id), 422, error=str(refused))
    jobs.wake()
    flash(_("Vous avez quitté « %(title)s ».", title=title), "ok")
    seen = can("circle.see", db.session.get_one(Circle, circle_id))
    return redirect(href if seen else url_for("groups.index"), 303)


def leave_page(circle: Circle, status: int = 200, *, error: str = "") -> Any:
    last = gathering.last_leader(circle, me().id)
    return render_template("groups/leave.html", circle=circle, last=last, error=error), status
