"""Who did what, when. Rows are only ever added: triggers refuse UPDATE and DELETE. Ids and codes, no content."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from models.store import Base, Moment, db, now

if TYPE_CHECKING:
    from models.people import Person


class AuditEvent(Base):
    """One act. act: "fiche.submit"; object: kind and id; detail: codes and ids only."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[str] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(person: Person | None, act: str, kind: str, object_id: str, **detail: Any) -> None:
    """Add an event, in the transaction of what it tells. Inside writing()."""
    db.session.add(
        AuditEvent(
            person_id=person.id if person else None,
            act=act,
            object_kind=kind,
            object_id=object_id,
            detail=detail,
        )
    )


_EVENTS_OF = (
    select(AuditEvent)
    .where(AuditEvent.object_kind == bindparam("kind"), AuditEvent.object_id == bindparam("thing"))
    .order_by(AuditEvent.id.desc())
)


def events_of(kind: str, object_id: str) -> list[AuditEvent]:
    """What happened to one thing, latest first."""
    return list(db.session.scalars(_EVENTS_OF, {"kind": kind, "thing": object_id}))


def done_since(act: str, object_id: str, since: datetime) -> bool:
    """Whether this was done to a thing at that moment or later."""
    query = select(AuditEvent.id).where(
        AuditEvent.object_id == object_id, AuditEvent.act == act, AuditEvent.at >= since
    )
    return db.session.scalar(query.limit(1)) is not None
