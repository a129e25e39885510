"""What a group makes: the list, one of them, writing it, saying what became of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.alike import alike
from blueprints.gate import can, needs
from blueprints.groups import bp, loading
from blueprints.groups.forms import ProductionForm, production_form
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.loading import circle as by_code
from blueprints.meetings.loading import known
from blueprints.meetings.routes import named
from models import gathering, producing
from models.audit import events_of
from models.circles import Circle
from models.fiche.fiche import Fiche
from models.files import CircleFile
from models.groups import PRODUCTION_STATES, Production
from models.notes import Note
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.workflow import Refused


@bp.get("/groups/<circle_code>/productions")
@needs("work.see", by_code, see="circle.see", into="circle")
def productions(circle: Circle) -> Any:
    def read() -> dict[str, Any]:
        rows = gathering.productions_of(circle.id)
        return {"rows": [r for r in rows if r.open], "ended": [r for r in rows if not r.open]}

    return render_template(
        "groups/productions.html", circle=circle, part=alike(("productions", circle.id), read)
    )


@bp.route("/groups/<circle_code>/productions/new", methods=["GET", "POST"])
@needs("work.write", by_code, see="circle.see", into="circle")
def new_production(circle: Circle) -> Any:
    if request.method == "GET":
        return form_page(ProductionForm().offer(circle, me()), circle)
    form, who, circle_id = ProductionForm(request.form).offer(circle, me()), me(), circle.id

    def act(values: dict[str, Any]) -> Production:
        circle, by = db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id)
        return producing.add_production(circle, values, by)

    made = attempt(form, act, to=page_of)
    if not made:
        return form_page(form, circle, status=422)
    flash(_("La production est prévue."), "ok")
    return redirect(page_of(made), 303)


def page_of(row: Production) -> str:
    return url_for("groups.production", production_id=row.id)


@bp.get("/groups/productions/<production_id>")
@needs("production.see", loading.production, into="row")
def production(row: Production) -> Any:
    return production_page(row)


def production_page(row: Production, status: int = 200, *, error: str = "", words: str = "") -> Any:
    return render_template(
        "groups/production.html", row=row, circle=row.circle, states=PRODUCTION_STATES, place=place_of(row), error=error, words=words,
        moves=producing.MOVES[row.state] if can("production.edit", row) else (), events=named(events_of("production", row.id)),
    ), status  # fmt: skip


def place_of(row: Production) -> tuple[str, str] | None:
    """(address, title) of where it is read, for who may read it there."""
    note = db.session.get(Note, row.note_id) if row.note_id else None
    if note and note.removed_at is None and can("note.see", note) and known("notes.show"):
        return url_for("notes.show", circle_code=row.circle.code, note_id=note.id), note.title
    file = db.session.get(CircleFile, row.file_id) if row.file_id else None
    if file and file.removed_at is None and can("file.see", file) and known("files.show"):
        return url_for("files.show", circle_code=row.circle.code, file_id=file.id), file.title
    fiche = db.session.get(Fiche, row.fiche_id) if row.fiche_id else None
    if fiche and can("fiche.see", fiche):
        return url_for("fiches.show", ref=fiche.ref), fiche.title or fiche.ref
    return None


@bp.route("/groups/productions/<production_id>/edit", methods=["GET", "POST"])
@needs("production.edit", loading.production, see="production.see", into="row")
def edit_production(row: Production) -> Any:
    who, here = me(), {"production_id": row.id}
    if request.method == "GET":
        return form_page(production_form(row, who), row.circle, row)
    form = production_form(row, who, chosen(request.form, production_form(row, who)))
    try:
        kept = attempt(
            form, lambda values: producing.change_production(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), row
        )  # fmt: skip
    except Stale:
        action, done = (url_for(e, **here) for e in ("groups.edit_production", "groups.production"))
        return stale_page(form, production_form(row, who), row, action, kind="production", done=done, nav="committee")  # fmt: skip
    if kept is None:
        return form_page(form, row.circle, row, 422)
    flash(_("C’est gardé."), "ok")
    return redirect(url_for("groups.production", **here), 303)


def form_page(form: ProductionForm, circle: Circle, row: Production | None = None, status: int = 200) -> Any:
    return render_template("groups/production_form.html", form=form, circle=circle, row=row, **carried(form, row)), status  # fmt: skip


@bp.post("/groups/productions/<production_id>/state")
@needs("production.edit", loading.production, see="production.see", into="row")
def mark(row: Production) -> Any:
    """Begun, finished with a word, dropped with a reason, taken up again."""
    state, words, who, row_id = request.form.get("state", ""), loading.words(), me(), row.id
    try:
        with writing():
            found = db.session.get_one(Production, row_id)
            producing.mark(found, state, db.session.get_one(Person, who.id), words)
    except Refused as refused:
        return production_page(db.session.get_one(Production, row_id), 422, error=str(refused), words=words)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("groups.production", production_id=row_id), 303)
