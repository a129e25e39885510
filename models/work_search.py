"""Full text of notes and files, with SQLite's FTS5, as models/fiche/search.py has it for fiches.

What was taken away is not in it. Who may read what is said by the circles that one asks in (`circles_read`), never by
what was found: a word of a closed group is not found by who does not sit there, not even as a number.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, select, text

from models.circles import Circle
from models.fiche.search import expression
from models.people import Person
from models.rights import can
from models.store import db

CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS work_text USING fts5("
    "kind UNINDEXED, ref UNINDEXED, circle_id UNINDEXED, title, body, tokenize = 'unicode61 remove_diacritics 2')",
    "INSERT INTO work_text (work_text, rank) VALUES ('secure-delete', 0)",
)
INSERT = text(
    "INSERT INTO work_text (rowid, kind, ref, circle_id, title, body) VALUES (:row, :kind, :ref, :circle, :title, :body)"
)
DELETE = text("DELETE FROM work_text WHERE rowid = :row")
FIND = text(
    "SELECT kind, ref, circle_id, snippet(work_text, 4, char(2), char(3), '…', 24) AS said, "
    "title FROM work_text WHERE work_text MATCH :words AND circle_id IN :circles ORDER BY bm25(work_text, 0, 0, 0, 4, 1) LIMIT :most"
).bindparams(bindparam("circles", expanding=True))
MOST = 50


@dataclass(frozen=True)
class Found:
    """One note or file. kind: "note" or "file"; pieces: a piece of its text, as pairs (whether it was asked for, text)."""

    kind: str
    ref: str
    circle_id: str
    title: str
    pieces: list[tuple[bool, str]]


def index(kind: str, ref: str, circle_id: str, title: str, body: str) -> None:
    """Write the text of a note or a file anew. Inside writing()."""
    drop(ref)
    db.session.execute(
        INSERT,
        {"row": _row(ref), "kind": kind, "ref": ref, "circle": circle_id, "title": title, "body": body},
    )


def drop(ref: str) -> None:
    """Inside writing()."""
    db.session.execute(DELETE, {"row": _row(ref)})


def _row(ref: str) -> int:
    """The number of a row, told from the id of what it is about: no other column of it has an index."""
    return int.from_bytes(hashlib.sha256(ref.encode()).digest()[:8]) >> 1


def forget() -> None:
    """Merge the index into one piece, in which no word of a deleted text is left. Inside writing()."""
    db.session.execute(text("INSERT INTO work_text (work_text) VALUES ('optimize')"))


def circles_read(person: Person) -> dict[str, Circle]:
    """The circles of which this person may read notes and files, by id. Two queries, however many there are."""
    return {
        c.id: c
        for c in db.session.scalars(select(Circle).order_by(Circle.title))
        if can(person, "work.see", c)
    }


def find(words: str, circle_ids: list[str]) -> list[Found]:
    """What fits, the best first, at most MOST; nothing for nothing. One query."""
    asked = expression(words)
    if not asked or not circle_ids:
        return []
    rows = db.session.execute(FIND, {"words": asked, "circles": circle_ids, "most": MOST})
    return [Found(r.kind, r.ref, r.circle_id, r.title, pieces(r.said)) for r in rows]


def pieces(said: str) -> list[tuple[bool, str]]:
    """What stands between the two signs was asked for."""
    out = []
    for n, part in enumerate(said.split("\x02")):
        hit, _sign, rest = part.partition("\x03") if n else ("", "", part)
        out += [(True, hit)] if hit else []
        out += [(False, rest)] if rest else []
    return out
