"""The fiches of an agenda that stand whole in the pack of its meeting (D5): those alone that all may read who get it.

A pack is one paper for everybody at the table. A fiche that one of them may not read stays to be read online, by those who
may. Who comes to the table later counts too: a pack that they would not have got like this is not handed out any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from models import agenda
from models.circles import Seat
from models.fiche.fiche import TOGETHER, Fiche
from models.meetings import Meeting
from models.people import Person
from models.replies import Reply
from models.rights import CATALOGUE, UNDER_WAY, can
from models.store import db


def at_table(meeting: Meeting) -> list[Person]:
    """Who sits in the circle of a meeting, and everybody who was ever asked to it, guests included; but for rows behind
    which nobody is any more."""
    seats = select(Seat.person_id).where(Seat.circle_id == meeting.circle_id, Seat.until.is_(None))
    asked = select(Reply.person_id).where(Reply.meeting_id == meeting.id)
    query = select(Person).where(or_(Person.id.in_(seats), Person.id.in_(asked)))
    return list(db.session.scalars(query.where(Person.forgotten_at.is_(None), Person.merged_into.is_(None))))


def shared(fiche: Fiche, people: Iterable[Person]) -> bool:
    """Whether it may stand on a paper for all of these: each of them may read it, and it is neither a draft nor
    withdrawn, so that the coordination, which opens every pack, may read it as well."""
    return fiche.state in UNDER_WAY | CATALOGUE and all(can(one, "fiche.see", fiche) for one in people)


def annexed(meeting: Meeting) -> list[Fiche]:
    """The fiches that stand in the pack of a meeting today, each once, in the order of its agenda."""
    links = [link for item in agenda.items(meeting) for link in item.links if link.fiche_id]
    place = {fiche_id: n for n, fiche_id in reversed(list(enumerate(link.fiche_id for link in links)))}
    if not place:
        return []
    query = select(Fiche).options(*TOGETHER, undefer(Fiche.content)).where(Fiche.id.in_(place))
    found: Sequence[Fiche] = db.session.scalars(query).unique().all()
    people = at_table(meeting)
    return sorted((f for f in found if shared(f, people)), key=lambda f: place[f.id])
