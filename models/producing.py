"""What a group makes, by when, and what became of it. All acts stand inside writing()."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models.audit import record
from models.circles import Circle
from models.fiche.fiche import Fiche, find
from models.files import CircleFile
from models.gathering import BadWork
from models.groups import DONE, DROPPED, MAKING, PLANNED, Production
from models.lengths import too_long
from models.notes import Note
from models.people import Person
from models.rights import can
from models.seating import Stale
from models.store import db, new_id, now
from models.tasks import today
from models.workflow import Refused

FIELDS = ("title", "about", "person_id", "due_on", "at", "fiche")
KEPT = ("title", "about", "person_id", "due_on", "note_id", "file_id", "fiche_id")
LENGTHS = {"title": 200, "about": 2000}
MOST_WORDS = 500
YEARS = 5
NOTE, FILE = "note:", "file:"
# From a state to those that may follow it; what is finished can be taken up again.
MOVES = {
    PLANNED: (MAKING, DONE, DROPPED),
    MAKING: (DONE, DROPPED, PLANNED),
    DONE: (MAKING,),
    DROPPED: (MAKING,),
}


def production_by_id(production_id: str) -> Production | None:
    return db.session.get(Production, production_id)


def places(circle_id: str) -> list[tuple[str, str]]:
    """(code, title) of the notes and files of a group in which a production may be read."""
    notes = select(Note.id, Note.title).where(Note.circle_id == circle_id, Note.removed_at.is_(None))
    files = select(CircleFile.id, CircleFile.title).where(
        CircleFile.circle_id == circle_id, CircleFile.removed_at.is_(None)
    )
    out = [(NOTE + row.id, row.title) for row in db.session.execute(notes.order_by(Note.title))]
    return out + [(FILE + row.id, row.title) for row in db.session.execute(files.order_by(CircleFile.title))]


def at_of(row: Production) -> str:
    """Where it is read, as the form says it; "" for nowhere yet."""
    return NOTE + row.note_id if row.note_id else FILE + row.file_id if row.file_id else ""


def _fiche(values: Mapping[str, Any], by: Person, row: Production | None) -> Fiche | None:
    """The fiche that is named, where its writer may read it, or where it was named before."""
    found = find(str(values["fiche"]).strip().upper()) or find(str(values["fiche"]).strip())
    if found and (can(by, "fiche.see", found) or (row and row.fiche_id == found.id)):
        return found
    return None


def problems(
    values: Mapping[str, Any], circle: Circle, by: Person, row: Production | None = None
) -> dict[str, Any]:
    """Why these values cannot stand, by field. row: what is changed; what it said already may stay."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Donnez un titre, par exemple «\u00a0Un texte de deux pages\u00a0».")
    who = values.get("person_id")
    if who and who not in circle.member_ids and not (row and row.person_id == who):
        out["person_id"] = _l("Choisissez une personne qui siège ici.")
    day = values.get("due_on")
    if isinstance(day, date) and not 2000 <= day.year <= today().year + YEARS:
        out["due_on"] = _l("Écrivez un jour, dans les %(n)s ans qui viennent.", n=YEARS)
    place = values.get("at")
    if place and place not in dict(places(circle.id)) and not (row and at_of(row) == place):
        out["at"] = _l("Choisissez dans la liste.")
    if values.get("fiche") and _fiche(values, by, row) is None:
        out["fiche"] = _l("Nous ne trouvons pas cette fiche. Écrivez son numéro, comme F-2016-003, ou laissez vide.")  # fmt: skip
    return out


def _tidy(values: Mapping[str, Any], by: Person, row: Production | None = None) -> dict[str, Any]:
    place = values.get("at") or ""
    fiche = _fiche(values, by, row) if values.get("fiche") else None
    return {
        "title": values["title"], "about": values.get("about") or None, "person_id": values.get("person_id") or None,
        "due_on": values.get("due_on"), "note_id": place[len(NOTE):] if place.startswith(NOTE) else None,
        "file_id": place[len(FILE):] if place.startswith(FILE) else None, "fiche_id": fiche.id if fiche else None,
    }  # fmt: skip


def add_production(circle: Circle, values: Mapping[str, Any], by: Person) -> Production:
    """Something to make. Raises BadWork."""
    if found := problems(values, circle, by):
        raise BadWork(found)
    row = Production(id=new_id(), circle_id=circle.id, made_by=by.id, changed_by=by.id, **_tidy(values, by))
    db.session.add(row)
    db.session.flush()
    record(by, "production.made", "production", row.id, circle=circle.id)
    return row


def change_production(row: Production, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadWork."""
    if row.rev != rev:
        raise Stale
    if found := problems(values, row.circle, by, row):
        raise BadWork(found)
    new = _tidy(values, by, row)
    changed = [name for name in KEPT if getattr(row, name) != new[name]]
    for name in changed:
        setattr(row, name, new[name])
    if changed:
        row.rev, row.changed_at, row.changed_by = row.rev + 1, now(), by.id
        record(by, "production.changed", "production", row.id, rev=row.rev, fields=changed)
    db.session.flush()
    return changed


def mark(row: Production, becomes: str, by: Person, words: str | None = None) -> None:
    """It is begun, finished, dropped (with a reason), taken up again. What was said of it stays until something else is
    said. Raises Refused."""
    if becomes not in MOVES.get(row.state, ()):
        raise Refused(_l("Cette production a changé entre-temps. Relisez-la, puis recommencez."))
    if len(words or "") > MOST_WORDS:
        raise Refused(_l("Ce mot est trop long. Raccourcissez-le à %(most)s signes.", most=MOST_WORDS))
    if becomes == DROPPED and not words:
        raise Refused(_l("Dites en un mot pourquoi\u00a0: le groupe le lira."))
    row.state, row.words = becomes, words or row.words
    row.ended_at = now() if becomes in (DONE, DROPPED) else None
    row.rev, row.changed_at, row.changed_by = row.rev + 1, now(), by.id
    record(by, f"production.{becomes}", "production", row.id, rev=row.rev)
    db.session.flush()
