"""Mails about meetings: rows queued in the transaction of what they tell. All are called inside writing()."""

from __future__ import annotations

from collections.abc import Iterable

from models.meetings import Meeting, Poll
from models.people import Person


def convened(meeting: Meeting, people: Iterable[Person], by: Person) -> None:
    """These people are invited: when it is convened, and who comes to the circle afterwards."""


def updated(meeting: Meeting, changed: list[str], by: Person) -> None:
    """A convened meeting changed; `changed` names the columns, "agenda" among them. The sequence is raised already."""


def cancelled(meeting: Meeting, by: Person) -> None:
    """It does not take place. The sequence is raised already; `cancel_reason` is kept."""


def remind(meeting: Meeting, by: Person | None) -> int:
    """Remind those who have not answered; how many. by: None for the worker."""
    return 0


def asked_for_dates(poll: Poll, people: Iterable[Person], by: Person) -> None:
    """A date is looked for with these people."""
