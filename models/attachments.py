"""Pictures that belong to a document, by the SHA-256 of what is stored. The bytes live in the instance's files.

A picture is encoded anew when it arrives, so that what is stored has another digest than what was posted. Who posted
it may name it by either; for anybody else the posted digest means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

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


class ReceivedFile(Base):
    """A picture that somebody sent, ahead of its answers or with them. posted_sha256: of the bytes as they were sent;
    sha256: of the stored ones; width and height: pixels; size: stored bytes."""

    __tablename__ = "received_file"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    posted_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class Stored(Protocol):
    """A picture as it is kept (adapters/pictures.py)."""

    @property
    def data(self) -> bytes: ...
    @property
    def sha256(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


def receive(person_id: str, posted_sha256: str, picture: Stored) -> None:
    """Note that somebody sent this picture, today. Inside writing()."""
    facts = {"media_type": picture.media_type, "size": len(picture.data), "width": picture.width, "height": picture.height}  # fmt: skip
    row = ReceivedFile(
        person_id=person_id, posted_sha256=posted_sha256, sha256=picture.sha256, at=now(), **facts
    )
    db.session.merge(row)
    db.session.flush()


def received(person_id: str, digests: Iterable[str]) -> dict[str, ReceivedFile]:
    """What this person sent, by each of these digests that names it: the posted one, or the stored one."""
    asked = set(digests)
    mine = select(ReceivedFile).where(ReceivedFile.person_id == person_id)
    rows = list(db.session.scalars(mine.where(ReceivedFile.sha256.in_(asked))))
    out = {row.sha256: row for row in rows}
    rows = list(db.session.scalars(mine.where(ReceivedFile.posted_sha256.in_(asked))))
    return out | {row.posted_sha256: row for row in rows}


def attach_received(kind: str, document_id: str, person_id: str, digests: Iterable[str]) -> None:
    """The pictures among these that this person sent belong to the document from now on. Inside writing()."""
    asked = set(digests)
    if not asked:
        return
    rows = select(Attachment.sha256).where(Attachment.document_id == document_id)
    asked -= set(db.session.scalars(rows))
    for row in received(person_id, asked).values():
        facts = {"media_type": row.media_type, "size": row.size, "width": row.width, "height": row.height}
        attach(kind, document_id, row.sha256, person_id, **facts)


def attached_anywhere(digests: Iterable[str]) -> set[str]:
    """Those of these digests that some document has."""
    return set(db.session.scalars(select(Attachment.sha256).where(Attachment.sha256.in_(set(digests)))))
