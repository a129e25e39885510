"""The glossary: read, search, add, change, take away."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.alike import alike
from blueprints.gate import needs
from blueprints.library import bp
from blueprints.library.forms import EntryForm
from blueprints.look import locale
from blueprints.meetings.keeping import attempt, carried
from models import glossing
from models.fiche.kinds import clean
from models.library import GlossaryEntry
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.vocabularies import terms


@bp.get("/glossary")
@needs("glossary.see")
def glossary() -> str:
    """q: words; langue: of the meaning."""
    words = (clean(request.args.get("q", ""), lines=False) or "")[:200]
    asked = request.args.get("langue", "")[:5]

    def read() -> dict[str, Any]:
        every = glossing.lines(shown_in=locale()[:2])
        spoken = [code for code in terms("langue") if any(one.language == code for one in every)]
        language = asked if asked in spoken else ""
        rows = glossing.lines(words, language, locale()[:2]) if words or language else every
        return {
            "letters": glossing.by_letter(rows),
            "total": len(rows),
            "language": language,
            "languages": spoken,
        }

    part = alike(("glossary", words, asked), read, "glossary.edit")
    return render_template("library/glossary.html", part=part, words=words)


@bp.route("/glossary/new", methods=["GET", "POST"])
@needs("glossary.edit")
def new_entry() -> Any:
    """abbr: what somebody looked for and did not find."""
    if request.method == "GET":
        typed = (clean(request.args.get("abbr", ""), lines=False) or "")[: glossing.LENGTHS["abbreviation"]]
        return form_page(EntryForm(abbreviation=typed or None, language=_first_language()))
    form, who = EntryForm(request.form), me()
    made = attempt(
        form, lambda values: glossing.add_entry(values, db.session.get_one(Person, who.id)).id, to=line_of
    )
    if not made:
        return form_page(form, status=422)
    flash(_("L’abréviation est au glossaire."), "ok")
    return back(made)


def _first_language() -> str:
    return locale()[:2] if locale()[:2] in terms("langue") else "fr"


@bp.route("/glossary/<entry_id>/edit", methods=["GET", "POST"])
@needs("glossary.edit", glossing.entry, see="glossary.see", into="row")
def edit_entry(row: GlossaryEntry) -> Any:
    if request.method == "GET":
        return form_page(EntryForm(obj=row), row)
    form, who = EntryForm(chosen(request.form, EntryForm(obj=row))), me()
    try:
        kept = attempt(
            form, lambda values: glossing.change_entry(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), row
        )  # fmt: skip
    except Stale:
        action, done = url_for("library.edit_entry", entry_id=row.id), url_for("library.glossary")
        return stale_page(form, EntryForm(obj=row), row, action, kind="glossary", done=done, nav="directory")
    if kept is None:
        return form_page(form, row, 422)
    flash(_("C’est gardé."), "ok")
    return back(row.id)


def back(entry_id: str) -> Any:
    """To its line in the glossary."""
    return redirect(line_of(entry_id), 303)


def line_of(entry_id: str) -> str:
    return url_for("library.glossary", _anchor=f"e-{entry_id}")


def form_page(form: EntryForm, row: GlossaryEntry | None = None, status: int = 200) -> Any:
    twin = glossing.twin(form.values(), row) if form.abbreviation.errors else None
    return render_template("library/entry.html", form=form, row=row, twin=twin, **carried(form, row)), status


@bp.get("/glossary/<entry_id>/remove")
@needs("glossary.edit", glossing.entry, see="glossary.see", into="row")
def ask_remove_entry(row: GlossaryEntry) -> str:
    return render_template("library/remove.html", entry=row, reference=None)


@bp.post("/glossary/<entry_id>/remove")
@needs("glossary.edit", glossing.entry, see="glossary.see", into="row")
def remove_entry(row: GlossaryEntry) -> Any:
    who, entry_id = me(), row.id
    with writing():
        glossing.remove_entry(db.session.get_one(GlossaryEntry, entry_id), db.session.get_one(Person, who.id))
    flash(_("L’abréviation n’est plus au glossaire."), "ok")
    return redirect(url_for("library.glossary"), 303)
