"""Editions of the biennale, and their calls for fiches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now

LOCAL = ZoneInfo("Europe/Brussels")


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
        """Midnights from now to the deadline, in local time: 0 on the last day, and after it."""
        return max(0, (self.closes_at.astimezone(LOCAL).date() - now().astimezone(LOCAL).date()).days)

    @property
    def grace_ends(self) -> datetime:
        """Until when a draft that was begun in time may still arrive."""
        return self.closes_at + timedelta(days=self.grace_days)


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


@statement
def _open_calls(at: Any) -> Rows:
    return select(Call).where(Call.opens_at <= at, Call.closes_at >= at).order_by(Call.closes_at)


def open_call() -> Call | None:
    """The call that is open now; of several the one that closes first."""
    found: Call | None = _open_calls.first(now())
    return found


def fiches_by_call(calls: Iterable[Call]) -> dict[str, int]:
    """How many fiches each of these calls has, by the call's id; in one query."""
    from models.fiche.fiche import Fiche

    query = select(Fiche.call_id, func.count()).where(Fiche.call_id.in_([c.id for c in calls]))
    return {str(call_id): count for call_id, count in db.session.execute(query.group_by(Fiche.call_id))}


def shown_edition() -> Edition | None:
    """The edition that members look at: that of the call that is open, else the latest."""
    call = open_call()
    return call.edition if call else current_edition()
