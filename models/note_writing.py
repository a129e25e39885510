"""What becomes of a note: begun, written, restored, taken away and brought back. Its tables: models/notes.py.

A text that was begun on an older version is merged with what came between (models/weaving.py), whatever the way it came:
nobody is asked first, nothing is lost, and what its writer posted stays beside what became of it. One `op_id` has one
effect (models/fiche/journal.py), and a receipt `{op_id, id, rev, merged, clashes}`; nothing of what was typed stands in the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import format_datetime, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import contains_eager, defer, joinedload

from models import weaving, work_search
from models.audit import record
from models.circles import Circle, Seat
from models.fiche.journal import Operation, canonical
from models.fiche.kinds import clean
from models.fiche.saving import Reused
from models.groups import Production
from models.notes import Note, NoteRevision
from models.people import Person
from models.rights import can
from models.statements import NO_LIMIT, Rows, few, statement
from models.store import db, new_id, now
from models.taking import BadValue, Taken

LONGEST, TITLE, WORDS = 20_000, 200, 200  # signs of a text that is written, of its title, of what was changed
MOST = 100_000  # signs of what merges may make of it
SCHEMA = OLDEST = 1
KIND = "note"


@dataclass(frozen=True)
class Written:
    """What somebody wrote. base: `rev:N`, or `op:UUID` for the text of an operation of theirs; words: what they changed;
    begun_at: on their device. late: sent by a device, where an `op_id` that meant something else is refused."""

    title: str
    body: str
    op_id: str
    base: str = ""
    words: str = ""
    begun_at: datetime | None = None
    late: bool = False


class BadNote(BadValue):
    """A note that cannot stand."""


class NoNote(Exception):
    """The note is not there any more, or not this person's to write."""


@statement
def _notes_of(circle_id: Any, most: Any) -> Rows:
    rows = select(Note).where(Note.circle_id == circle_id, Note.removed_at.is_(None))
    rows = rows.options(joinedload(Note.changer).lazyload(Person.roles), defer(Note.body))
    return rows.order_by(Note.changed_at.desc(), Note.id).limit(most)


def notes_of(circle_id: str, limit: int = NO_LIMIT) -> list[Note]:
    """The notes of a circle with who changed them last, the latest first, their texts left where they are. One query."""
    return _notes_of.all(circle_id, limit)


@statement
def _removed_of(circle_id: Any) -> Rows:
    rows = select(Note).where(Note.circle_id == circle_id, Note.removed_at.is_not(None))
    return rows.order_by(Note.removed_at.desc()).limit(few(50))


def removed_of(circle_id: str) -> list[Note]:
    """The notes of a circle that were taken away and can come back, the latest first."""
    return _removed_of.all(circle_id)


def written_by(person: Person, most: int = 20) -> list[Note]:
    """The notes changed last in the circles where a person sits and that still work, with their circle."""
    mine = select(Seat.circle_id).where(Seat.person_id == person.id, Seat.until.is_(None))
    rows = (
        select(Note)
        .join(Circle)
        .where(Circle.id.in_(mine), Circle.ended_at.is_(None), Note.removed_at.is_(None))
    )
    rows = (
        rows.options(contains_eager(Note.circle), defer(Note.body))
        .order_by(Note.changed_at.desc(), Note.id)
        .limit(most)
    )
    return list(db.session.scalars(rows))


def revisions(note_id: str) -> list[NoteRevision]:
    """Every version with its writer, the latest first."""
    rows = (
        select(NoteRevision).where(NoteRevision.note_id == note_id).options(joinedload(NoteRevision.person))
    )
    return list(db.session.scalars(rows.order_by(NoteRevision.rev.desc())))


def revision(note_id: str, rev: int) -> NoteRevision | None:
    rows = select(NoteRevision).where(NoteRevision.note_id == note_id, NoteRevision.rev == rev)
    return db.session.scalar(rows.options(joinedload(NoteRevision.person)))


def posted(row: NoteRevision) -> tuple[str, str]:
    """(title, text) as its writer posted them, before anything was merged in."""
    if row.posted is None:
        return row.title, row.body
    title, _line, body = row.posted.partition("\n")
    return title, body


def begin(circle_id: str, by: Person, said: Written, at: datetime | None = None) -> Taken:
    """A new note; its id is the `op_id` that makes it. at: when, if not now. Inside writing(). Raises BadNote, NoNote, Reused."""
    circle = db.session.get(Circle, circle_id)
    digest = _digest(circle_id, said)
    known, said = _known(said, by, digest)
    if known:
        return known
    said = _checked(said)
    if circle is None or not can(by, "work.write", circle):
        raise NoNote
    note = Note(id=said.op_id, circle_id=circle_id, title=said.title, body=said.body, rev=0, made_by=by.id)
    db.session.add(note)
    db.session.flush()
    return _keep(note, by, said, digest, title=said.title, body=said.body, base=0, at=at)


def write(note_id: str, by: Person, said: Written, at: datetime | None = None) -> Taken:
    """Keep a text, merged with what came between. Inside writing(). Raises BadNote, NoNote, Reused.

    A note that was taken away meanwhile keeps the text all the same, and stays away until somebody brings it back.
    """
    note = db.session.get(Note, note_id)
    digest = _digest(note_id, said)
    known, said = _known(said, by, digest)
    if known:
        return known
    if note is None or not can(by, "note.write", note):
        raise NoNote
    said = _checked(said, longest=min(MOST, max(LONGEST, len(note.body))))
    start = _start(note, said.base)
    was, before = _text(note, start.title)[0], _text(note, start.body)[1]
    title = _title(was, said.title, note.title)
    woven = weaving.weave(
        weaving.shared(said.body, note.body) if before is None else before,
        said.body,
        note.body,
        _between(note, by, at or now()),
    )
    if len(woven.text) > MOST:
        raise BadNote("body", _l("Avec les versions des autres, cette note dépasse %(most)s signes. Raccourcissez-la d’abord, puis gardez votre texte.", most=MOST))  # fmt: skip
    return _keep(
        note,
        by,
        said,
        digest,
        title=title,
        body=woven.text,
        base=0 if before is None else _rev(start.body),
        same=_same(note, said, start, was, before),
        clashes=woven.clashes,
        at=at,
    )


def restore(note: Note, row: NoteRevision, by: Person, words: str) -> None:
    """An old version stands again, as a new one; nothing happens where it stands already. Inside writing()."""
    if (note.title, note.body) == (row.title, row.body):
        return
    said = Written(row.title, row.body, new_id(), words=words[:WORDS])
    _keep(
        note, by, said, _digest(note.id, said), title=row.title, body=row.body, base=note.rev, restored=True
    )


def remove(note: Note, by: Person) -> bool:
    """Take a note away; it can come back. Inside writing(). False where it is away already."""
    if note.removed_at:
        return False
    note.removed_at, note.removed_by = now(), by.id
    work_search.drop(note.id)
    record(by, "note.removed", KIND, note.id)
    return True


def bring_back(note: Note, by: Person) -> bool:
    """Inside writing(). False where it is there already."""
    if note.removed_at is None:
        return False
    note.removed_at = note.removed_by = None
    work_search.index(KIND, note.id, note.circle_id, note.title, note.body)
    record(by, "note.returned", KIND, note.id)
    return True


def sweep(before: datetime) -> int:
    """Erase the notes that were taken away before an instant, with their versions. Inside writing(). Returns how many."""
    ids = list(db.session.scalars(select(Note.id).where(Note.removed_at <= before)))
    db.session.execute(update(Production).where(Production.note_id.in_(ids)).values(note_id=None))
    db.session.execute(delete(NoteRevision).where(NoteRevision.note_id.in_(ids)))
    db.session.execute(delete(Note).where(Note.id.in_(ids)))
    return len(ids)


def unname(name: str, instead: str) -> None:
    """A name that our lines around a passage in two versions say becomes another. Inside writing()."""
    # As `whose` and weaving.head write it.
    old, new = (f"/2 – {weaving.plain(f'{one}, ')} " for one in (name, instead))
    for model, columns in ((Note, ("body",)), (NoteRevision, ("body", "posted"))):
        rows = select(model).where(or_(*[getattr(model, c).contains(old, autoescape=True) for c in columns]))
        for row in db.session.scalars(rows):
            for column in columns:
                if text := getattr(row, column):
                    setattr(row, column, weaving.HEAD.sub(lambda m: m[0].replace(old, new, 1), text))
            if isinstance(row, Note) and row.removed_at is None:
                work_search.index(KIND, row.id, row.circle_id, row.title, row.body)


# ------------------------------------------------------------------------------------------- the steps of a save


def _digest(place: str, said: Written) -> str:
    return canonical(place, {"title": said.title, "body": said.body, "words": said.words}, {}, None)


def _known(said: Written, by: Person, digest: str) -> tuple[Taken | None, Written]:
    """What the journal has under this number; a page that posts another text under it posts a new operation, on that one."""
    row = db.session.get(Operation, said.op_id)
    if row is None:
        return None, said
    if row.person_id == by.id and row.digest == digest:
        return Taken(row.receipt, replayed=True), said
    if said.late:
        raise Reused(said.op_id)
    own = row.person_id == by.id and row.document_kind == KIND
    return None, replace(said, op_id=new_id(), base=f"op:{said.op_id}" if own else said.base)


def _checked(said: Written, longest: int = LONGEST) -> Written:
    """longest: what was merged may be longer than what one writes, and can still be saved as it is."""
    title, body = clean(said.title, lines=False) or "", clean(said.body) or ""
    words = clean(said.words, lines=False) or ""
    if not title:
        raise BadNote("title", _l("Donnez un titre à cette note, en quelques mots."))
    if len(title) > TITLE:
        raise BadNote("title", _l("Ce titre est trop long. Gardez-en %(most)s signes.", most=TITLE))
    if len(body) > longest:
        raise BadNote("body", _l("Ce texte a %(n)s signes, et une note en tient %(most)s. Faites-en deux notes.", n=len(body), most=longest))  # fmt: skip
    if len(words) > WORDS:
        raise BadNote("words", _l("Dites en %(most)s signes ce qui change.", most=WORDS))
    return replace(said, title=title, body=body, words=words)


class Start(NamedTuple):
    """Where the parts of a text stand that another began from: `rev:N` in version N, `as:N` in what was posted for it,
    nothing where we do not know."""

    title: str = ""
    body: str = ""


def _start(note: Note, base: str) -> Start:
    """An operation that made no version is not the version it met, which is somebody else's: it says where its own text
    stands."""
    kind, _sep, name = base.partition(":")
    if kind == "rev" and name.isdecimal() and len(name) < 10:
        return Start(base, base)
    operation = db.session.get(Operation, name) if kind == "op" else None
    if operation is None or operation.document_id != note.id:
        return Start()
    made = f"as:{operation.rev}"
    return Start(made, made) if operation.rev else Start(**operation.content)


def _text(note: Note, where: str) -> tuple[str, str] | tuple[None, None]:
    """(title, text) that stands there."""
    row = revision(note.id, _rev(where)) if where else None
    if row is None:
        return None, None
    return posted(row) if where.startswith("as:") else (row.title, row.body)


def _rev(where: str) -> int:
    return int(where.partition(":")[2])


def _same(note: Note, said: Written, start: Start, was: str | None, before: str | None) -> Start:
    """Where the parts of a text stand already: in what is there, or in what they began from (`was`, `before`). A part
    that is in neither (somebody had done what it asks, and more) is not known: nothing is taken for what its writer saw."""

    def of(mine: str, theirs: str, began: str | None, where: str) -> str:
        return f"rev:{note.rev}" if mine == theirs else where if mine == began else ""

    return Start(of(said.title, note.title, was, start.title), of(said.body, note.body, before, start.body))


def _title(base: str | None, mine: str, theirs: str) -> str:
    """Both, where both changed it and they fit one line; else mine, and theirs stays in the history."""
    if mine in (base, theirs):
        return theirs
    if base is None or theirs == base or len(f"{theirs} / {mine}") > TITLE:
        return mine
    return f"{theirs} / {mine}"


def _between(note: Note, by: Person, here: datetime) -> Callable[[list[str], list[str]], list[str]]:
    other = note.changer
    at = note.changed_at

    def make(theirs: list[str], mine: list[str]) -> list[str]:
        one, two = (
            weaving.head(str(VERSION), n, whose(*who)) for n, who in ((1, (other, at)), (2, (by, here)))
        )
        heads = (one, two, weaving.end(str(END)))
        return weaving.both(theirs or [str(GONE)], mine or [str(GONE)], heads)

    return make


VERSION = _l("Version")  # one word
END = _l("Fin des deux versions")
GONE = _l("*(ce passage a été enlevé)*")


def whose(person: Person | None, at: datetime) -> str:
    """Whose a version of a passage is, and since when: "Nadia, 3 octobre 2016, 17 h 42" in French."""
    clock = "H 'h' mm" if str(get_locale() or "fr").startswith("fr") else "HH:mm"
    return f"{person.name if person else '?'}, {format_datetime(at, f'd MMMM y, {clock}')}"


def _keep(
    note: Note, by: Person, said: Written, digest: str, *, title: str, body: str, base: int, same: Start | None = None, clashes: int = 0, restored: bool = False, at: datetime | None = None
) -> Taken:  # fmt: skip
    """A new version, its place in the journal and in the search. Nothing new where nothing changed: then the operation
    has no version, and keeps where its text stands already (`same`)."""
    new = note.rev == 0 or (title, body) != (note.title, note.body)
    merged = new and (title, body) != (said.title, said.body)
    if new:
        note.rev, note.title, note.body, note.twice = note.rev + 1, title, body, weaving.twice(body)
        note.changed_by, note.changed_at = by.id, at or now()
        db.session.add(
            NoteRevision(note_id=note.id, rev=note.rev, base=base, title=title, body=body, twice=note.twice, words=said.words or None,
                         posted=f"{said.title}\n{said.body}" if merged else None, person_id=by.id, begun_at=said.begun_at, at=note.changed_at)
        )  # fmt: skip
        later = note.rev > 1
        record(by, "note.restored" if restored else "note.written" if later else "note.made", KIND, note.id, rev=note.rev)  # fmt: skip
        if note.removed_at is None:
            work_search.index(KIND, note.id, note.circle_id, title, body)
    receipt = {"op_id": said.op_id, "id": note.id, "rev": note.rev, "merged": merged, "clashes": clashes}
    operation = Operation(op_id=said.op_id, person_id=by.id, digest=digest, document_kind=KIND, document_id=note.id,
                          rev=note.rev if new else 0, receipt=receipt, content={} if new or same is None else same._asdict())  # fmt: skip
    db.session.add(operation)
    db.session.flush()
    return Taken(receipt)
