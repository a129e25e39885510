"""Editions of the biennale, and their calls for fiches."""

from __future__ import annotations

import re
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.store import Base, Moment, db, new_id, now


class Edition(Base):
    """One biennale. code: BIE-2017, never changed; letter: Markdown; starts/ends: days, in local time."""

    __tablename__ = "edition"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    year: Mapped[int]
    theme: Mapped[str | None] = mapped_column(String(300))
    place: Mapped[str | None] = mapped_column(String(300))
    starts: Mapped[date | None]
    ends: Mapped[date | None]
    letter: Mapped[str | None] = mapped_column(Text)
    signature: Mapped[str | None] = mapped_column(String(300))
    thanks: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    calls: Mapped[list[Call]] = relationship(
        back_populates="edition", order_by="Call.opens_at", lazy="selectin"
    )


class Call(Base):
    """A call for fiches of an edition. grace_days: how long a draft begun offline in time may still arrive."""

    __tablename__ = "call"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    edition_id: Mapped[str] = mapped_column(ForeignKey("edition.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    wanted: Mapped[str | None] = mapped_column(Text)
    opens_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime] = mapped_column(Moment)
    grace_days: Mapped[int] = mapped_column(default=3)
    rev: Mapped[int] = mapped_column(default=1)
    edition: Mapped[Edition] = relationship(back_populates="calls", lazy="joined")

    @property
    def state(self) -> str:
        """ "coming", "open" or "closed" by the server's clock."""
        if now() < self.opens_at:
            return "coming"
        return "open" if now() <= self.closes_at else "closed"

    @property
    def days_left(self) -> int:
        return max(0, (self.closes_at - now()).days)


class BadEdition(ValueError):
    """Something typed that cannot stand; str() is a sentence, `field` the name of the input."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def editions() -> list[Edition]:
    """All editions, the latest first."""
    return list(db.session.scalars(select(Edition).order_by(Edition.year.desc(), Edition.code)))


def current_edition() -> Edition | None:
    """The edition that is being prepared: the latest."""
    return next(iter(editions()), None)


def edition_by_code(code: str) -> Edition | None:
    return db.session.scalar(select(Edition).where(Edition.code == code))


def call_by_code(code: str) -> Call | None:
    return db.session.scalar(select(Call).where(Call.code == code))


def open_call() -> Call | None:
    """The call that is open now; of several the one that closes first."""
    query = select(Call).where(Call.opens_at <= now(), Call.closes_at >= now()).order_by(Call.closes_at)
    return db.session.scalars(query).first()


def check_code(code: str) -> str:
    """A public code: capitals, digits and hyphens. Raises BadEdition."""
    code = code.strip().upper()
    if not re.fullmatch(r"[A-Z]{2,4}-[0-9]{4}(-[0-9]{1,2})?", code):
        raise BadEdition("code", _l("Écrivez un code comme BIE-2027."))
    return code
