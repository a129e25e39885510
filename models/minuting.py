"""★ What the minutes of a meeting say, whole, as plain JSON: who was there, voices, each item with what was said and decided.

Names are written into it, so that what was approved reads the same for ever. What somebody answered to the convocation
stands in for an attendance that nobody noted, and is marked as announced.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import agenda, replies, tasks
from models.agenda import AgendaItem
from models.circles import Circle
from models.contributions import ABSENT, EXCUSED, HERE, REMOTE, Attendance, attendance_of, contributions_of
from models.decisions import Decision, Vote, decisions_of
from models.editions import Edition
from models.meetings import Meeting, MeetingState
from models.names import fold
from models.people import Person
from models.recommendations import Recommendation
from models.replies import COMING, PROXY, Reply
from models.store import db
from models.tasks import TaskState

SCHEMA = 1
GROUPS = ("present", "remote", "excused", "proxies", "absent")
NOTED, ANNOUNCED, UNKNOWN = "noted", "announced", ""  # how one knows who was there
OF_STATE = {HERE: "present", REMOTE: "remote", EXCUSED: "excused", ABSENT: "absent"}
OF_ANSWER = {
    COMING: "present",
    replies.REMOTE: "remote",
    replies.UNAVAILABLE: "excused",
    PROXY: "excused",
    replies.WAITING: "absent",
}
MOMENTS = frozenset({"starts", "ends", "begun", "ended", "arrived", "left"})
PARTS = ("lines", "decisions", "tasks", "recommendations")


def compose(meeting: Meeting) -> dict[str, Any]:
    """The content of the minutes as things stand now. The number of queries does not grow with what was said.

    `{schema, source, heading: {circle, circle_code, title, code, starts, ends, timezone, place, remote, edition},
    people: {present, remote, excused, absent: [{name, organisation, by, arrived, left}], proxies: [{name, carrier}]},
    voices: {present, carried, of, quorum}, items: [{id, n, title, nature, presenter, planned, real, begun, ended,
    lines: [{id, kind, who, text}], decisions, tasks, recommendations}], general: the four lists of what stands under no
    item, next: {code, starts, ends, place} or None}`. Moments are ISO texts in UTC, `real` and `planned` minutes, `by`
    one of NOTED, ANNOUNCED, UNKNOWN; `revived` reads them back.
    """
    rows, said = agenda.items(meeting), _said(meeting)
    people, voices = _people(meeting)
    items = [_item(n, item, said.pop(item.id, {})) for n, item in enumerate(rows, 1)]
    general: dict[str, list[Any]] = {part: [] for part in PARTS}
    for left in said.values():  # of items that are not on the agenda, and of the meeting as a whole
        for part in PARTS:
            general[part] += left.get(part, [])
    return {
        "schema": SCHEMA, "source": source(meeting), "heading": _heading(meeting), "people": people, "voices": voices,
        "items": items, "general": general, "next": _next(meeting),
    }  # fmt: skip


def source(meeting: Meeting) -> str:
    """SHA-256 of which lines, decisions and attendance there are, in which revision: another one where they changed."""
    rows: list[Any] = [*contributions_of(meeting), *decisions_of(meeting), *attendance_of(meeting)]
    return hashlib.sha256(json.dumps(sorted([row.id, row.rev] for row in rows)).encode()).hexdigest()


def revived(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with moments and days as such, to read and to print."""

    def value(key: str, one: Any) -> Any:
        if isinstance(one, dict):
            return {k: value(k, v) for k, v in one.items()}
        if isinstance(one, list):
            return [value("", v) for v in one]
        if one and key in MOMENTS:
            return datetime.fromisoformat(one)
        return date.fromisoformat(one) if one and key == "due" else one

    return {key: value(key, one) for key, one in content.items()}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _heading(meeting: Meeting) -> dict[str, Any]:
    circle: Circle = meeting.circle
    edition = db.session.get(Edition, meeting.edition_id) if meeting.edition_id else None
    return {
        "circle": circle.title, "circle_code": circle.code, "title": meeting.title, "code": meeting.code,
        "starts": _iso(meeting.starts_at), "ends": _iso(meeting.ends_at), "timezone": meeting.timezone,
        "place": meeting.place, "remote": bool(meeting.link), "edition": edition.title if edition else None,
    }  # fmt: skip


def _next(meeting: Meeting) -> dict[str, Any] | None:
    """When the circle meets after this one."""
    later = (Meeting.circle_id == meeting.circle_id, Meeting.state != MeetingState.CANCELLED, Meeting.starts_at > meeting.starts_at)  # fmt: skip
    found = db.session.scalars(select(Meeting).where(*later).order_by(Meeting.starts_at).limit(1)).first()
    if found is None or meeting.starts_at is None:
        return None
    return {"code": found.code, "starts": _iso(found.starts_at), "ends": _iso(found.ends_at), "place": found.place}  # fmt: skip


# ---------------------------------------------------------------------------------------------- who was there


def _who(person: Person | None, name: str | None, by: str, row: Attendance | None = None) -> dict[str, Any]:
    return {
        "name": person.name if person else name or "", "organisation": person.organisation if person else None, "by": by,
        "arrived": _iso(row.arrived_at) if row else None, "left": _iso(row.left_at) if row else None,
    }  # fmt: skip


def _people(meeting: Meeting) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """(who was there and who was not, voices): as it was noted, else as it was announced."""
    rows, answers = attendance_of(meeting), replies.of(meeting)
    noted = {row.person_id: row for row in rows if row.person_id}
    carried = {r.person_id: r for r in answers if _carried(r, noted.get(r.person_id))}
    out: dict[str, list[Any]] = {group: [] for group in GROUPS}
    here = {row.person_id for row in rows if row.present}
    for row in rows:
        if row.person_id not in carried:
            out[OF_STATE[row.state]].append(_who(row.person, row.name, NOTED, row))
    for reply in answers:
        if reply.person_id in noted or reply.person_id in carried:
            continue
        group = OF_ANSWER.get(reply.answer, "absent")
        out[group].append(_who(reply.person, None, UNKNOWN if group == "absent" else ANNOUNCED))
        if group in ("present", "remote"):
            here.add(reply.person_id)
    out["proxies"] = [{"name": r.person.name, "carrier": r.proxy.name if r.proxy else ""} for r in carried.values()]  # fmt: skip
    have = meeting.circle.voice_ids
    counted = [r for r in carried.values() if r.proxy_id in here and r.person_id in have]
    voices = {"present": len(have & here), "carried": len(counted), "of": len(have), "quorum": meeting.circle.quorum}  # fmt: skip
    return {group: sorted(who, key=lambda one: fold(one["name"])) for group, who in out.items()}, voices


def _carried(reply: Reply, noted: Attendance | None) -> bool:
    """Whether somebody else carried this voice: given, and its giver did not come after all."""
    return reply.answer == PROXY and reply.proxy_id is not None and not (noted and noted.present)


# ------------------------------------------------------------------------------------- what was said and decided


def _item(n: int, item: AgendaItem, said: Mapping[str, list[Any]]) -> dict[str, Any]:
    real = None
    if item.begun_at and item.ended_at:
        real = round((item.ended_at - item.begun_at).total_seconds() / 60)
    return {
        "id": item.id, "n": n, "title": item.title, "nature": item.nature, "presenter": item.presenter,
        "carried": item.carried, "planned": item.minutes, "real": real, "begun": _iso(item.begun_at), "ended": _iso(item.ended_at),
        **{part: said.get(part, []) for part in PARTS},
    }  # fmt: skip


def _said(meeting: Meeting) -> dict[str, dict[str, list[Any]]]:
    """Id of an item, or "", → its lines, decisions, tasks and recommendations."""
    out: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for line in contributions_of(meeting):
        told = {"id": line.id, "kind": line.kind, "who": line.who, "text": line.text}
        out[line.item_id or ""]["lines"].append(told)
    decided = decisions_of(meeting)
    named = _named([row.id for row in decided if row.how == "named"])
    for row in decided:
        out[row.item_id or ""]["decisions"].append({**_decision(row), "named": named.get(row.id)})
    for task in tasks.of_meeting(meeting):
        if task.state != TaskState.DROPPED:
            told = {"id": task.id, "what": task.what, "who": task.person.name, "due": task.due_on.isoformat()}
            out[task.item_id or ""]["tasks"].append(told)
    query = select(Recommendation).where(Recommendation.meeting_id == meeting.id)
    for one in db.session.scalars(query.order_by(Recommendation.number)):
        told = {"id": one.id, "number": one.number, "text": one.text, "addressee": one.addressee or ""}
        out[one.item_id or ""]["recommendations"].append(told)
    return out


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "id": row.id, "number": row.number, "text": row.text, "mode": row.mode, "outcome": row.outcome,
        "objections": row.objections, "how": row.how, "for": row.votes_for, "against": row.votes_against,
        "abstain": row.votes_abstain, "voices": row.voices, "replaces": row.replaces.number if row.replaces else None,
    }  # fmt: skip


def _named(ids: list[str]) -> dict[str, dict[str, list[str]]]:
    """Of votes by name: id of the decision → choice → names. One query."""
    out: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    if ids:
        query = select(Vote.decision_id, Vote.choice, Person.name).join(Person, Person.id == Vote.voice_id)
        for row in db.session.execute(query.where(Vote.decision_id.in_(ids)).order_by(Person.name)):
            out[row.decision_id][row.choice].append(row.name)
    return out
