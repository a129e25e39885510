"""What the network knows by heart: the glossary of its abbreviations, and the library of what it reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.people import Person
from models.store import Base, Moment, new_id, now

REFERENCE_KINDS: dict[str, Any] = {
    "book": _l("Livre"),
    "article": _l("Article"),
    "report": _l("Rapport"),
    "guide": _l("Guide ou outil"),
    "law": _l("Loi, charte ou convention"),
    "film": _l("Film ou son"),
    "site": _l("Site"),
}


class GlossaryEntry(Base):
    """An abbreviation and what it means. language: a code of `langue`; about: a sentence more, where it helps."""

    __tablename__ = "glossary_entry"
    __table_args__ = (UniqueConstraint("folded", "language"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    abbreviation: Mapped[str] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(40))
    meaning: Mapped[str] = mapped_column(String(300))
    about: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(5), default="fr")
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def title(self) -> str:
        """What it is called where two texts of it are laid side by side."""
        return self.abbreviation


class Reference(Base):
    """Something to read. kind: a key of REFERENCE_KINDS; authors: as one writes them, by semicolons; year: as typed.

    link: https alone; circle_id: the group that reads it, None for everybody; determinants, axes: codes by blanks.
    """

    __tablename__ = "reference"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(300))
    authors: Mapped[str | None] = mapped_column(String(300))
    publisher: Mapped[str | None] = mapped_column(String(200))
    year: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5), default="fr")
    link: Mapped[str | None] = mapped_column(String(500))
    about: Mapped[str | None] = mapped_column(Text)
    determinants: Mapped[str] = mapped_column(String(200), default="")
    axes: Mapped[str] = mapped_column(String(60), default="")
    circle_id: Mapped[str | None] = mapped_column(ForeignKey("circle.id"), index=True)
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    circle: Mapped[Circle | None] = relationship()
    maker: Mapped[Person | None] = relationship(foreign_keys=[made_by])
