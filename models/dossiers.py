"""Dossiers: PDFs made on request by the worker, kept with what went into them and who took them along."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.deliveries import Job
from models.editions import Edition
from models.people import Person
from models.store import Base, Moment, db, new_id, now

KINDS: dict[str, Any] = {
    "D1": _l("Fiche"),
    "D3": _l("Dossier de la biennale"),
}


class Dossier(Base):
    """One PDF. key: SHA-256 of all that decides its bytes; sha256, pages, size: of the file, once it is there.

    fiches: ids of the fiches inside; notes: sentences about what is not as it should be (a fiche left out, replaced).
    """

    __tablename__ = "dossier"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(4))
    edition_id: Mapped[str | None] = mapped_column(ForeignKey("edition.id"), index=True)
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"), index=True)
    language: Mapped[str] = mapped_column(String(5), default="fr")
    usage: Mapped[str] = mapped_column(String(20), default="intranet")
    key: Mapped[str] = mapped_column(String(64), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    sha256: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int | None]
    size: Mapped[int | None]
    fiches: Mapped[list[str]] = mapped_column(JSON, default=list)
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    edition: Mapped[Edition | None] = relationship(lazy="joined")
    job: Mapped[Job | None] = relationship(lazy="joined")
    maker: Mapped[Person | None] = relationship(lazy="joined", foreign_keys=[made_by])


class Download(Base):
    """Who took a dossier along, and when: they are told when a quote in it is withdrawn."""

    __tablename__ = "dossier_download"
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossier.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)


def same(key: str) -> Dossier | None:
    """The latest dossier made of exactly this, ready or under way."""
    query = select(Dossier).where(Dossier.key == key).order_by(Dossier.made_at.desc())
    return next((d for d in db.session.scalars(query) if d.sha256 or (d.job and d.job.state in ("queued", "running"))), None)
