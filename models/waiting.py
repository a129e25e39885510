"""What waits for a person, and the fiches that they write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from models import agenda, deliveries, meetings, remarks, replies, tasks, widening
from models.access import AccessLink
from models.editions import Call, open_call
from models.fiche import checks
from models.fiche.content import normal
from models.fiche.fiche import Fiche, FicheAuthor, State
from models.fiche.journal import HeldEdit, held_edits
from models.joining import waiting_count
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.replies import WAITING, Reply
from models.rights import OFFICE, READERS, can
from models.store import db, now
from models.tasks import Task
from models.widening import Case

SHOWN = 20
FEW = 4


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
    tasks: list[Task] = field(default_factory=list)
    more_tasks: bool = False

    @property
    def changes(self) -> list[Mine]:
        return [m for m in self.mine if m.fiche.state == State.CHANGES]

    @property
    def drafts(self) -> list[Mine]:
        return [m for m in self.mine if m.fiche.state == State.DRAFT]

    @property
    def nothing(self) -> bool:
        counts = (
            self.to_read.count,
            self.orphans.count,
            self.invited,
            self.lapsed,
            self.lost_mails,
            self.joining,
        )
        meetings = (
            self.to_answer
            or self.dates
            or self.proposals
            or self.tasks
            or self.opinions
            or self.cases
            or self.minutes
            or self.remarks
        )
        return not (self.changes or self.drafts or self.held or meetings or any(counts))


def waiting(person: Person) -> Waiting:
    """What waits for this person. The number of queries does not grow with the number of fiches."""
    roles, more = person.role_names, {}
    if roles & READERS:
        more["to_read"] = some(Fiche.state.in_((State.SUBMITTED, State.IN_REVIEW)))
    if roles & OFFICE:
        nobody = ~select(FicheAuthor.fiche_id).where(FicheAuthor.fiche_id == Fiche.id).exists()
        more["orphans"] = some((Fiche.state == State.DRAFT) & nobody)
        more["invited"], more["lapsed"] = invitations()
        more["joining"] = waiting_count()
    if can(person, "mail.see"):
        more["lost_mails"] = deliveries.mail_count("dead")
    more |= of_meetings(person)
    more["minutes"], more["remarks"] = remarks.to_read(person)[:FEW], remarks.to_answer(person)[:FEW]
    more["opinions"], more["cases"] = widening.to_say(person)[:FEW], widening.to_lead(person)[:FEW]
    own_tasks = tasks.mine(person, FEW + 1)
    more["tasks"], more["more_tasks"] = own_tasks[:FEW], len(own_tasks) > FEW
    held = [(edit, fiche) for edit, fiche in held_edits(person.id) if can(person, "fiche.edit", fiche)]
    own = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id)
    rows = (
        select(Fiche)
        .where(Fiche.id.in_(own))
        .order_by(Fiche.state == State.WITHDRAWN, Fiche.changed_at.desc())
    )
    written = db.session.scalar(select(func.count()).select_from(own.subquery())) or 0
    answered = rows.limit(SHOWN).options(undefer(Fiche.content))
    mine = [Mine.of(fiche, person) for fiche in db.session.scalars(answered)]
    return Waiting(mine, written, open_call(), held, **more)


def of_meetings(person: Person) -> dict[str, Any]:
    """The next meeting of theirs; convocations and dates that wait for their answer, proposals for their yes."""
    ahead = [m for m in meetings.coming(person) if can(person, "meeting.papers", m)]
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


def some(which: Any) -> Some:
    """How many fiches there are of a kind, and the ones that wait longest."""
    count = db.session.scalar(select(func.count()).select_from(Fiche).where(which)) or 0
    rows = select(Fiche).where(which).order_by(Fiche.changed_at, Fiche.id).limit(FEW)
    return Some(count, list(db.session.scalars(rows)))


def invitations() -> tuple[int, int]:
    """(people whose invitation is open, people whose invitation ended without them)."""
    invited = select(AccessLink.person_id).join(Person, Person.id == AccessLink.person_id)
    invited = invited.where(
        AccessLink.purpose == "invitation", ~Person.active,
        AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None),
    ).distinct()  # fmt: skip
    live = set(db.session.scalars(invited.where(AccessLink.expires_at > now())))
    lapsed = set(db.session.scalars(invited.where(AccessLink.expires_at <= now())))
    return len(live), len(lapsed - live)
