"""What waits for a person, the fiches that they write, the groups where they sit and what comes next there.

One source for the first page and for the mails that tell of it (blueprints/news). Every list is what this person may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from models import (
    agenda,
    consents,
    deliveries,
    exchanging,
    gathering,
    meetings,
    remarks,
    replies,
    tasks,
    widening,
)
from models.access import AccessLink
from models.circles import LEADING, Circle, Seat, seats_of
from models.dossiers import Dossier
from models.editions import LOCAL, Call, open_call
from models.fiche import checks, journal
from models.fiche.content import normal
from models.fiche.fiche import Fiche, FicheAuthor, State
from models.fiche.journal import HeldEdit, held_edits
from models.groups import Production, SeatRequest
from models.joining import waiting_count
from models.meetings import Meeting, MeetingState
from models.names import fold
from models.people import Person
from models.replies import WAITING, Reply
from models.rights import COMMITTEE, OFFICE, READERS, can, in_office
from models.statements import Rows, present, statement
from models.store import now
from models.tasks import Task
from models.widening import Case

SHOWN = 20
FEW = 4
GROUPS = 6
TASKS = 12  # read at once: what presses of them, and FEW others


@dataclass(frozen=True)
class Mine:
    """A fiche that this person writes. left: answers to give before it can be sent; parts: how many are complete."""

    fiche: Fiche
    left: int
    unsure: int
    complete: int
    parts: int
    others: list[str]

    @classmethod
    def of(cls, fiche: Fiche, person: Person) -> Mine:
        parts = checks.progress(normal(fiche.content))
        others = [a.person.name for a in fiche.authors if a.person_id != person.id]
        done = sum(p.state == "complete" for p in parts)
        return cls(fiche, sum(p.left for p in parts), sum(p.unsure for p in parts), done, len(parts), others)

    @property
    def waits(self) -> bool:
        """Whether the next act is its writer's."""
        return self.fiche.state in (State.DRAFT, State.CHANGES)


@dataclass(frozen=True)
class Group:
    """A circle in which somebody sits, with its next meeting, or what it is to finish before that."""

    circle: Circle
    meeting: Meeting | None = None
    production: Production | None = None

    @property
    def next_on(self) -> date:
        """The day of what comes next; far away where nothing does, a little nearer where a date is looked for."""
        if self.meeting:
            at = self.meeting.starts_at
            return at.astimezone(LOCAL).date() if at else date.max - timedelta(days=1)
        return self.production.due_on if self.production and self.production.due_on else date.max


@dataclass(frozen=True)
class Some:
    """A few fiches of many."""

    count: int = 0
    fiches: list[Fiche] = field(default_factory=list)


@dataclass(frozen=True)
class Waiting:
    """Everything for the first page. mine: at most SHOWN of `written`, the latest changed first.

    held: edits that met another one and wait for this person's choice, with their fiche.
    """

    mine: list[Mine]
    written: int
    call: Call | None
    held: list[tuple[HeldEdit, Fiche]] = field(default_factory=list)
    to_read: Some = field(default_factory=Some)
    orphans: Some = field(default_factory=Some)
    invited: int = 0
    lapsed: int = 0
    lost_mails: int = 0
    erased: list[Dossier] = field(default_factory=list)
    joining: int = 0
    next_meeting: Meeting | None = None
    next_reply: Reply | None = None
    to_answer: list[Meeting] = field(default_factory=list)
    dates: list[Meeting] = field(default_factory=list)
    proposals: list[Meeting] = field(default_factory=list)
    minutes: list[Meeting] = field(default_factory=list)
    remarks: list[tuple[Meeting, int]] = field(default_factory=list)
    opinions: list[Case] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    seats: list[SeatRequest] = field(default_factory=list)
    exchanges: list[exchanging.Waiting] = field(default_factory=list)
    pressing: list[Task] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    more_tasks: bool = False
    groups: list[Group] = field(default_factory=list)
    more_groups: bool = False

    @property
    def changes(self) -> list[Mine]:
        return [m for m in self.mine if m.fiche.state == State.CHANGES]

    @property
    def drafts(self) -> list[Mine]:
        return [m for m in self.mine if m.fiche.state == State.DRAFT]

    @property
    def urges(self) -> list[tuple[str, Any]]:
        """Everything that asks something of this person, in the order in which it matters: pairs (kind, thing).

        A draft asks only while a call is open; until then it waits as long as its writer likes.
        """
        lists: dict[str, Iterable[Any]] = {
            "held": self.held, "changes": self.changes, "to_answer": self.to_answer, "dates": self.dates,
            "seats": self.seats, "pressing": self.pressing, "exchanges": self.exchanges, "proposals": self.proposals, "remarks": self.remarks,
            "minutes": self.minutes, "opinions": self.opinions, "cases": self.cases,
            "drafts": self.drafts[:FEW] if self.call else (), "erased": self.erased,
        }  # fmt: skip
        counts = {
            "to_read": self.to_read.count, "orphans": self.orphans.count, "joining": self.joining,
            "invited": self.invited, "lapsed": 0 if self.invited else self.lapsed, "lost_mails": self.lost_mails,
        }  # fmt: skip
        out = [(kind, thing) for kind, things in lists.items() for thing in things]
        return out + [(kind, count) for kind, count in counts.items() if count]

    @property
    def nothing(self) -> bool:
        return not (self.urges or self.drafts)


# What waits for few people on few days: one query tells which of these are to be read.
RARE = (gathering.for_them, remarks.for_them, widening.for_them, exchanging.for_them, journal.for_them)
RARE_IN_OFFICE = (*RARE, consents.for_office)
TOLD = timedelta(days=60)  # how long a PDF that was erased, and not made again, is told of


def waiting(person: Person) -> Waiting:
    """What waits for this person. The number of queries does not grow with the number of fiches."""
    roles, more = person.role_names, dict[str, Any]()
    if roles & READERS:
        more["to_read"] = some("to read")
    if roles & OFFICE:
        more["orphans"] = some("orphans")
        more["invited"], more["lapsed"] = invitations()
        more["joining"] = waiting_count()
    if can(person, "mail.see"):
        more["lost_mails"] = deliveries.mail_count("dead")
    seats, ahead = seats_of(person), meetings.coming(person, papers=True)
    more |= of_meetings(person, ahead) | of_groups(seats, ahead) | of_tasks(person)
    leads = in_office(person) or any(seat.role in LEADING for seat in seats)
    here = present(RARE_IN_OFFICE if roles & OFFICE else RARE, person_id=person.id, at=now())
    if consents.for_office in here:
        more["erased"] = consents.to_make_again(person, now() - TOLD, FEW)
    if gathering.for_them in here:
        more["seats"] = gathering.waiting_for(person)[:FEW]
    if remarks.for_them in here:
        more["minutes"] = remarks.to_read(person)[:FEW]
    if widening.for_them in here:
        more["opinions"] = widening.to_say(person)[:FEW]
    if leads:
        more["remarks"], more["cases"] = remarks.to_answer(person)[:FEW], widening.to_lead(person)[:FEW]
    if leads or roles & COMMITTEE or exchanging.for_them in here:
        more["exchanges"] = exchanging.waiting_for(person)[:FEW]
    held = held_edits(person.id) if journal.for_them in here else []
    held = [(edit, fiche) for edit, fiche in held if can(person, "fiche.edit", fiche)]
    rows = _written.rows(person.id, SHOWN)
    mine, written = [Mine.of(row[0], person) for row in rows], rows[0][1] if rows else 0
    return Waiting(mine, written, open_call(), held, **more)


@statement
def _written(person_id: Any, most: Any) -> Rows:
    """Each with how many there are."""
    own = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person_id)
    rows = select(Fiche, func.count().over()).where(Fiche.id.in_(own)).options(undefer(Fiche.content))
    return rows.order_by(Fiche.state == State.WITHDRAWN, Fiche.changed_at.desc()).limit(most)


def of_meetings(person: Person, ahead: list[Meeting]) -> dict[str, Any]:
    """The next meeting of theirs; convocations and dates that wait for their answer, proposals for their yes."""
    mine = replies.mine(person, [m.id for m in ahead])
    own = [m for m in ahead if m.id in mine or person.id in m.circle.member_ids]
    dated = [m for m in own if m.starts_at and m.state == MeetingState.CONVENED]
    to_answer = [m for m in dated if m.id in mine and mine[m.id].answer == WAITING]
    asked = meetings.unanswered(person, [m.id for m in own])
    proposed = agenda.with_proposals([m.id for m in ahead if can(person, "meeting.edit", m)])
    first = dated[0] if dated else None
    return {
        "next_meeting": first,
        "next_reply": mine.get(first.id) if first else None,
        "to_answer": to_answer[:FEW],
        "dates": [m for m in own if m.id in asked][:FEW],
        "proposals": [m for m in ahead if m.id in proposed][:FEW],
    }


def of_tasks(person: Person) -> dict[str, Any]:
    """What is late or due within days, and what comes after it."""
    rows = tasks.mine(person, TASKS + 1)
    pressing = [task for task in rows if task.late or task.soon]
    later = rows[len(pressing) :]
    shown = pressing[:FEW], later[:FEW]
    return {"pressing": shown[0], "tasks": shown[1], "more_tasks": len(rows) > len(shown[0]) + len(shown[1])}


def of_groups(seats: list[Seat], ahead: list[Meeting]) -> dict[str, Any]:
    """The circles of these seats, those where something comes first. `ahead`: the meetings to come, the next one first."""
    circles = [seat.circle for seat in seats if seat.circle.ended_at is None]
    # The last of a group is written first, so that the first one stays.
    coming = {meeting.circle_id: meeting for meeting in reversed(ahead)}
    owed = {p.circle_id: p for p in _owed.all([circle.id for circle in circles], tasks.today())}
    rows = [_first_of(circle, coming.get(circle.id), owed.get(circle.id)) for circle in circles]
    rows.sort(key=lambda group: (group.next_on, fold(group.circle.title)))
    return {"groups": rows[:GROUPS], "more_groups": len(rows) > GROUPS}


@statement
def _owed(circle_ids: Any, on: Any) -> Rows:
    """What groups are to finish, the last first."""
    rows = select(Production).where(Production.circle_id.in_(circle_ids), Production.ended_at.is_(None))
    return rows.where(Production.due_on >= on).order_by(Production.due_on.desc())


def _first_of(circle: Circle, meeting: Meeting | None, production: Production | None) -> Group:
    """With what comes first of the two."""
    both = (Group(circle, meeting=meeting), Group(circle, production=production))
    return min(both, key=lambda group: group.next_on)


@statement
def _of_kind(most: Any, *, kind: str) -> Rows:
    """Those that wait longest, each with how many there are."""
    nobody = ~select(FicheAuthor.fiche_id).where(FicheAuthor.fiche_id == Fiche.id).exists()
    wanted = {
        "to read": Fiche.state.in_((State.SUBMITTED, State.IN_REVIEW)),
        "orphans": (Fiche.state == State.DRAFT) & nobody,
    }[kind]
    rows = select(Fiche, func.count().over()).where(wanted)
    return rows.order_by(Fiche.changed_at, Fiche.id).limit(most)


def some(kind: str) -> Some:
    """How many fiches there are of a kind ("to read", "orphans"), and the ones that wait longest."""
    rows = _of_kind.rows(FEW, kind=kind)
    return Some(rows[0][1] if rows else 0, [row[0] for row in rows])


@statement
def _invited() -> Rows:
    """(person, when their last open invitation ends)."""
    rows = select(AccessLink.person_id, func.max(AccessLink.expires_at))
    rows = rows.join(Person, Person.id == AccessLink.person_id).where(
        AccessLink.purpose == "invitation", ~Person.active,
        AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None),
    )  # fmt: skip
    return rows.group_by(AccessLink.person_id)


def invitations() -> tuple[int, int]:
    """(people whose invitation is open, people whose invitation ended without them)."""
    ends = [row[1] for row in _invited.rows()]
    live = sum(end > now() for end in ends)
    return live, len(ends) - live
