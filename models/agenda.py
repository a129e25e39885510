"""The agenda of a meeting: its items in order, what hangs on them, minutes against the length of the meeting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.attachments import Attachment
from models.fiche.fiche import Fiche
from models.meetings import Meeting
from models.organisations import Organisation
from models.people import Person
from models.store import Base, Moment, new_id, now

ACCEPTED, PROPOSED, DECLINED = "accepted", "proposed", "declined"
MINUTES_BEFORE, OPEN_TASKS = "minutes", "tasks"


class AgendaItem(Base):
    """One item. place: its number, from 1, among the accepted ones; nature: a code of `point_odj`; minutes: its length.

    presenter: as it is read ("Coordination", a name); decision: whether one is expected, decision_words: which one.
    carried: "minutes" or "tasks" for what comes by itself, else "". state: a member's proposal waits for the chair's yes;
    answer: what the chair wrote to a proposal.
    """

    __tablename__ = "agenda_item"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    place: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    nature: Mapped[str] = mapped_column(String(3), default="DIV")
    minutes: Mapped[int] = mapped_column(default=0)
    presenter: Mapped[str | None] = mapped_column(String(200))
    aim: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[bool] = mapped_column(default=False)
    decision_words: Mapped[str | None] = mapped_column(Text)
    carried: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(10), default=ACCEPTED)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    meeting: Mapped[Meeting] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    links: Mapped[list[AgendaLink]] = relationship(
        back_populates="item", order_by="AgendaLink.place, AgendaLink.id", cascade="all, delete-orphan"
    )


class AgendaLink(Base):
    """What an item is about: a fiche, a candidate (an organisation or a person), or a document that was put here.

    kind: "fiche", "candidate" or "document"; title: of a document, or a candidate's name where the directory has none.
    """

    __tablename__ = "agenda_link"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    place: Mapped[int] = mapped_column(default=0)
    title: Mapped[str | None] = mapped_column(String(200))
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    attachment_id: Mapped[str | None] = mapped_column(ForeignKey("attachment.id"))
    added_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(Moment, default=now)
    item: Mapped[AgendaItem] = relationship(back_populates="links")
    fiche: Mapped[Fiche | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
