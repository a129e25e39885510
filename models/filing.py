"""What becomes of a file of a circle: put there, followed by another version, taken away. Its tables: models/files.py."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.files import CircleFile, FileVersion
from models.store import db


@dataclass(frozen=True)
class Shown:
    """A file with its last version."""

    file: CircleFile
    last: FileVersion


def files_of(circle_id: str, limit: int | None = None) -> list[Shown]:
    """The files of a circle with their last version and who sent it, the latest first. One query."""
    last = (FileVersion.file_id == CircleFile.id) & (FileVersion.rev == CircleFile.rev)
    rows = select(CircleFile, FileVersion).join(FileVersion, last).options(joinedload(FileVersion.person))
    rows = rows.where(CircleFile.circle_id == circle_id, CircleFile.removed_at.is_(None))
    found = db.session.execute(rows.order_by(CircleFile.changed_at.desc(), CircleFile.id).limit(limit))
    return [Shown(file, version) for file, version in found]
