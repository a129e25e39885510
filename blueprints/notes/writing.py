"""Writing a note: the form with its preview, and what a device sends late (docs/offline.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from adapters.markdown import to_html
from blueprints import shell
from blueprints.accounts.own import me
from blueprints.fiches.loading import moment_of, typed, uuid_of
from blueprints.gate import needs
from blueprints.notes import bp, choosing, loading
from blueprints.notes.reading import address
from models import note_writing, weaving
from models.circles import Circle
from models.fiche.saving import Reused
from models.note_writing import BadNote, NoNote, Written
from models.notes import Note
from models.people import Person
from models.store import db, new_id, writing
from models.taking import Taken


@dataclass
class Sheet:
    """The form on a page. preview: HTML of what was typed, where it was asked for. choice: "made" or "moved", where
    somebody just chose between two versions, or between two that are others by now."""

    circle: Circle
    note: Note | None
    title: str = ""
    body: str = ""
    words: str = ""
    op_id: str = field(default_factory=new_id)
    base: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    preview: Any = None
    typed: bool = False
    choice: str = ""

    @property
    def passages(self) -> list[choosing.Passage]:
        """What stands in two versions."""
        return choosing.passages(self.body)

    @property
    def twice(self) -> int:
        """How many passages do, those included whose lines somebody changed."""
        return weaving.twice(self.body)

    @property
    def action(self) -> str:
        return (
            address(self.note, "notes.edit")
            if self.note
            else url_for("notes.new", circle_code=self.circle.code)
        )

    @property
    def edit(self) -> str:
        """Where later edits go: the id of a new note is the `op_id` that makes it."""
        return url_for(
            "notes.edit", circle_code=self.circle.code, note_id=self.note.id if self.note else self.op_id
        )

    @property
    def back(self) -> str:
        return address(self.note) if self.note else url_for("notes.of_circle", circle_code=self.circle.code)


def page(sheet: Sheet, status: int = 200) -> Any:
    return render_template("notes/edit.html", v=sheet, most=note_writing.LONGEST), status


@bp.route("/<circle_code>/notes/new", methods=["GET", "POST"])
@needs("work.write", loading.circle, see="work.see", into="circle")
def new(circle: Circle) -> Any:
    return page(Sheet(circle, None)) if request.method == "GET" else take(circle, None)


@bp.route("/<circle_code>/notes/<note_id>/edit", methods=["GET", "POST"])
@needs("note.write", loading.note, see="note.see", into="note")
def edit(note: Note) -> Any:
    if request.method == "GET":
        return page(Sheet(note.circle, note, note.title, note.body, base=f"rev:{note.rev}"))
    return take(note.circle, note)


def take(circle: Circle, note: Note | None) -> Any:
    """Keep: 303 to the note, or JSON for a device; with act=preview, the same form with the text as it will be read."""
    form, late = typed(), shell.wants_json()
    version = form.get("schema_version", "")
    if version.isdecimal() and len(version) < 6 and int(version) < note_writing.OLDEST:
        return shell.error_answer(426, name="client_too_old")
    if late and uuid_of(form.get("op_id")) is None:
        return jsonify({"errors": {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")}, "op_id": ""}), 422  # fmt: skip
    sheet = Sheet(
        circle, note, form.get("title", ""), form.get("body", ""), form.get("words", ""), uuid_of(form.get("op_id")) or new_id(),
        form.get("base", "")[:60], typed=True,
    )  # fmt: skip
    if form.get("act", "keep") != "keep" and not late:
        return page(seen(sheet, form["act"]))
    return keep(sheet, moment_of(form.get("begun_at")), late)


def seen(sheet: Sheet, act: str) -> Sheet:
    """The form with the text as it will be read, or with one of two versions in the place of both. Stores nothing."""
    sheet.body = sheet.body.replace("\r\n", "\n")
    if act != "preview":
        text = choosing.chosen(sheet.body, act)
        sheet.choice = "moved" if text is None else "made"
        sheet.body = sheet.body if text is None else text
    if act == "preview" or not sheet.passages:
        sheet.preview = to_html(sheet.body)
    return sheet


def keep(sheet: Sheet, begun_at: datetime | None, late: bool) -> Any:
    said = Written(sheet.title, sheet.body, sheet.op_id, sheet.base, sheet.words, begun_at, late)
    circle_id, note_id, who = sheet.circle.id, sheet.note.id if sheet.note else "", me()
    try:
        with writing():
            by = db.session.get_one(Person, who.id)
            kept = (
                note_writing.write(note_id, by, said) if note_id else note_writing.begin(circle_id, by, said)
            )
    except BadNote as bad:
        return refused(sheet, bad, late)
    except Reused:
        return jsonify({"error": "op_reused", "op_id": said.op_id}), 422
    except NoNote:
        return shell.error_answer(404)
    return arrived(kept, late)


def refused(sheet: Sheet, bad: BadNote, late: bool) -> Any:
    """The same page again, the sentence beside the field, every word kept."""
    if late:
        return jsonify({"errors": {bad.field: str(bad)}, "op_id": sheet.op_id}), 422
    sheet.errors = {bad.field: str(bad)}
    sheet.circle = db.session.get_one(Circle, sheet.circle.id)
    return page(sheet, 422)


def arrived(kept: Taken, late: bool) -> Any:
    """It stands. Where another version came between, the address shows what became of both. A text that is sent again
    once its note was swept is answered as any text of a note that is not there."""
    receipt = kept.receipt
    note = db.session.get(Note, receipt["id"])
    if note is None:
        return shell.error_answer(404)
    merged = {"merged": receipt["rev"]} if receipt["merged"] else {}
    url = address(note, **merged)
    if late:
        return shell.receipt({**receipt, "url": url, "title": note.title}, replayed=kept.replayed)
    if note.removed_at:
        flash(_("Cette note avait été retirée entre-temps. Votre texte y est gardé ; remettez-la si elle sert encore."), "wait")  # fmt: skip
    elif receipt["clashes"]:
        flash(ngettext("Gardé. Un passage est en deux versions.", "Gardé. %(num)s passages sont en deux versions.", receipt["clashes"]), "wait")  # fmt: skip
    else:
        flash(_("La note est gardée."), "ok")
    return redirect(url, 303)
