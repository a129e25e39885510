"""Counting the statements that some code sends to the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from blueprints import alike
from models.store import db


def counted_queries(act: Callable[[], Any]) -> int:
    """How many SELECT, INSERT, UPDATE and DELETE statements `act` sends. Inside an application context, with no part
    of a page kept from before."""
    seen: list[str] = []
    alike.shelf = alike.Shelf()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
