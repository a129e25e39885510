"""Files of a circle, with their versions. The bytes are in the instance's files, by the SHA-256 of what is stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.people import Person
from models.store import Base, Moment, new_id, now


class CircleFile(Base):
    """A file under one title. rev: number of its last version. What is taken away can come back until it is swept."""

    __tablename__ = "circle_file"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    circle_id: Mapped[str] = mapped_column(ForeignKey("circle.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    about: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    removed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle] = relationship()


class FileVersion(Base):
    """One version. name: as it was called on its sender's device; size: bytes; words: what is new in it."""

    __tablename__ = "circle_file_version"
    __table_args__ = (UniqueConstraint("file_id", "rev"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    file_id: Mapped[str] = mapped_column(ForeignKey("circle_file.id"), index=True)
    rev: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    words: Mapped[str | None] = mapped_column(String(300))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    file: Mapped[CircleFile] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
