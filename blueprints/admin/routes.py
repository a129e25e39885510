"""Preparing an edition and its calls, and the page on which members read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from adapters.markdown import to_html
from blueprints.accounts.own import me
from blueprints.admin import bp
from blueprints.admin.forms import CallForm, EditionForm, Shared, call_form, edition_form, zone
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import needs
from blueprints.once import once
from blueprints.shell import error_answer
from models import editions as shelf
from models import preparing
from models.editions import Call, Edition, call_by_code, edition_by_code
from models.fiche.kinds import clean
from models.preparing import BadEdition, Stale, StillUsed
from models.store import now, writing


@needs("edition.see")
def edition() -> Any:
    """What members read: the letter, the dates, the call."""
    shown = shelf.shown_edition()
    letter = to_html(shown.letter) if shown else ""
    return render_template("admin/edition.html", edition=shown, letter=letter, call=told(shown), now=now())


def told(shown: Edition | None) -> Call | None:
    """The call to speak of: the open one, else the one to come, else the last that closed."""
    calls = shown.calls if shown else []
    for state in ("open", "coming"):
        if found := [c for c in calls if c.state == state]:
            return min(found, key=lambda c: c.closes_at)
    return max(calls, key=lambda c: c.closes_at, default=None)


@bp.record_once
def beside_the_office(state: BlueprintSetupState) -> None:
    """The members' page is no part of /admin/."""
    state.app.add_url_rule("/edition", "admin.edition", edition, methods=["GET"])


@bp.get("/editions", endpoint="editions")
@needs("edition.manage")
def every_edition() -> Any:
    known = shelf.editions()
    counts = shelf.fiches_by_call([call for one in known for call in one.calls])
    return render_template("admin/editions.html", editions=known, counts=counts)


@bp.route("/editions/new", methods=["GET", "POST"])
@needs("edition.manage")
def new_edition() -> Any:
    if request.method == "GET":
        return edition_page(EditionForm(year=preparing.next_year(shelf.editions())))
    form = EditionForm(request.form)
    if request.form.get("act") == "preview":
        return preview(form)
    if made := attempt(form, lambda values: preparing.add_edition(values, me())):
        flash(_("« %(title)s » est gardée. Ouvrez maintenant un appel à fiches.", title=made.title), "ok")
        return done()
    return edition_page(form, status=422)


@bp.route("/editions/<code>", methods=["GET", "POST"])
@needs("edition.manage", edition_by_code, into="row")
def edit_edition(row: Edition) -> Any:
    if request.method == "GET":
        return edition_page(edition_form(row), row)
    form = edition_form(row, chosen(request.form, edition_form(row)))
    if request.form.get("act") == "preview":
        return preview(form, row)
    try:
        kept = attempt(form, lambda values: preparing.change_edition(row, values, rev(), me()), row)
    except Stale:
        return stale_page(form, edition_form(row), row, url_for("admin.edit_edition", code=row.code))
    if not kept:
        return edition_page(form, row, 422)
    flash(_("L’édition est gardée."), "ok")
    return done()


@bp.route("/editions/<code>/delete", methods=["GET", "POST"])
@needs("edition.manage", edition_by_code, into="row", fresh=True)
def delete_edition(row: Edition) -> Any:
    return delete(row, "admin/delete_edition.html", _("L’édition est effacée."))


@bp.route("/editions/<code>/calls/new", methods=["GET", "POST"])
@needs("edition.manage", edition_by_code, into="row")
def new_call(row: Edition) -> Any:
    if request.method == "GET":
        return call_page(CallForm(opens_day=now().astimezone(zone()).date()), row)
    form = CallForm(request.form)
    if attempt(form, lambda values: preparing.add_call(row, values, me())):
        flash(_("L’appel est gardé."), "ok")
        return done()
    return call_page(form, row, status=422)


@bp.route("/calls/<code>", methods=["GET", "POST"])
@needs("edition.manage", call_by_code, into="row")
def edit_call(row: Call) -> Any:
    if request.method == "GET":
        return call_page(call_form(row), row.edition, row)
    form = call_form(row, chosen(request.form, call_form(row)))
    try:
        kept = attempt(form, lambda values: preparing.change_call(row, values, rev(), me()), row)
    except Stale:
        return stale_page(form, call_form(row), row, url_for("admin.edit_call", code=row.code))
    if not kept:
        return call_page(form, row.edition, row, 422)
    flash(_("L’appel est gardé."), "ok")
    return done()


@bp.route("/calls/<code>/close", methods=["GET", "POST"])
@needs("edition.manage", call_by_code, into="row")
def close_call(row: Call) -> Any:
    if request.method == "GET":
        return render_template("admin/close_call.html", call=row)
    with writing():
        closed = preparing.close_call(row, me())
    if closed:
        flash(_("L’appel est clos. Une nouvelle date limite le rouvre."), "ok")
    else:
        flash(_("Cet appel n’est pas ouvert : il n’y a rien à clore."), "wait")
    return done()


@bp.route("/calls/<code>/delete", methods=["GET", "POST"])
@needs("edition.manage", call_by_code, into="row")
def delete_call(row: Call) -> Any:
    return delete(row, "admin/delete_call.html", _("L’appel est effacé."))


def delete(row: Edition | Call, template: str, words: str) -> Any:
    """Ask, then erase; or say what hangs on it and what to do instead."""
    status = 200
    if request.method == "POST":
        try:
            with writing():
                preparing.delete(row, me())
        except StillUsed:
            status = 409
        else:
            flash(words, "ok")
            return done()
    return render_template(template, row=row, hanging=preparing.hanging(row)), status


def attempt(form: Shared, act: Callable[[dict[str, Any]], Any], row: Edition | Call | None = None) -> Any:
    """Do it in one transaction: what `act` returns, or True; None with each problem beside its field. Raises Stale.

    What is new is made once (blueprints/once.py).
    """
    if row is not None and rev() != row.rev:
        raise Stale
    readable = form.validate()
    values = form.values()
    try:
        if readable and row is None:
            return once(lambda: act(values) or True, lambda _made: url_for("admin.editions"))
        if readable:
            with writing():
                return act(values) or True
        form.blame(BadEdition(form.wrong(values, row)))
    except BadEdition as bad:
        form.blame(bad)
    return None


@bp.errorhandler(ObjectDeletedError)
@bp.errorhandler(StaleDataError)
def gone(_error: Exception) -> Any:
    """Somebody deleted it while this request was under way."""
    return error_answer(404)


def rev() -> int:
    """The rev that the person had before their eyes; -1, which none has, where it cannot be read."""
    text = request.form.get("rev", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def done() -> Any:
    return redirect(url_for("admin.editions"), 303)


def preview(form: EditionForm, row: Edition | None = None) -> Any:
    """The form with the letter as it will be read; nothing is kept yet."""
    return edition_page(form, row, preview=to_html(form.letter.data, top=3))


def edition_page(form: EditionForm, row: Edition | None = None, status: int = 200, **more: Any) -> Any:
    return render_template(
        "admin/edition_form.html", form=form, row=row, **carried(form, row), **more
    ), status


def call_page(form: CallForm, edition: Edition, row: Call | None = None, status: int = 200) -> Any:
    return render_template(
        "admin/call_form.html", form=form, edition=edition, row=row, **carried(form, row)
    ), status


def carried(form: Shared, row: Edition | Call | None) -> dict[str, Any]:
    """What the page must know of how it was opened, and whether it holds something that is kept nowhere."""
    posted = request.method == "POST"
    seen = clean(request.form.get("seen", ""), lines=False) or "" if posted else form.seen()
    return {"rev": rev() if posted else row.rev if row else 0, "seen": seen, "dirty": posted}
