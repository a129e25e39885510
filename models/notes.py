"""Shared notes of a circle, in Markdown: every version stays, and two that were written at once become one.

A note is what its last revision says. What is taken away keeps its revisions, so that it can come back.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.people import Person
from models.store import Base, Moment, new_id, now


class Note(Base):
    """One note. rev: number of its last revision; twice: how many passages stand in it in two versions, to be read again."""

    __tablename__ = "note"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    rev: Mapped[int] = mapped_column(default=1)
    twice: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    removed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()
    changer: Mapped[Person | None] = relationship(foreign_keys=[changed_by])


class NoteRevision(Base):
    """One version of a note. base: the revision its writer started from; posted: what they wrote, where the two differ
    because another version was merged in; begun_at: on their device, where it says so; words: what was changed."""

    __tablename__ = "note_revision"
    __table_args__ = (UniqueConstraint("note_id", "rev"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"), index=True)
    rev: Mapped[int]
    base: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    posted: Mapped[str | None] = mapped_column(Text)
    twice: Mapped[int] = mapped_column(default=0)
    words: Mapped[str | None] = mapped_column(String(200))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
