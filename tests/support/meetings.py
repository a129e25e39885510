"""Circles and meetings for tests of the domain: made in a few words, and only what a test is about is said."""

from datetime import datetime, timedelta

from models import planning, scheduling, seating
from models.circles import Circle
from models.meetings import Meeting
from models.people import Person, add_person
from models.store import now


def circle(code: str, *who: tuple[Person, str], **more) -> Circle:
    """A circle with these people in these roles. Inside writing()."""
    values = {
        "title": f"Cercle {code}",
        "kind": "GDT",
        "languages": "fr",
        "quorum": 0,
        "proxies": 1,
        "closed": False,
    }
    row = seating.add_circle({**values, "code": code, **more}, None)
    for person, role in who:
        seating.take_seat(row, person, None, role=role)
    return row


def meeting(row: Circle, by: Person, minutes: int = 60, *, starts: datetime | None = None, **more) -> Meeting:
    """A meeting in ten days, in preparation. Inside writing()."""
    starts = starts or (now() + timedelta(days=10)).replace(microsecond=0)
    values = {"title": "Réunion", "languages": "fr", "remind_days": 2, "place": "Ici", "starts_at": starts,
              "ends_at": starts + timedelta(minutes=minutes)}  # fmt: skip
    return scheduling.add_meeting(row, {**values, **more}, by)


def item(row: Meeting, title: str, minutes: int, by: Person, **more):
    """One item at the end. Inside writing()."""
    values = {
        "title": title,
        "nature": "DIV",
        "minutes": minutes,
        "presenter": None,
        "aim": None,
        "decision": False,
    }
    return planning.add_item(row, {**values, **more}, by)


def somebody(name: str, *roles: str) -> Person:
    """An active person. Inside writing()."""
    return add_person(name, f"{name.lower()}@test.example", list(roles), active=True)
