"""The demonstration's committees, groups and meetings: the first one of 2016, one to come, one whose date is looked for.

The content is invented, in models/data/demo/committee.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from models.agenda import AgendaItem, AgendaLink
from models.attachments import attach, attached
from models.circles import Circle, Seat
from models.editions import LOCAL, Edition
from models.fiche.fiche import find
from models.meetings import Meeting, MeetingState, Poll, PollAnswer, PollOption
from models.organisations import named
from models.people import Person
from models.replies import AccessNeed, Reply
from models.scheduling import next_code
from models.store import db, new_id, now
from models.tasks import Task
from models.vocabularies import DATA, load_yaml

ANNEX = "cinq-actions.pdf"
CIRCLE = {
    "code": "code", "genre": "kind", "nom": "title", "mandat": "mandate", "rythme": "rhythm", "lieu": "place",
    "frais": "expenses", "decision": "deciding", "precisions": "deciding_words", "axe": "axis",
}  # fmt: skip


def load(people: Mapping[str, Person], edition: Edition, annex: Mapping[str, Any] | None) -> None:
    """Everything of the committee. people: by address; annex: sha256, media_type, size, width, height. Inside writing()."""
    document = load_yaml(DATA / "demo" / "committee.yaml")
    assert isinstance(document, dict)
    circles = {raw["code"]: add_circle(raw, people) for raw in document["cercles"]}
    for raw in document["reunions"]:
        add_meeting(raw, circles[raw["cercle"]], people, edition, annex)
    db.session.flush()


def add_circle(raw: dict[str, Any], people: Mapping[str, Person]) -> Circle:
    """A circle with its seats. Inside writing()."""
    circle = Circle(id=new_id(), **{ours: raw.get(key) for key, ours in CIRCLE.items()})
    circle.languages = " ".join(raw["langues"])
    circle.quorum, circle.proxies = raw.get("quorum", 0), raw.get("procurations", 1)
    circle.closed = bool(raw.get("ferme"))
    db.session.add(circle)
    for place in raw["places"]:
        seat = Seat(circle_id=circle.id, person_id=people[place["qui"]].id, role=place["role"])
        seat.since, seat.until = place.get("depuis"), place.get("jusque")
        db.session.add(seat)
    db.session.flush()
    return circle


def at(day: date, clock: str) -> datetime:
    """A moment on our clocks: a day and "14:05"."""
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def _weekday(days: int) -> date:
    """The working day that many days from now, or the next one."""
    day = now().astimezone(LOCAL).date() + timedelta(days=days)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def add_meeting(
    raw: dict[str, Any], circle: Circle, people: Mapping[str, Person], edition: Edition, annex: Mapping[str, Any] | None
) -> None:  # fmt: skip
    """One meeting with its agenda, and the answers to its convocation where it was convened. Inside writing()."""
    day = raw.get("jour") or (_weekday(raw["dans"]) if "dans" in raw else None)
    name, email, phone = raw["contact"]
    meeting = Meeting(
        id=new_id(), code=raw.get("code") or next_code(day.year if day else now().year), circle_id=circle.id, edition_id=edition.id,
        state=raw["etat"], title=raw["titre"], words=raw.get("mots"), place=raw.get("lieu"), link=raw.get("lien"),
        languages=" ".join(raw["langues"]), contact_name=name, contact_email=email, contact_phone=phone or None,
    )  # fmt: skip
    if day:
        meeting.starts_at, meeting.ends_at = at(day, raw["de"]), at(day, raw["a"])
        meeting.reply_by = at(raw.get("reponse") or day - timedelta(days=3), "18:00")
    if meeting.state == MeetingState.CONVENED:
        told = raw.get("convoquee")
        meeting.convened_at = at(told, "09:30") if told else now() - timedelta(days=2)
    db.session.add(meeting)
    db.session.flush()
    for place, point in enumerate(raw["points"], start=1):
        _item(meeting, place, point, annex)
    if meeting.convened_at:
        _replies(meeting, circle, raw.get("reponses", []), people)
    if "dates" in raw:
        _poll(meeting, raw, people)
    for task in raw.get("taches", []):
        _task(meeting, task, people)


def _item(meeting: Meeting, place: int, raw: dict[str, Any], annex: Mapping[str, Any] | None) -> None:
    item = AgendaItem(
        id=new_id(), meeting_id=meeting.id, place=place, title=raw["titre"], nature=raw["nature"], minutes=raw["minutes"],
        presenter=raw.get("par"), aim=raw.get("but"), decision="decision" in raw, decision_words=raw.get("decision"),
    )  # fmt: skip
    db.session.add(item)
    db.session.flush()
    places = count(1)  # what hangs on an item stands in the order in which it was put there
    if raw.get("piece") and annex:
        attach("meeting", meeting.id, made_by=None, **annex)
        row = attached("meeting", meeting.id, annex["sha256"])
        _hang(item, "document", next(places), title=raw["piece"], attachment_id=row.id if row else None)
    for number in raw.get("fiches", []):
        fiche = find(number)
        _hang(item, "fiche", next(places), fiche_id=fiche.id if fiche else None)
    if raw.get("candidat"):
        known = named(raw["candidat"])
        _hang(
            item,
            "candidate",
            next(places),
            title=raw["candidat"],
            organisation_id=known.id if known else None,
        )


def _hang(item: AgendaItem, kind: str, place: int, **what: Any) -> None:
    db.session.add(AgendaLink(item_id=item.id, kind=kind, place=place, **what))


def _replies(
    meeting: Meeting, circle: Circle, raws: list[dict[str, Any]], people: Mapping[str, Person]
) -> None:
    said = {people[raw["qui"]].id: raw for raw in raws}
    for person_id in sorted(circle.member_ids):
        raw = said.get(person_id, {})
        reply = Reply(meeting_id=meeting.id, person_id=person_id, answer=raw.get("reponse", "ATT"))
        if reply.answer != "ATT":
            reply.at, reply.rev = meeting.convened_at, 1
        if raw.get("a"):
            reply.proxy_id = people[raw["a"]].id
        if raw.get("saisi"):
            reply.entered_by = people[raw["saisi"]].id
        reply.message = raw.get("mot")
        db.session.add(reply)
        if raw.get("besoin"):
            db.session.add(AccessNeed(meeting_id=meeting.id, person_id=person_id, text=raw["besoin"]))


def _task(meeting: Meeting, raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    """Nobody is written to about it: it was said at the table."""
    item = db.session.scalar(select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id, AgendaItem.place == raw.get("point", 0)))  # fmt: skip
    task = Task(id=new_id(), circle_id=meeting.circle_id, meeting_id=meeting.id, item_id=item, what=raw["quoi"], person_id=people[raw["qui"]].id)  # fmt: skip
    task.due_on = now().astimezone(LOCAL).date() + timedelta(days=raw["dans"])
    task.given_at = task.soon_at = task.late_at = now()
    db.session.add(task)


def _poll(meeting: Meeting, raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    poll = Poll(id=new_id(), meeting_id=meeting.id, closes_at=now() + timedelta(days=8))
    for days in raw["dates"]:
        day = _weekday(days)
        poll.options.append(PollOption(id=new_id(), starts_at=at(day, raw["de"]), ends_at=at(day, raw["a"])))
    db.session.add(poll)
    db.session.flush()
    for email, answers in (("am.lhoest@habitants.example", ("yes", "maybe", "no")), ("bart@ziekenfonds.example", ("yes", "no", "maybe"))):  # fmt: skip
        for option, answer in zip(poll.options, answers, strict=True):
            db.session.add(PollAnswer(option_id=option.id, person_id=people[email].id, answer=answer))
