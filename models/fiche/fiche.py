"""The fiche as it is kept: its row, its revisions, who writes it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, joinedload, lazyload, mapped_column, relationship

from models.editions import Call
from models.numbers import Counter, next_in_year
from models.people import Person
from models.store import Base, Moment, db, new_id, now


class State:
    """Codes of the vocabulary `statut_fiche`."""

    DRAFT, SUBMITTED, IN_REVIEW, CHANGES = "BRO", "SOU", "REL", "CPL"
    RETAINED, LATER, PUBLISHED, ARCHIVED, WITHDRAWN = "RET", "PLT", "PUB", "ARC", "ANN"


class FicheAuthor(Base):
    """Somebody who writes a fiche. helps: writes for another person (a companion)."""

    __tablename__ = "fiche_author"
    fiche_id: Mapped[str] = mapped_column(ForeignKey("fiche.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    helps: Mapped[bool] = mapped_column(default=False)
    person: Mapped[Person] = relationship(lazy="joined")


class Fiche(Base):
    """One practice, described. id: the op_id that created it; rev: number of the current revision, from 1.

    summary, carrier, axes: see digest(). number: F-2016-002, given at the first submission. content: a normal document (models/fiche/content.py).
    origin: of an import, `{file, confirm: [[key, sentence]], unknown: [[label, text]], notes}`, for its report.
    begun_at: when the writer says the draft was begun; received_at: when the server got the first submission.
    """

    __tablename__ = "fiche"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(String(16), unique=True)
    previous_number: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(3), default=State.DRAFT, index=True)
    rev: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(500), default="")
    language: Mapped[str] = mapped_column(String(5), default="fr")
    summary: Mapped[str] = mapped_column(String(300), default="")
    carrier: Mapped[str] = mapped_column(String(300), default="")
    axes: Mapped[str] = mapped_column(String(40), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"), index=True)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    call: Mapped[Call | None] = relationship(lazy="selectin")
    authors: Mapped[list[FicheAuthor]] = relationship(
        lazy="selectin", order_by=FicheAuthor.person_id, cascade="all, delete-orphan"
    )

    @staticmethod
    def digest(content: dict[str, Any]) -> dict[str, str]:
        """What a list shows of the answers, so that it need not read them: summary, carrier, axes (codes, by blanks)."""
        place = content.get("structure_porteuse") or {}
        carrier = ", ".join(x for x in (place.get("nom"), place.get("commune")) if x)
        summary = content.get("resume") or ""
        cut = summary if len(summary) <= 220 else summary[:217].rsplit(" ", 1)[0] + "…"
        return {"summary": cut, "carrier": carrier[:300], "axes": " ".join(content.get("axes") or [])}

    @property
    def ref(self) -> str:
        """The number, or the UUID while there is none: what a person or a command names it by."""
        return self.number or self.id

    @property
    def author_ids(self) -> frozenset[str]:
        return frozenset(a.person_id for a in self.authors)


class Revision(Base):
    """The content of a fiche at one revision, by whom and when."""

    __tablename__ = "fiche_revision"
    __table_args__ = (UniqueConstraint("fiche_id", "rev"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[str] = mapped_column(ForeignKey("fiche.id"), index=True)
    rev: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    op_id: Mapped[str | None] = mapped_column(String(36))
    person: Mapped[Person | None] = relationship(lazy="joined")


CHANGES = "fiche-changes"


def touch() -> None:
    """Count a change of any fiche: its content, its state, who writes it. Inside writing()."""
    counter = db.session.get(Counter, CHANGES)
    if counter is None:
        db.session.add(Counter(name=CHANGES, value=1))
    else:
        counter.value += 1


def changes() -> int:
    """How often anything about fiches has changed; equal numbers mean that every list is still true."""
    return db.session.scalar(select(Counter.value).where(Counter.name == CHANGES)) or 0


def next_number(year: int) -> str:
    """The next free number of a year, F-2016-013. Inside writing()."""
    return next_in_year(Fiche.number, "F", year, width=3)


# A fiche with its writers in one query; their roles and its call only when somebody asks.
TOGETHER = (
    joinedload(Fiche.authors).joinedload(FicheAuthor.person).lazyload(Person.roles),
    lazyload(Fiche.call),
)


_BY_NUMBER = select(Fiche).options(*TOGETHER).where(Fiche.number == bindparam("ref"))
_BY_ID = select(Fiche).options(*TOGETHER).where(Fiche.id == bindparam("ref"))


def find(ref: str) -> Fiche | None:
    """A fiche by number or UUID."""
    ref = ref.strip()
    numbered = re.fullmatch(r"[Ff]-[0-9]{4}-[0-9]{3,6}", ref)
    query, name = (_BY_NUMBER, ref.upper()) if numbered else (_BY_ID, ref.lower()[:40])
    return db.session.scalars(query, {"ref": name}).unique().one_or_none()


def writable_by(person: Person, most: int = 20) -> list[Fiche]:
    """The fiches that this person writes, the latest changed first, without their answers."""
    mine = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id)
    query = select(Fiche).options(*TOGETHER).where(Fiche.id.in_(mine)).order_by(Fiche.changed_at.desc())
    return list(db.session.scalars(query.limit(most)).unique())


def revisions(fiche: Fiche) -> list[Revision]:
    """All revisions, the latest first."""
    query = select(Revision).where(Revision.fiche_id == fiche.id).order_by(Revision.rev.desc())
    return list(db.session.scalars(query))


def revision(fiche: Fiche, rev: int) -> Revision | None:
    return db.session.scalar(select(Revision).where(Revision.fiche_id == fiche.id, Revision.rev == rev))
