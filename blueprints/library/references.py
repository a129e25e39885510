"""The library: the list with its filters, one reference, its form, taking it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import needs
from blueprints.library import bp
from blueprints.library.forms import ReferenceForm, reference_form
from blueprints.look import locale
from blueprints.meetings.keeping import attempt, carried
from blueprints.network.routes import number
from models import names, referencing
from models.fiche.kinds import clean
from models.library import REFERENCE_KINDS, Reference
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.vocabularies import terms

# A filter → its name in the address.
NAMES = {"kind": "sorte", "language": "langue", "axis": "action", "determinant": "determinant", "circle": "groupe"}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page of the library: references, how many in all, page of pages; chosen: filter → code."""

    rows: list[Reference]
    total: int
    page: int
    pages: int
    words: str
    chosen: dict[str, str]

    def url(self, n: int) -> str:
        """The address of page n of the same search."""
        values: dict[str, Any] = {NAMES[name]: code for name, code in self.chosen.items()}
        return url_for("library.index", q=self.words or None, page=n if n > 1 else None, **values)


@bp.get("/")
@needs("reference.list")
def index() -> str:
    words = (clean(request.args.get("q", ""), lines=False) or "")[:200]
    given = {name: clean(request.args.get(said, "")[:20], lines=False) for name, said in NAMES.items()}
    chosen_ = {name: code for name, code in given.items() if code}
    part = names.sliced(referencing.found(me(), words, chosen_), number(request.args.get("page")))
    page = Page(
        names.in_order(Reference, part.ids, "circle"),
        part.total,
        part.page,
        part.pages,
        words,
        chosen_,
    )
    return render_template(
        "library/index.html", page=page, names=NAMES, filters=filters(), REFERENCE_KINDS=REFERENCE_KINDS
    )


def filters() -> dict[str, tuple[str, list[tuple[str, Any]]]]:
    """Filter → (its title, (code, words) of each choice)."""
    here = locale()[:2]
    spoken = [(code, t.label(here)) for code, t in terms("langue").items()]
    groups = [(c.code, c.title) for c in referencing.groups_read(me())]
    out: dict[str, tuple[str, list[tuple[str, Any]]]] = {
        "kind": (_("Sorte"), list(REFERENCE_KINDS.items())),
        "axis": (_("Action"), [(code, t.label(here)) for code, t in terms("axe").items()]),
        "determinant": (_("Déterminant de la santé"), [(code, t.label(here)) for code, t in terms("determinant").items()]),
        "language": (_("Langue"), spoken),
    }  # fmt: skip
    return out | ({"circle": (_("Groupe"), groups)} if groups else {})


@bp.get("/references/<reference_id>")
@needs("reference.see", referencing.reference, into="row")
def show(row: Reference) -> str:
    return render_template(
        "library/show.html", row=row, cited=referencing.cite(row), REFERENCE_KINDS=REFERENCE_KINDS
    )


@bp.route("/references/new", methods=["GET", "POST"])
@needs("reference.make")
def new() -> Any:
    who = me()
    if request.method == "GET":
        return form_page(ReferenceForm().offer(who))
    form = ReferenceForm(request.form).offer(who)
    made = attempt(
        form,
        lambda values: referencing.add_reference(values, db.session.get_one(Person, who.id)).id,
        to=page_of,
    )
    if not made:
        return form_page(form, status=422)
    flash(_("La référence est dans la bibliothèque."), "ok")
    return redirect(page_of(made), 303)


def page_of(reference_id: str) -> str:
    return url_for("library.show", reference_id=reference_id)


@bp.route("/references/<reference_id>/edit", methods=["GET", "POST"])
@needs("reference.edit", referencing.reference, see="reference.see", into="row")
def edit(row: Reference) -> Any:
    who = me()
    here: dict[str, Any] = {"reference_id": row.id}
    if request.method == "GET":
        return form_page(reference_form(row, who), row)
    form = reference_form(row, who, chosen(request.form, reference_form(row, who)))
    try:
        kept = attempt(
            form, lambda values: referencing.change_reference(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), row
        )  # fmt: skip
    except Stale:
        action, done = (url_for(f"library.{e}", **here) for e in ("edit", "show"))
        return stale_page(form, reference_form(row, who), row, action, kind="reference", done=done, nav="directory")  # fmt: skip
    if kept is None:
        return form_page(form, row, 422)
    flash(_("C’est gardé."), "ok")
    return redirect(url_for("library.show", **here), 303)


def form_page(form: ReferenceForm, row: Reference | None = None, status: int = 200) -> Any:
    return render_template("library/form.html", form=form, row=row, **carried(form, row)), status


@bp.get("/references/<reference_id>/remove")
@needs("reference.edit", referencing.reference, see="reference.see", into="row")
def ask_remove(row: Reference) -> str:
    return render_template("library/remove.html", entry=None, reference=row)


@bp.post("/references/<reference_id>/remove")
@needs("reference.edit", referencing.reference, see="reference.see", into="row")
def remove(row: Reference) -> Any:
    who, reference_id = me(), row.id
    with writing():
        referencing.remove_reference(
            db.session.get_one(Reference, reference_id), db.session.get_one(Person, who.id)
        )
    flash(_("La référence n’est plus dans la bibliothèque."), "ok")
    return redirect(url_for("library.index"), 303)
