"""Common actions: several organisations of several sectors do something together; it becomes a group or a fiche.

Source: domain document, “joint action: at least 2 organisations and 2 sectors; count me in”.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.circles import Circle
from models.organisations import Organisation
from models.people import Person
from models.store import Base, Moment, new_id, now

IDEA, UNDER_WAY, DONE, DROPPED = "idea", "under_way", "done", "dropped"
STATES: dict[str, Any] = {
    IDEA: _l("Une idée"),
    UNDER_WAY: _l("En route"),
    DONE: _l("Faite"),
    DROPPED: _l("Abandonnée"),
}
LEAST_ORGANISATIONS = LEAST_SECTORS = 2


class JointAction(Base):
    """One action. number: A-2016-01; it is under way once LEAST_ORGANISATIONS of LEAST_SECTORS are in.

    circle_id, fiche_id: what it became; place, starts_on: as far as one knows.
    """

    __tablename__ = "joint_action"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    about: Mapped[str | None] = mapped_column(Text)
    axis: Mapped[str | None] = mapped_column(String(3))
    place: Mapped[str | None] = mapped_column(String(200))
    starts_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10), default=IDEA)
    words: Mapped[str | None] = mapped_column(Text)
    circle_id: Mapped[str | None] = mapped_column(ForeignKey("circle.id"))
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"))
    rev: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[Circle | None] = relationship()
    maker: Mapped[Person | None] = relationship(foreign_keys=[made_by])


class Partaking(Base):
    """“Count me in”: a person for an organisation, or for themselves. words: what they bring; left_at: since when no more."""

    __tablename__ = "joint_action_partaking"
    __table_args__ = (
        Index(
            "uq_partaking_open",
            "action_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    action_id: Mapped[str] = mapped_column(ForeignKey("joint_action.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    words: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    action: Mapped[JointAction] = relationship()
    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
