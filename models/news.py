"""News by mail: what waits for somebody and what is new in their groups, weekly, at once, or never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.people import Person
from models.store import Base, Moment, now

WEEKLY, AT_ONCE, NEVER = "weekly", "at_once", "never"
RHYTHMS: dict[str, Any] = {
    WEEKLY: _l("Une fois par semaine, le lundi matin"),
    AT_ONCE: _l("Dès qu’il y a du neuf, une fois par heure au plus"),
    NEVER: _l("Jamais"),
}


class NewsChoice(Base):
    """What somebody chose; chosen_at: None for who chose nothing. rhythm: a key of RHYTHMS; told_until: what happened up
    to then has been written to them, or need not be; stopped_by_link: the last change came from the link in a mail."""

    __tablename__ = "news_choice"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    rhythm: Mapped[str] = mapped_column(String(8), default=WEEKLY)
    chosen_at: Mapped[datetime | None] = mapped_column(Moment)
    told_until: Mapped[datetime] = mapped_column(Moment, default=now)
    stopped_by_link: Mapped[bool] = mapped_column(default=False)
    person: Mapped[Person] = relationship()
