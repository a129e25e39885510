"""An offer or a request: written, changed, taken off the board, put back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import shell
from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.exchanges import bp, loading
from blueprints.exchanges.forms import NoticeForm, notice_form
from blueprints.exchanges.routes import line_page
from blueprints.gate import needs
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.loading import circle as by_code
from models import exchanging, mediating
from models.circles import Circle
from models.exchanges import KINDS, Notice
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.workflow import Refused


@bp.route("/exchanges/new", methods=["GET", "POST"])
@needs("notice.make")
def new() -> Any:
    """kind: offer or request, as the button that was touched says."""
    return write_new(None)


@bp.route("/exchanges/groups/<circle_code>/new", methods=["GET", "POST"])
@needs("work.write", by_code, see="circle.see", into="circle")
def new_in_circle(circle: Circle) -> Any:
    return write_new(circle)


def write_new(circle: Circle | None) -> Any:
    who = me()
    if request.method == "GET":
        kind = request.args.get("kind", "")
        start = {"kind": kind if kind in KINDS else "", "languages": who.language, **mediating.home_of(who)}
        return form_page(NoticeForm(data=start).of(who), circle)
    form, circle_id = NoticeForm(request.form).of(who), circle.id if circle else None

    def act(values: dict[str, Any]) -> str:
        home = db.session.get_one(Circle, circle_id) if circle_id else None
        return mediating.post(values, db.session.get_one(Person, who.id), home).id

    made = attempt(form, act, to=line_of)
    if not made:
        return form_page(form, circle, status=422)
    flash(_("C’est au tableau. Voici ce qui pourrait y répondre."), "ok")
    return redirect(line_of(made), 303)


def line_of(notice_id: str) -> str:
    return url_for("exchanges.line", ref=f"n-{notice_id}")


@bp.route("/exchanges/notices/<notice_id>/edit", methods=["GET", "POST"])
@needs("notice.edit", loading.notice, see="notice.see", into="notice")
def edit(notice: Notice) -> Any:
    who, notice_id = me(), notice.id
    here = url_for("exchanges.line", ref=f"n-{notice_id}")
    if request.method == "GET":
        return form_page(notice_form(notice, who), notice.circle, notice)
    form = notice_form(notice, who, chosen(request.form, notice_form(notice, who)))

    def act(values: dict[str, Any]) -> None:
        row = db.session.get_one(Notice, notice_id)
        mediating.change(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id))

    try:
        kept = attempt(form, act, notice)
    except Stale:
        fresh = exchanging.notice_by_id(notice_id)
        assert fresh is not None
        action = url_for("exchanges.edit", notice_id=notice_id)
        return stale_page(
            form, notice_form(fresh, who), fresh, action, kind="notice", done=here, nav="directory"
        )
    if kept is None:
        return form_page(form, notice.circle, notice, 422)
    flash(_("C’est gardé."), "ok")
    return redirect(here, 303)


def form_page(
    form: NoticeForm, circle: Circle | None, notice: Notice | None = None, status: int = 200
) -> Any:
    return render_template(
        "exchanges/form.html", form=form, circle=circle, notice=notice, **carried(form, notice)
    ), status  # fmt: skip


@bp.post("/exchanges/notices/<notice_id>/close")
@needs("notice.edit", loading.notice, see="notice.see", into="notice")
def close(notice: Notice) -> Any:
    notice_id = notice.id
    with writing():
        mediating.close(db.session.get_one(Notice, notice_id), db.session.get_one(Person, me().id))
    back = url_for("exchanges.reopen", notice_id=notice_id)
    shell.flash_undo(_("C’est retiré du tableau."), back, _("Annuler"))
    return redirect(url_for("exchanges.line", ref=f"n-{notice_id}"), 303)


@bp.post("/exchanges/notices/<notice_id>/reopen")
@needs("notice.edit", loading.notice, see="notice.see", into="notice")
def reopen(notice: Notice) -> Any:
    notice_id = notice.id
    try:
        with writing():
            mediating.reopen(db.session.get_one(Notice, notice_id), db.session.get_one(Person, me().id))
    except Refused as refused:
        found = loading.line(f"n-{notice_id}")
        return line_page(found, 409, error=str(refused)) if found else abort(404)
    flash(_("C’est de nouveau au tableau."), "ok")
    return redirect(url_for("exchanges.line", ref=f"n-{notice_id}"), 303)
