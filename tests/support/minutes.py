"""A meeting of the tests that took place, with something said and decided; its minutes proposed, the next meeting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models import agenda, convening
from models.approving import Said
from models.contributions import HERE, Attendance, Contribution
from models.decisions import Decision
from models.meetings import Meeting
from models.minutes import Minutes, MinutesComment
from models.store import db, new_id, now, writing
from tests.support import gatherings
from tests.support.gatherings import ANNE, LEON, NADIA, who


def shift(meeting: Meeting, days: float) -> None:
    """So many days from now it begins; three hours later it ends. Inside writing()."""
    meeting.starts_at = now() + timedelta(days=days)
    meeting.ends_at = meeting.starts_at + timedelta(hours=3)


def line(meeting: Meeting, text: str, **more: Any) -> Contribution:
    """A line of the first item. Inside writing()."""
    row = Contribution(
        id=new_id(), meeting_id=meeting.id, item_id=agenda.items(meeting)[0].id, text=text, **more
    )
    db.session.add(row)
    db.session.flush()
    return row


def held(code: str = "GT-ESSAI", *, days: float = -1, decision: str = "", **of_circle: Any) -> Meeting:
    """A meeting that began so many days ago: Anne-Marie was there and late, Nadia spoke; one decision, where it has a number."""
    made = gatherings.meeting(code, **of_circle)
    with writing():
        shift(made, days)
        start = made.starts_at + timedelta(minutes=15)
        db.session.add(Attendance(meeting_id=made.id, person_id=who(ANNE).id, state=HERE, arrived_at=start))
        line(made, "Une parole zzparole", kind="reaction", person_id=who(NADIA).id)
        if decision:
            db.session.add(
                Decision(
                    id=new_id(), number=decision, circle_id=made.circle_id, meeting_id=made.id,
                    item_id=agenda.items(made)[1].id, text="On décide zzdecide", mode="consent",
                )
            )  # fmt: skip
        return made


def act(meeting: Meeting, name: str, email: str = ANNE, **said: Any) -> None:
    """One transition of its minutes."""
    with writing():
        convening.apply(meeting, name, who(email), said=Said(**said))


def remarks(row: Minutes, count: int) -> None:
    """So many remarks of people of the circle on a proposal. Inside writing()."""
    for n in range(count):
        person = who((NADIA, LEON, ANNE)[n % 3])
        db.session.add(MinutesComment(minutes_id=row.id, person_id=person.id, text=f"Remarque {n}"))


def next_one(code: str = "GT-ESSAI", *, begun: bool = True) -> Meeting:
    """The meeting after it, that begins in an hour."""
    made = gatherings.meeting(code, title="La suivante")
    if begun:
        with writing():
            shift(made, 1 / 24)
    return made


def approved(code: str = "GT-ESSAI", **more: Any) -> Meeting:
    """A meeting whose minutes were approved at the next one."""
    made = held(code, **more)
    act(made, "propose")
    next_one(code)
    act(made, "approve")
    return made
