"""Numbers that people see and say: F-2016-001, R-2016-01. Given by the server, one after the other, never used again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.store import Base, db


class Counter(Base):
    """Numbers that are given once: name → the last one given."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


def next_in_year(column: Any, letter: str, year: int, width: int = 2) -> str:
    """The next free number of a year in this column, `{letter}-2016-01`. Inside writing()."""
    prefix = f"{letter}-{year}-"
    counter = db.session.get(Counter, prefix) or Counter(name=prefix, value=0)
    db.session.add(counter)
    taken = db.session.scalars(select(column).where(column.startswith(prefix)))
    highest = max((int(number.rsplit("-", 1)[1]) for number in taken if number), default=0)
    counter.value = max(counter.value or 0, highest) + 1
    return f"{prefix}{counter.value:0{width}d}"
