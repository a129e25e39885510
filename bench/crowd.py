"""Fills an instance with groups, people and what they do together, row by row; for benches and for tests of scale."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from sqlalchemy import func, insert, select

from models.circles import CHAIR, MEMBER, NETWORK, Circle, Seat
from models.exchanges import OFFER, REQUEST, Notice
from models.files import CircleFile, FileVersion
from models.groups import PLANNED, Production
from models.joint_actions import JointAction, Partaking
from models.meetings import Meeting, MeetingState
from models.notes import Note, NoteRevision
from models.organisations import Membership, Organisation
from models.people import Person, Role, person_role
from models.replies import Reply
from models.store import db, new_id, now, writing
from models.tasks import Task, today

SEATS = 12  # of a group
EACH = {"notes": 10, "files": 6, "productions": 4, "notices": 8}  # of a group
OWN = 10  # one task in so many is the reader's


def crowd(groups: int, people: int, tasks: int, reader: str) -> list[str]:
    """Add them; the codes of the groups. `reader`: an address of somebody who leads each of them. Outside writing()."""
    with writing():
        first = db.session.scalar(select(func.count()).select_from(Circle)) or 0
        whose = db.session.scalars(select(Person.id).where(Person.email == reader)).one()
        members = _people(people, first)
        circles = [
            {"id": new_id(), "code": f"GT-{first + n:03d}", "kind": NETWORK if n % 4 == 0 else "GDT", "closed": n % 5 == 0,
             "title": f"Groupe {first + n} du quai", "mandate": "Faire ensemble.", "made_by": whose, "territory": "Le quai"}
            for n in range(groups)
        ]  # fmt: skip
        _add(Circle, circles)
        around = cycle(members)
        for circle in circles:
            _group(circle["id"], circle["code"], whose, list(islice(around, SEATS)))
        _tasks(circles, members, whose, tasks)
        _actions(members, groups, first)
    return [str(circle["code"]) for circle in circles]


def _add(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    if found := list(rows):
        db.session.execute(insert(model), found)


def _people(count: int, first: int) -> list[str]:
    rows = [
        {"id": new_id(), "name": f"Personne {first}-{n}", "email": f"p{first}-{n}@quai.example", "active": True,
         "fs_uniquifier": new_id()} for n in range(count)
    ]  # fmt: skip
    _add(Person, rows)
    role = db.session.scalars(select(Role.id).where(Role.name == "contributor")).one()
    db.session.execute(insert(person_role), [{"person_id": row["id"], "role_id": role} for row in rows])
    houses = [{"id": new_id(), "name_fr": f"Maison {first}-{n}"} for n in range(max(2, count // 8))]
    _add(Organisation, houses)
    _add(Membership, ({"person_id": row["id"], "organisation_id": house["id"], "confirmed": True}
                      for row, house in zip(rows, cycle(houses), strict=False)))  # fmt: skip
    return [str(row["id"]) for row in rows]


def _group(circle: str, code: str, reader: str, members: list[str]) -> None:
    """Its seats, a meeting that comes and one that was, and what lies on its shelves."""
    at = now()
    _add(
        Seat, [{"circle_id": circle, "person_id": reader, "role": CHAIR, "since": today(), "made_by": reader}]
    )
    _add(
        Seat,
        (
            {"circle_id": circle, "person_id": one, "role": MEMBER, "since": today(), "made_by": reader}
            for one in members
        ),
    )
    meetings = [
        {"id": new_id(), "code": f"R-{code}-{n}", "circle_id": circle, "title": f"Réunion {n} de {code}", "state": state,
         "starts_at": at + days, "ends_at": at + days + timedelta(hours=2), "convened_at": at - timedelta(days=40)}
        for n, (state, days) in enumerate(((MeetingState.CONVENED, timedelta(days=9)), (MeetingState.HELD, timedelta(days=-30))))
    ]  # fmt: skip
    _add(Meeting, meetings)
    _add(
        Reply,
        ({"meeting_id": meetings[0]["id"], "person_id": one, "answer": "OUI"} for one in (reader, *members)),
    )
    common = {"circle_id": circle, "made_by": reader}
    notes = [{"id": new_id(), "title": f"Note {n}", "body": "Des mots.", "changed_by": one, **common} for n, one in enumerate(islice(cycle(members), EACH["notes"]))]  # fmt: skip
    _add(Note, notes)
    _add(NoteRevision, ({"note_id": row["id"], "rev": 1, "title": row["title"], "body": row["body"], "person_id": row["changed_by"]} for row in notes))  # fmt: skip
    files = [{"id": new_id(), "title": f"Fichier {n}", **common} for n in range(EACH["files"])]
    _add(CircleFile, files)
    _add(FileVersion, ({"file_id": row["id"], "rev": 1, "sha256": "0" * 64, "name": "papier.pdf", "media_type": "application/pdf", "size": 9,
                        "person_id": one} for row, one in zip(files, cycle(members), strict=False)))  # fmt: skip
    _add(Production, ({"title": f"Production {n}", "state": PLANNED, "due_on": today() + timedelta(days=20 + n), "person_id": one, **common}
                      for n, one in enumerate(islice(cycle(members), EACH["productions"]))))  # fmt: skip
    _add(Notice, ({"kind": (OFFER, REQUEST)[n % 2], "title": f"Réparer un vélo {n}", "person_id": one, "circle_id": circle if n % 3 else None,
                   "made_by": one} for n, one in enumerate(islice(cycle(members), EACH["notices"]))))  # fmt: skip


def _tasks(circles: list[dict[str, Any]], members: list[str], reader: str, count: int) -> None:
    who = cycle(members)
    _add(Task, (
        {"circle_id": circle["id"], "person_id": reader if n % OWN == 0 else next(who), "what": f"Écrire à la commune {n}",
         "due_on": today() + timedelta(days=n % 60 - 10), "made_by": reader}
        for n, circle in zip(range(count), cycle(circles), strict=False)
    ))  # fmt: skip


def _actions(members: list[str], count: int, first: int) -> None:
    actions = [
        {"id": new_id(), "number": f"A-2015-{first + n:03d}", "title": f"Action {n}", "made_by": members[0]}
        for n in range(count)
    ]
    _add(JointAction, actions)
    _add(Partaking, ({"action_id": row["id"], "person_id": one} for row in actions for one in members[:5]))
