"""The demonstration's meetings that were held: who was there, what was said and decided, their minutes.

The content is invented, in models/data/demo/minutes.yaml. Rows are made with their state, the approved minutes last:
nothing can be added to them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import agenda, minuting
from models.circles import circle_by_code
from models.contributions import COMMENT, NOTE, REACTION, RECOMMENDATION, Attendance, Contribution
from models.decisions import Decision, decision_by_number
from models.demo_committee import add_meeting, at
from models.editions import Edition
from models.meetings import Meeting, MeetingState, meeting_by_code
from models.minutes import APPROVED, Minutes
from models.people import Person
from models.recommendations import Recommendation
from models.store import db, new_id
from models.tasks import Task, TaskState
from models.vocabularies import DATA, load_yaml

KINDS = {
    "note": NOTE,
    "reaction": REACTION,
    "commentaire": COMMENT,
    "recommandation": RECOMMENDATION,
}


def load(people: Mapping[str, Person], edition: Edition) -> None:
    """Everything. people: by address. After the circles (models/demo_committee.py); inside writing()."""
    document = load_yaml(DATA / "demo" / "minutes.yaml")
    assert isinstance(document, dict)
    raws = document["reunions"]
    for raw in raws:
        circle = circle_by_code(raw["cercle"])
        assert circle
        add_meeting({**raw, "etat": MeetingState.CONVENED, "taches": []}, circle, people, edition, None)  # fmt: skip
        _held(raw, people)
    for raw in raws:
        if "approuve" in raw:
            _approve(raw, people)
    db.session.flush()


def _meeting(code: str) -> Meeting:
    found = meeting_by_code(code)
    assert found
    return found


def _held(raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    meeting, day = _meeting(raw["code"]), raw["jour"]
    meeting.state = MeetingState.HELD
    rows = agenda.items(meeting)
    for item, point in zip(rows, raw["points"], strict=True):
        item.carried = point.get("reprise", "")
        item.begun_at, item.ended_at = (at(day, clock) for clock in point["reel"])
    if any(item.carried for item in rows):
        before = _before(meeting)
        meeting.previous_id = before.id if before else None
    for n, said in enumerate(raw["presences"]):
        _attendance(meeting, day, n, said, people)
    under = dict(enumerate(rows, 1))
    for n, said in enumerate(raw["paroles"]):
        item = under[said["point"]]
        line = Contribution(
            meeting_id=meeting.id, item_id=item.id, kind=KINDS[said["genre"]], text=said["texte"]
        )
        line.person_id = people[said["qui"]].id if "qui" in said else None
        line.speaker, line.said_at = said.get("nom"), _later(item.begun_at, n)
        line.made_at = line.changed_at = line.said_at
        db.session.add(line)
    for said in raw.get("decisions", []):
        _decision(meeting, under[said["point"]], said)
    for said in raw.get("recommandations", []):
        _recommendation(meeting, under[said["point"]], said)
    for said in raw.get("taches", []):
        _task(meeting, under[said["point"]], said, people)
    db.session.flush()


def _before(meeting: Meeting) -> Meeting | None:
    wanted = (Meeting.circle_id == meeting.circle_id, Meeting.starts_at < meeting.starts_at)
    return db.session.scalars(select(Meeting).where(*wanted).order_by(Meeting.starts_at.desc())).first()


def _later(moment: datetime | None, seconds: int) -> datetime:
    assert moment
    return moment.replace(second=seconds)


def _attendance(meeting: Meeting, day: date, n: int, raw: dict[str, Any], people: Mapping[str, Person]) -> None:  # fmt: skip
    row = Attendance(meeting_id=meeting.id, name=raw.get("nom"), state=raw["etat"])
    row.person_id = people[raw["qui"]].id if "qui" in raw else None
    row.arrived_at = at(day, raw["arrive"]) if "arrive" in raw else None
    row.left_at = at(day, raw["part"]) if "part" in raw else None
    row.at = _later(meeting.starts_at, n)
    db.session.add(row)


def _decision(meeting: Meeting, item: agenda.AgendaItem, raw: dict[str, Any]) -> None:
    older = decision_by_number(raw["remplace"]) if "remplace" in raw else None
    row = Decision(
        number=raw["numero"], circle_id=meeting.circle_id, meeting_id=meeting.id, item_id=item.id, edition_id=meeting.edition_id,
        text=raw["texte"], mode=raw["mode"], objections=raw.get("objections"), how=raw.get("comment"), votes_for=raw.get("pour"),
        votes_against=raw.get("contre"), votes_abstain=raw.get("abstention"), voices=raw.get("voix"),
        replaces_id=older.id if older else None,
    )  # fmt: skip
    row.decided_at = row.made_at = row.changed_at = item.ended_at or row.decided_at
    db.session.add(row)
    db.session.flush()


def _recommendation(meeting: Meeting, item: agenda.AgendaItem, raw: dict[str, Any]) -> None:
    decision = decision_by_number(raw["decision"]) if "decision" in raw else None
    db.session.add(
        Recommendation(
            number=raw["numero"], circle_id=meeting.circle_id, edition_id=meeting.edition_id, meeting_id=meeting.id,
            item_id=item.id, decision_id=decision.id if decision else None, text=raw["texte"], cause=raw.get("cause"),
            kind=raw["genre"], addressee=raw["a"], level=raw["niveau"], state="adopted" if decision else "proposed",
        )
    )  # fmt: skip


def _task(
    meeting: Meeting, item: agenda.AgendaItem, raw: dict[str, Any], people: Mapping[str, Person]
) -> None:
    """Done long ago."""
    person, ended = people[raw["qui"]], at(raw["pour"], "17:00")
    row = Task(circle_id=meeting.circle_id, meeting_id=meeting.id, item_id=item.id, what=raw["quoi"], person_id=person.id)  # fmt: skip
    row.due_on, row.state, row.words, row.ended_at, row.ended_by = raw["pour"], TaskState.DONE, raw["fini"], ended, person.id  # fmt: skip
    row.made_at = row.given_at = row.soon_at = row.late_at = item.ended_at or ended
    db.session.add(row)


def _approve(raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    meeting, said = _meeting(raw["code"]), raw["approuve"]
    lead = people["am.lhoest@habitants.example"].id
    later = _meeting(said["dans"])
    approved = at(said["jour"], "14:08")
    db.session.add(
        Minutes(
            id=new_id(), meeting_id=meeting.id, version=1, state=APPROVED, content=minuting.compose(meeting), proposed_by=lead,
            proposed_at=at(raw["jour"], "17:30"), approved_by=lead, approved_at=approved, approved_in=later.id,
            comments_until=at(raw["jour"] + timedelta(days=10), "23:59"),
        )
    )  # fmt: skip
    meeting.state = MeetingState.APPROVED
    db.session.flush()
