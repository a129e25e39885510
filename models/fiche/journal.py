"""The journal of operations: one `op_id` has at most one effect, ever; and the bases that late edits stand on."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from models.fiche.content import Content, normal
from models.fiche.fiche import Fiche, Revision, revision
from models.statements import Rows, statement
from models.store import Base, Moment, db, now


class Operation(Base):
    """One operation that took effect. digest: of the canonical fields; content: the whole document as posted."""

    __tablename__ = "operation"
    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))
    document_kind: Mapped[str] = mapped_column(String(30))
    document_id: Mapped[str] = mapped_column(String(36), index=True)
    rev: Mapped[int]
    receipt: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class HeldEdit(Base):
    """An edit that clashed and waits for its writer's choice: nothing typed is lost when the page is closed.

    base, content: the document the writer started from, and what they want of it. digest: of the operation that a
    device sends again. posted: the document as it was first posted, once some of its choices were made already.
    """

    __tablename__ = "held_edit"
    op_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fiche_id: Mapped[str] = mapped_column(ForeignKey("fiche.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    transition: Mapped[str | None] = mapped_column(String(40))
    base: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    posted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    at: Mapped[datetime] = mapped_column(Moment, default=now)


@statement
def for_them(person_id: Any) -> Rows:
    query = select(HeldEdit, Fiche).join(Fiche, Fiche.id == HeldEdit.fiche_id)
    return query.where(HeldEdit.person_id == person_id).order_by(HeldEdit.at)


def held_edits(person_id: str) -> list[tuple[HeldEdit, Fiche]]:
    """The edits of a person that wait for their choice, the oldest first."""
    return [(held, fiche) for held, fiche in for_them.rows(person_id)]


_HELD_HERE = (
    select(HeldEdit.op_id, HeldEdit.at)
    .where(HeldEdit.person_id == bindparam("person"), HeldEdit.fiche_id == bindparam("fiche"))
    .order_by(HeldEdit.at)
)


def held_here(person_id: str, fiche_id: str) -> list[Any]:
    """(op_id, at) of the edits of a person that wait for their choice in one fiche, the oldest first."""
    return list(db.session.execute(_HELD_HERE, {"person": person_id, "fiche": fiche_id}))


class Erasure(Base):
    """What was erased for good. An item, by its id, wins every merge; a question, by its key, wins over whatever
    started from a version older than the erasure, since a later answer may be another person's."""

    __tablename__ = "erasure"
    document_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)


def canonical(
    document_id: str, values: dict[str, Any], reasons: dict[str, Any], transition: str | None
) -> str:
    """SHA-256 of what an operation says, independent of the order of fields, of tokens and of the base."""
    said = [document_id, values, reasons, transition]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def erased(document_id: str) -> set[str]:
    """Ids of the items, and keys of the questions, of a document that were erased."""
    return set(db.session.scalars(select(Erasure.item_id).where(Erasure.document_id == document_id)))


def base_content(fiche: Fiche, base: str) -> Content | None:
    """The document that `rev:N` or `op:UUID` names; None where we do not know it."""
    kind, _, name = base.partition(":")
    if kind == "rev" and name.isdecimal() and len(name) < 10:
        row = revision(fiche, int(name))
        return normal(row.content) if row else None
    if kind == "op":
        operation = db.session.get(Operation, name)
        if operation and operation.document_id == fiche.id:
            return normal(operation.content)
    return None


def outdated(fiche: Fiche, base: str) -> set[str]:
    """Keys of the questions whose answers were erased after this base was written, or whose base is not known."""
    rows = db.session.scalars(select(Erasure).where(Erasure.document_id == fiche.id)).all()
    if not rows:
        return set()
    kind, _, name = base.partition(":")
    row: Revision | Operation | None = None
    if kind == "rev" and name.isdecimal() and len(name) < 10:
        row = revision(fiche, int(name))
    elif kind == "op":
        row = db.session.get(Operation, name)
    return {r.item_id for r in rows if row is None or row.at < r.at}
