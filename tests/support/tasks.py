"""Tasks of the tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from models import following
from models.circles import Circle
from models.people import Person
from models.tasks import Task, today


def values(person: Person, what: str = "Réserver la salle", *, days: int = 10, **more: Any) -> dict[str, Any]:
    """What a good form says: due in so many days."""
    return {"what": what, "person_id": person.id, "due_on": today() + timedelta(days=days), **more}


def task(circle: Circle, person: Person, by: Person | None, what: str = "Réserver la salle", *, days: int = 10, **more: Any) -> Task:  # fmt: skip
    """A task of a circle; days may be below 0, for one that is late. Inside writing()."""
    at, item = more.get("meeting"), more.get("item")
    said = values(person, what, days=max(days, 0), item_id=item.id if item else None)
    row = following.add_task(circle, said, by, at)
    row.due_on = due(days)
    return row


def due(days: int) -> date:
    return today() + timedelta(days=days)
