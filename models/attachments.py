"""Pictures that belong to a document, by the SHA-256 of what is stored. The bytes live in the instance's files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from models.store import Base, Moment, db, new_id, now


class Attachment(Base):
    """One picture of one document. sha256: of the stored bytes; width and height: pixels; size: bytes."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("document_id", "sha256"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    document_kind: Mapped[str] = mapped_column(String(30))
    document_id: Mapped[str] = mapped_column(String(36), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    source_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)


def attach(kind: str, document_id: str, sha256: str, made_by: str | None, **facts: object) -> None:
    """Note that a document has this picture; a second time does nothing. Inside writing()."""
    if attached(kind, document_id, sha256) is None:
        db.session.add(
            Attachment(document_kind=kind, document_id=document_id, sha256=sha256, made_by=made_by, **facts)
        )
        db.session.flush()


def attached(kind: str, document_id: str, sha256: str) -> Attachment | None:
    """The row, where this document has this picture."""
    query = select(Attachment).where(
        Attachment.document_kind == kind, Attachment.document_id == document_id, Attachment.sha256 == sha256
    )
    return db.session.scalar(query)
