"""What the addresses of notes and files name. A loader returns None for what is not there, or not under this circle."""

from __future__ import annotations

from typing import Any

from blueprints.gate import can
from models.circles import Circle, circle_by_code
from models.files import CircleFile
from models.notes import Note
from models.store import db


def circle(circle_code: str, **_more: Any) -> Circle | None:
    return circle_by_code(circle_code)


def note(circle_code: str, note_id: str, **_more: Any) -> Note | None:
    """A note of this circle. One that was taken away is there for those alone who could bring it back."""
    found = db.session.get(Note, note_id)
    return _here(found, circle_code)


def file(circle_code: str, file_id: str, **_more: Any) -> CircleFile | None:
    return _here(db.session.get(CircleFile, file_id), circle_code)


def _here(found: Any, circle_code: str) -> Any:
    if found is None or found.circle.code != circle_code:
        return None
    return found if found.removed_at is None or can("work.write", found.circle) else None
