"""What becomes of a note: written, merged, restored, taken away. Its tables: models/notes.py."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.notes import Note
from models.store import db


def notes_of(circle_id: str, limit: int | None = None) -> list[Note]:
    """The notes of a circle with who changed them last, the latest first. One query."""
    rows = select(Note).where(Note.circle_id == circle_id, Note.removed_at.is_(None))
    rows = rows.options(joinedload(Note.changer)).order_by(Note.changed_at.desc(), Note.id).limit(limit)
    return list(db.session.scalars(rows))
