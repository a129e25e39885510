"""A note as one reads it: its text, its versions, what became of two that were written at once; taking it away and back."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from adapters.markdown import to_html
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.gate import needs
from blueprints.notes import bp, loading
from blueprints.notes.comparing import hunks
from models import note_writing
from models.notes import Note, NoteRevision
from models.people import Person
from models.store import db, writing


def address(note: Note, endpoint: str = "notes.show", **more: Any) -> str:
    return url_for(endpoint, circle_code=note.circle.code, note_id=note.id, **more)


def numbered(note: Note, name: str) -> NoteRevision | None:
    """The version whose number the address says."""
    text = request.args.get(name, "")
    return note_writing.revision(note.id, int(text)) if text.isdecimal() and len(text) < 10 else None


@bp.get("/<circle_code>/notes/<note_id>")
@needs("note.see", loading.note, into="note")
def show(note: Note) -> Any:
    """The text. With ?merged=N, before it, what became of that version; with ?rev=N an older version."""
    joined = numbered(note, "merged")
    joined = joined if joined and joined.posted is not None else None
    old = numbered(note, "rev")
    row = old if old and old.rev != note.rev else None
    return render_template(
        "notes/show.html",
        note=note,
        old=row,
        href=circle_href(note.circle),
        text=to_html(row.body if row else note.body),
        joined=joined,
        hunks=hunks(note_writing.posted(joined)[1], joined.body) if joined else [],
        gone=db.session.get(Person, note.removed_by) if note.removed_by else None,
    )


@bp.get("/<circle_code>/notes/<note_id>/history")
@needs("note.see", loading.note, into="note")
def history(note: Note) -> Any:
    rows = note_writing.revisions(note.id)
    return render_template("notes/history.html", note=note, rows=rows, begun=dict(_begun(rows)))


def _begun(rows: list[NoteRevision]) -> Any:
    """rev → when its writer began, where that was long before it arrived: on a device without a network."""
    for row in rows:
        if row.begun_at and (row.at - row.begun_at).total_seconds() > 3600:
            yield row.rev, row.begun_at


@bp.get("/<circle_code>/notes/<note_id>/compare")
@needs("note.see", loading.note, into="note")
def compare(note: Note) -> Any:
    """Any two versions; without a choice, the last two."""
    rows = note_writing.revisions(note.id)
    known = {row.rev: row for row in rows}
    after = numbered(note, "to") or rows[0]
    before = numbered(note, "from") or known.get(after.rev - 1) or after
    if before.rev > after.rev:
        before, after = after, before
    return render_template(
        "notes/compare.html",
        note=note,
        rows=rows,
        before=before,
        after=after,
        hunks=hunks(before.body, after.body),
    )


@bp.get("/<circle_code>/notes/<note_id>/text")
@needs("note.write", loading.note, see="note.see", into="note")
def text(note: Note) -> Any:
    """The note as its form would post it, for the copy that a device keeps."""
    said = {"id": note.id, "rev": note.rev, "title": note.title, "place": note.circle.title,
            "page": f"/outbox/note#{note.circle.code}/{note.id}", "parts": {"note": [["title", note.title], ["body", note.body]]}}  # fmt: skip
    answer = jsonify(said)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/<circle_code>/notes/<note_id>/restore")
@needs("note.write", loading.note, see="note.see", into="note")
def restore(note: Note) -> Any:
    """An old version stands again; the one of today stays in the history."""
    text, who, note_id = request.form.get("rev", ""), me(), note.id
    row = note_writing.revision(note_id, int(text)) if text.isdecimal() and len(text) < 10 else None
    if row is None:
        flash(_("Cette version n’est pas dans l’historique. Choisissez-en une de la liste."), "wait")
        return redirect(address(note, "notes.history"), 303)
    row_id, words = row.id, _("Reprise de la version %(n)s", n=row.rev)
    with writing():
        note_writing.restore(
            db.session.get_one(Note, note_id), db.session.get_one(NoteRevision, row_id), db.session.get_one(Person, who.id), words
        )  # fmt: skip
    flash(_("Cette version est de nouveau celle d’aujourd’hui."), "ok")
    return redirect(address(db.session.get_one(Note, note_id)), 303)


@bp.route("/<circle_code>/notes/<note_id>/remove", methods=["GET", "POST"])
@needs("note.write", loading.note, see="note.see", into="note")
def remove(note: Note) -> Any:
    """Asks first; what was taken away can come back."""
    if request.method == "GET":
        return render_template("notes/remove.html", note=note)
    note_id, who, code = note.id, me(), note.circle.code
    with writing():
        note_writing.remove(db.session.get_one(Note, note_id), db.session.get_one(Person, who.id))
    back = url_for("notes.bring_back", circle_code=code, note_id=note_id)
    flash({"text": _("La note est retirée. Elle peut revenir pendant 30 jours."), "action": back, "label": _("La remettre")}, "ok")  # fmt: skip
    return redirect(url_for("notes.of_circle", circle_code=code), 303)


@bp.post("/<circle_code>/notes/<note_id>/return")
@needs("note.write", loading.note, see="note.see", into="note")
def bring_back(note: Note) -> Any:
    note_id, who = note.id, me()
    with writing():
        note_writing.bring_back(db.session.get_one(Note, note_id), db.session.get_one(Person, who.id))
    flash(_("La note est de nouveau là."), "ok")
    return redirect(address(db.session.get_one(Note, note_id)), 303)
