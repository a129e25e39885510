"""What becomes of a file of a circle: put there, followed by another version, taken away. Its tables: models/files.py.

Every version keeps its bytes: a new one is added and never takes the place of another, whoever sends at the same time.
What was taken away can come back for a while (models/retention.py), then goes with its bytes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from models import work_search
from models.audit import record
from models.circles import Circle
from models.fiche.kinds import clean
from models.files import CircleFile, FileVersion
from models.groups import Production
from models.people import Person
from models.statements import NO_LIMIT, Rows, few, statement
from models.store import db, new_id, now

KIND = "circle_file"
TITLE, WORDS, ABOUT = 200, 300, 2000  # signs


@dataclass(frozen=True)
class Shown:
    """A file with its last version."""

    file: CircleFile
    last: FileVersion


@dataclass(frozen=True)
class Sent:
    """Bytes that are stored already. name: as it was called on its sender's device."""

    sha256: str
    name: str
    media_type: str
    size: int


class BadFile(ValueError):
    """It cannot stand. field: the input that it is about; str(): what is the matter, and the remedy."""

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(str(sentence))
        self.field = field


@statement
def _files_of(circle_id: Any, most: Any) -> Rows:
    last = (FileVersion.file_id == CircleFile.id) & (FileVersion.rev == CircleFile.rev)
    sender = joinedload(FileVersion.person).lazyload(Person.roles)
    rows = select(CircleFile, FileVersion).join(FileVersion, last).options(sender)
    rows = rows.where(CircleFile.circle_id == circle_id, CircleFile.removed_at.is_(None))
    return rows.order_by(CircleFile.changed_at.desc(), CircleFile.id).limit(most)


def files_of(circle_id: str, limit: int = NO_LIMIT) -> list[Shown]:
    """The files of a circle with their last version and who sent it, the latest first. One query."""
    return [Shown(file, version) for file, version in _files_of.rows(circle_id, limit)]


@statement
def _removed_of(circle_id: Any) -> Rows:
    rows = select(CircleFile).where(CircleFile.circle_id == circle_id, CircleFile.removed_at.is_not(None))
    return rows.order_by(CircleFile.removed_at.desc()).limit(few(50))


def removed_of(circle_id: str) -> list[CircleFile]:
    """The files of a circle that were taken away and can come back, the latest first."""
    return _removed_of.all(circle_id)


def versions(file_id: str) -> list[FileVersion]:
    """Every version with its sender, the latest first."""
    rows = select(FileVersion).where(FileVersion.file_id == file_id).options(joinedload(FileVersion.person))
    return list(db.session.scalars(rows.order_by(FileVersion.rev.desc())))


def checked(title: str, about: str, words: str) -> dict[str, str]:
    """What is said of a file, clean. Raises BadFile."""
    said = {"title": clean(title, lines=False) or "", "about": clean(about) or "", "words": clean(words, lines=False) or ""}  # fmt: skip
    for field, most in (("title", TITLE), ("about", ABOUT), ("words", WORDS)):
        if len(said[field]) > most:
            raise BadFile(field, _l("C’est trop long. Gardez-en %(most)s signes.", most=most))
    return said


def add(circle: Circle, by: Person, sent: Sent, said: dict[str, str], file_id: str = "") -> CircleFile:
    """A file and its first version. said: see `checked`; without a title it is called as its bytes were. Inside writing()."""
    titles = (said["title"], sent.name.rpartition(".")[0] or sent.name, str(_l("Document")))
    title = next(filter(seen, titles))
    file = CircleFile(
        id=file_id or new_id(),
        circle_id=circle.id,
        title=title[:TITLE],
        about=said["about"] or None,
        made_by=by.id,
    )
    db.session.add(file)
    db.session.flush()
    _version(file, 1, by, sent, said["words"])
    record(by, "file.added", KIND, file.id)
    return file


def add_version(file: CircleFile, by: Person, sent: Sent, words: str) -> int:
    """Another version; its number. The same bytes again are no other version. Inside writing(): two that are sent at
    once come one after the other."""
    last = db.session.scalar(
        select(FileVersion).where(FileVersion.file_id == file.id, FileVersion.rev == file.rev)
    )
    if last and last.sha256 == sent.sha256:
        return file.rev
    file.rev, file.changed_at = file.rev + 1, now()
    _version(file, file.rev, by, sent, words)
    record(by, "file.versioned", KIND, file.id, rev=file.rev)
    return file.rev


def remove(file: CircleFile, by: Person) -> bool:
    """Take a file away; it can come back. Inside writing(). False where it is away already."""
    if file.removed_at:
        return False
    file.removed_at, file.removed_by = now(), by.id
    work_search.drop(file.id)
    record(by, "file.removed", KIND, file.id)
    return True


def bring_back(file: CircleFile, by: Person) -> bool:
    """Inside writing(). False where it is there already."""
    if file.removed_at is None:
        return False
    file.removed_at = file.removed_by = None
    _index(file)
    record(by, "file.returned", KIND, file.id)
    return True


def sweep(before: datetime) -> tuple[int, list[str]]:
    """Erase the files that were taken away before an instant; how many, and the digests of their bytes. Inside writing()."""
    ids = list(db.session.scalars(select(CircleFile.id).where(CircleFile.removed_at <= before)))
    digests = list(db.session.scalars(select(FileVersion.sha256).where(FileVersion.file_id.in_(ids))))
    db.session.execute(update(Production).where(Production.file_id.in_(ids)).values(file_id=None))
    db.session.execute(delete(FileVersion).where(FileVersion.file_id.in_(ids)))
    db.session.execute(delete(CircleFile).where(CircleFile.id.in_(ids)))
    return len(ids), digests


def seen(words: str) -> bool:
    """Whether there is a sign that one can see: not blanks alone, nor joiners and marks without a letter."""
    return any(unicodedata.category(sign)[0] in "LNPS" for sign in words)


def _version(file: CircleFile, rev: int, by: Person, sent: Sent, words: str) -> None:
    db.session.add(
        FileVersion(id=new_id(), file_id=file.id, rev=rev, sha256=sent.sha256, name=sent.name[:200], media_type=sent.media_type,
                    size=sent.size, words=words or None, person_id=by.id)
    )  # fmt: skip
    db.session.flush()
    if file.removed_at is None:
        _index(file)


def _index(file: CircleFile) -> None:
    told = [file.about or ""]
    for row in versions(file.id):
        told += [row.name, row.words or ""]
    work_search.index("file", file.id, file.circle_id, file.title, "\n".join(filter(None, told)))
