"""The library: what the network reads. A reference of a group is there for who sees its work. Acts stand inside writing()."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select, true

from models.audit import record
from models.circles import COMMITTEES, Circle, Seat
from models.lengths import too_long
from models.library import REFERENCE_KINDS, Reference
from models.names import fold, matches
from models.people import Person
from models.rights import OFFICE, can
from models.seating import Stale
from models.store import db, new_id, now
from models.vocabularies import terms

FIELDS = ("kind", "title", "authors", "publisher", "year", "language", "link", "about", "determinants", "axes", "circle_id")  # fmt: skip
LENGTHS = {"title": 300, "authors": 300, "publisher": 200, "year": 20, "link": 500, "about": 1200}
CODES = {"determinants": "determinant", "axes": "axe"}
MOST_CODES = 6
FILTERS = ("kind", "language", "axis", "determinant", "circle")


class BadReference(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def groups_of(person: Person) -> list[Circle]:
    """The groups for which somebody may keep a reference: those in which they work."""
    mine = select(Seat.circle_id).where(Seat.person_id == person.id, Seat.until.is_(None))
    rows = db.session.scalars(select(Circle).where(Circle.id.in_(mine), Circle.ended_at.is_(None)))
    return sorted(rows, key=lambda c: fold(c.title))


def safe_link(text: str) -> bool:
    """Whether this is an address that a reader may follow: https alone, with a name of a site."""
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and "." in (parts.hostname or "") and not any(c.isspace() for c in text)  # fmt: skip
    except ValueError:
        return False


def problems(values: Mapping[str, Any], by: Person, row: Reference | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Écrivez le titre.")
    if values.get("kind") not in REFERENCE_KINDS:
        out["kind"] = _l("Choisissez dans la liste.")
    if values.get("language") not in terms("langue"):
        out["language"] = _l("Choisissez dans la liste.")
    if values.get("link") and not safe_link(values["link"]):
        out["link"] = _l("Écrivez une adresse qui commence par https://, ou laissez vide.")
    for name, vocabulary in CODES.items():
        codes = (values.get(name) or "").split()
        if any(code not in terms(vocabulary) for code in codes):
            out[name] = _l("Cochez dans la liste.")
        elif len(codes) > MOST_CODES:
            out[name] = _l("Cochez-en %(most)s au plus : les plus importants.", most=MOST_CODES)
    circle = values.get("circle_id")
    if circle and circle != (row.circle_id if row else None) and circle not in [c.id for c in groups_of(by)]:
        out["circle_id"] = _l("Choisissez un groupe où vous siégez, ou tous les membres.")
    return out


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the columns keep them: codes are never None."""
    return {name: values.get(name) or ("" if name in CODES else None) for name in FIELDS}


def add_reference(values: Mapping[str, Any], by: Person) -> Reference:
    """A new one. Raises BadReference."""
    if found := problems(values, by):
        raise BadReference(found)
    row = Reference(id=new_id(), made_by=by.id, **stored(values))
    db.session.add(row)
    db.session.flush()
    record(by, "reference.made", "reference", row.id)
    return row


def change_reference(row: Reference, values: Mapping[str, Any], rev: int, by: Person) -> None:
    """Raises Stale, BadReference. Values that are the same change nothing, not even the rev."""
    if row.rev != rev:
        raise Stale
    if found := problems(values, by, row):
        raise BadReference(found)
    kept = stored(values)
    changed = [name for name in FIELDS if getattr(row, name) != kept[name]]
    for name in changed:
        setattr(row, name, kept[name])
    if changed:
        row.rev, row.changed_at = row.rev + 1, now()
        record(by, "reference.changed", "reference", row.id, rev=row.rev, fields=changed)


def remove_reference(row: Reference, by: Person) -> None:
    record(by, "reference.removed", "reference", row.id)
    db.session.delete(row)


# ---- reading


def reference(reference_id: str) -> Reference | None:
    return db.session.get(Reference, reference_id) if len(reference_id) <= 36 else None


def seen_by(person: Person) -> Any:
    """A condition on references: the SQL twin of rights.see_reference; a test holds the two together."""
    if OFFICE & person.role_names:
        return true()
    mine = select(Seat.circle_id).where(Seat.person_id == person.id, Seat.until.is_(None))
    opened = select(Circle.id).where(and_(Circle.closed.is_(False), Circle.kind.not_in(COMMITTEES)))
    return or_(Reference.circle_id.is_(None), Reference.circle_id.in_(mine), Reference.circle_id.in_(opened))


def found(reader: Person, words: str = "", chosen: Mapping[str, str] | None = None) -> list[str]:
    """Ids of what answers and this reader may see, by title. One query. chosen: a name of FILTERS → a code."""
    wanted = chosen or {}
    columns = (Reference.id, Reference.title, Reference.authors, Reference.publisher, Reference.year, Reference.about, Reference.kind,
               Reference.language, Reference.axes, Reference.determinants, Circle.code)  # fmt: skip
    query = select(*columns).outerjoin(Circle, Reference.circle_id == Circle.id).where(seen_by(reader))
    rows = []
    for row in db.session.execute(query):
        held = {
            "kind": [row.kind], "language": [row.language], "axis": row.axes.split(), "determinant": row.determinants.split(),
            "circle": [row.code],
        }  # fmt: skip
        if all(code in held[name] for name, code in wanted.items()) and matches(words, *row[1:6]):
            rows.append((fold(row.title), row.id))
    return [one for _title, one in sorted(rows)]


def groups_read(reader: Person) -> list[Circle]:
    """The groups of which this reader sees a reference. One query."""
    ids = select(Reference.circle_id).where(Reference.circle_id.is_not(None), seen_by(reader))
    rows = db.session.scalars(select(Circle).where(Circle.id.in_(ids)))
    return sorted((c for c in rows if can(reader, "circle.see", c)), key=lambda c: fold(c.title))


def cite(row: Reference) -> str:
    """One line to copy: who (year). Title. Publisher. Address."""
    who = ", ".join(one.strip() for one in (row.authors or "").split(";") if one.strip()).rstrip(" ,")
    when = f"({row.year})" if row.year else ""
    first = " ".join(bit for bit in (who, when) if bit)
    bits = [bit.strip().rstrip(".") for bit in (first, row.title, row.publisher or "") if bit and bit.strip()]
    line = "".join(f"{bit} " if bit[-1:] in "!?…" else f"{bit}. " for bit in bits)
    return f"{line}{row.link or ''}".strip()
