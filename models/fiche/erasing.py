"""Erasing for good: a person withdraws her words or her picture, and they are gone from everywhere.

The item goes from the answers, from every revision, journalled payload and held edit, from search; stored PDFs that
may hold it are deleted, while who had taken them along stays listed. Its id stays as a tombstone that wins every
merge, so that a copy that comes back late brings nothing back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from models.attachments import Attachment, ReceivedFile
from models.audit import record
from models.deliveries import job
from models.dossiers import ERASED, Dossier
from models.fiche import facets, questions, search
from models.fiche.content import Content, get, normal
from models.fiche.fiche import Fiche, Revision, touch
from models.fiche.journal import Erasure, HeldEdit, Operation
from models.fiche.merge import without
from models.fiche.reading import every_picture
from models.people import Person
from models.store import db, now


def find_item(content: Content, item_id: str) -> tuple[str, dict[str, Any]] | None:
    """(key of the list, item) of an item anywhere in a document."""
    for key, q in questions.leaves().items():
        if q.kind == "items":
            for item in get(content, key) or []:
                if item["id"] == item_id:
                    return key, item
    return None


def erase(fiche: Fiche, item_id: str, person: Person) -> None:
    """Erase one item of a fiche everywhere. Inside writing(). Raises LookupError where there is no such item.

    Files are deleted by the worker, from a row of this transaction; until then no page names them any more.
    """
    content = normal(fiche.content)
    if find_item(content, item_id) is None:
        raise LookupError(item_id)
    pictures = every_picture(content)
    db.session.merge(Erasure(document_id=fiche.id, item_id=item_id))
    gone = {item_id}
    fiche.content = without(content, gone)
    fiche.rev += 1
    fiche.changed_at = now()
    touch()
    db.session.add(Revision(fiche_id=fiche.id, rev=fiche.rev, content=fiche.content, person_id=person.id))
    db.session.flush()
    _scrub(fiche, gone)
    facets.index(fiche.id, fiche.content)
    search.index(fiche.id, fiche.number, fiche.title, fiche.content)
    search.forget()
    files = [*_drop_pdfs(fiche), *_drop_pictures(fiche, pictures - every_picture(fiche.content))]
    record(person, "fiche.item-erased", "fiche", fiche.id, item=item_id)
    job("erase-files", person, files=sorted(set(files)))


def _scrub(fiche: Fiche, gone: set[str]) -> None:
    """Take the item out of everything that keeps a copy of the answers."""
    for revision in db.session.scalars(select(Revision).where(Revision.fiche_id == fiche.id)):
        revision.content = without(normal(revision.content), gone)
    for operation in db.session.scalars(select(Operation).where(Operation.document_id == fiche.id)):
        operation.content = without(normal(operation.content), gone)
    for held in db.session.scalars(select(HeldEdit).where(HeldEdit.fiche_id == fiche.id)):
        held.content = without(normal(held.content), gone)
        held.base = without(normal(held.base), gone) if held.base else {}
        held.posted = without(normal(held.posted), gone) if held.posted else None
    if fiche.origin:
        fiche.origin = {"file": fiche.origin.get("file", ""), "confirm": [], "unknown": [], "notes": []}


def _drop_pdfs(fiche: Fiche) -> list[str]:
    """Digests of the stored PDFs that hold this fiche; their rows stay, without a file."""
    out = []
    for dossier in db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None))):
        if dossier.fiche_id == fiche.id or fiche.id in (dossier.fiches or []):
            out.append(str(dossier.sha256))
            dossier.sha256, dossier.key = None, ERASED
    return out


def _drop_pictures(fiche: Fiche, digests: set[str]) -> list[str]:
    """Digests of pictures that this fiche no longer names and that no other document has."""
    out = []
    for row in db.session.scalars(
        select(Attachment).where(Attachment.document_id == fiche.id, Attachment.sha256.in_(digests))
    ):
        db.session.delete(row)
        db.session.flush()
        if db.session.scalar(select(Attachment.id).where(Attachment.sha256 == row.sha256)) is None:
            out.append(row.sha256)
    db.session.execute(delete(ReceivedFile).where(ReceivedFile.sha256.in_(out)))
    return out
