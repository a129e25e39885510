"""★ A meeting while it is held: who is there, whose voice counts, which item is dealt with since when.

Every act has an `op_id` with one effect, as answers to a convocation have (models/answering.py); whether it may be done is
asked again inside its transaction. Lines and decisions are in models/noting.py, votes in models/voting.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import replies
from models.agenda import ACCEPTED, AgendaItem
from models.audit import record
from models.circles import seats
from models.contributions import ABSENT, EXCUSED, HERE, REMOTE, Attendance, attendance_of
from models.fiche.journal import Operation, canonical
from models.fiche.saving import Reused
from models.meetings import Meeting, MeetingState
from models.names import fold
from models.people import Person
from models.replies import COMING, PROXY, WAITING, Reply
from models.replies import REMOTE as COMING_REMOTE
from models.rights import can
from models.store import db, new_id, now, writing
from models.taking import Taken

FAR = timedelta(days=30)  # how late a device may tell of something at its own time
LONGEST_NAME = 200
MOST_NAMES = 200
SCHEMA = 1
EXPECTED, UNKNOWN, LEFT = "expected", "unknown", "left"
STATES: dict[str, Any] = {
    HERE: _l("Sur place"),
    REMOTE: _l("À distance"),
    LEFT: _l("Partie, parti"),
    EXPECTED: _l("Attendu·e"),
    UNKNOWN: _l("Pas de nouvelles"),
    EXCUSED: _l("Excusé·e"),
    ABSENT: _l("Absent·e"),
}
WHY: dict[str, Any] = {
    MeetingState.PREPARED: _l("Cette réunion n’est pas encore convoquée. Convoquez-la, puis revenez ici."),
    MeetingState.CONVENED: _l(
        "Cette réunion n’a pas encore commencé. On peut l’écrire à partir de douze heures avant."
    ),
    MeetingState.APPROVED: _l(
        "Le procès-verbal est approuvé\u00a0: il ne change plus. Pour corriger, faites-en une nouvelle version."
    ),
    MeetingState.CANCELLED: _l("Cette réunion est annulée\u00a0: il n’y a rien à noter."),
}


@dataclass(frozen=True)
class Act:
    """Who does something, and when. at: on the clock of the device, None for this moment; base: `op:UUID` of the act
    before it on that device; late: sent by a device, where an `op_id` that meant something else is refused."""

    op_id: str
    by: Person
    at: datetime | None = None
    late: bool = False
    base: str = ""


class NotYours(LookupError):
    """This person may not do that, or it is not there."""


class Shut(Exception):
    """Nothing is written in this meeting now. str(): why, and what then."""


class BadNote(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Effect:
    """What an act did. seen: marks of the document after it, for who goes on from there (models/sides.py)."""

    id: str
    rev: int
    more: dict[str, Any]
    seen: str = ""


def shut(meeting: Meeting) -> str:
    """Why nobody can write in this meeting now, in a sentence; "" where one can."""
    if meeting.state in (MeetingState.HELD, MeetingState.PROPOSED):
        return ""
    return "" if meeting.state == MeetingState.CONVENED and meeting.near else str(WHY[meeting.state])


def once(
    meeting_id: str, act: Act, kind: str, said: Mapping[str, Any], effect: Callable[[Meeting, Person, datetime], Effect],
    right: str = "minutes.lead",
) -> Taken:  # fmt: skip
    """Do it once, in one transaction. kind, said: what is done, for the journal. Raises NotYours, Shut, BadNote, Reused.

    right: who may, whatever the state of the meeting; the state is asked apart, so that it can be said.
    """
    with writing():
        meeting, by = db.session.get(Meeting, meeting_id), db.session.get_one(Person, act.by.id)
        if meeting is None or not can(by, right, meeting):
            raise NotYours(meeting_id)
        digest = canonical(f"{kind} {meeting_id}", dict(said), {}, None)
        known = db.session.get(Operation, act.op_id)
        if known:
            if known.person_id == by.id and known.document_kind == kind and known.digest == digest:
                return Taken(known.receipt, replayed=True)
            if act.late:
                raise Reused(act.op_id)
            act = replace(act, op_id=new_id())  # the page was sent before: another act
        if sentence := shut(meeting):
            raise Shut(sentence)
        done = effect(meeting, by, moment(act.at))
        receipt = {"op_id": act.op_id, "id": done.id, "rev": done.rev, **done.more}
        db.session.add(
            Operation(op_id=act.op_id, person_id=by.id, digest=digest, document_kind=kind, document_id=done.id,
                      rev=done.rev, receipt=receipt, content={"seen": done.seen})
        )  # fmt: skip
        return Taken(receipt)


def moment(said: datetime | None) -> datetime:
    """When it happened: as the device says, unless its clock runs ahead or is far behind."""
    at = now()
    return said if said and at - FAR <= said <= at else at


# ---- who is there


@dataclass(frozen=True)
class Place:
    """Somebody of this meeting. role: of a seat in the circle, "" for a guest; reply: what they had answered; row: what was
    noted of them; name: as one reads it."""

    name: str
    person: Person | None = None
    role: str = ""
    reply: Reply | None = None
    row: Attendance | None = None

    @property
    def ref(self) -> str:
        """The id by which an act names them: of the person, else of what was noted."""
        return self.person.id if self.person else self.row.id if self.row else ""

    @property
    def state(self) -> str:
        """A key of STATES: what was noted, else what the answer lets expect."""
        if self.row:
            return LEFT if self.row.present and self.row.left_at else self.row.state
        answer = self.reply.answer if self.reply else WAITING
        if answer in (COMING, COMING_REMOTE):
            return EXPECTED
        return UNKNOWN if answer == WAITING else EXCUSED

    @property
    def there(self) -> bool:
        """Whether they are in the room now, or on the line."""
        return self.state in (HERE, REMOTE)

    @property
    def came(self) -> bool:
        """Whether they were there, be it for a while."""
        return bool(self.row and self.row.present)

    @property
    def carrier(self) -> Person | None:
        """Who was to carry their voice."""
        return self.reply.proxy if self.reply and self.reply.answer == PROXY else None


def roll(meeting: Meeting) -> list[Place]:
    """Everybody: who sits in the circle by role, who was invited, who came besides. Three queries."""
    asked = {row.person_id: row for row in replies.of(meeting)}
    noted = attendance_of(meeting)
    mine = {row.person_id: row for row in noted if row.person_id}
    out: dict[str, Place] = {}
    for seat in seats(meeting.circle):
        one = seat.person_id
        out[one] = Place(seat.person.name, seat.person, seat.role, asked.get(one), mine.get(one))
    for one, row in asked.items():
        out.setdefault(one, Place(row.person.name, row.person, "", row, mine.get(one)))
    for one, came in mine.items():
        if came.person:
            out.setdefault(one, Place(came.person.name, came.person, "", None, came))
    return [*out.values(), *(Place(row.name or "", row=row) for row in noted if not row.person_id)]


@dataclass(frozen=True)
class Voice:
    """One voice that is there. carrier: who carries it, None for who is there in person."""

    person: Person
    carrier: Person | None = None


def voices(meeting: Meeting, places: Iterable[Place] | None = None) -> list[Voice]:
    """The voices that are there: of those present who have one, and of those who gave theirs to one of them. Once the
    meeting was held: that were there, be it for a while."""
    places = list(places) if places is not None else roll(meeting)
    have, over = meeting.circle.voice_ids, meeting.state != MeetingState.CONVENED
    known = [(p, p.person, p.there or (over and p.came)) for p in places if p.person and p.person.id in have]
    there = {person.id: person for _place, person, here in known if here}
    given = [
        (person, p.carrier) for p, person, here in known if not here and p.carrier and p.carrier.id in there
    ]
    return [*(Voice(person) for person in there.values()), *(Voice(*pair) for pair in given)]


def voice_of(meeting: Meeting, person_id: str) -> Voice | None:
    """One of `voices`, without reading all of them: many vote at once."""
    have, over = meeting.circle.voice_ids, meeting.state != MeetingState.CONVENED
    answer = replies.reply_of(meeting.id, person_id)
    carrier = answer.proxy_id if answer and answer.answer == PROXY else None
    wanted = Attendance.person_id.in_([person_id, carrier])
    rows = {row.person_id: row for row in db.session.scalars(select(Attendance).where(Attendance.meeting_id == meeting.id, wanted))}  # fmt: skip
    there = {one for one, row in rows.items() if one in have and row.present and (over or not row.left_at)}
    if person_id in there:
        return Voice(db.session.get_one(Person, person_id))
    if person_id in have and answer and carrier in there:
        return Voice(answer.person, answer.proxy)
    return None


@dataclass(frozen=True)
class Quorum:
    """How many voices are there, and how many must be; needed 0: none is asked."""

    there: int
    needed: int

    @property
    def reached(self) -> bool:
        return self.there >= self.needed


def quorum(meeting: Meeting, there: Iterable[Voice]) -> Quorum:
    """Voices that are carried count."""
    return Quorum(len(list(there)), meeting.circle.quorum)


ACTS = (HERE, REMOTE, "leave", EXCUSED, ABSENT)


def attend(meeting_id: str, ref: str, what: str, act: Act) -> Taken:
    """Somebody arrives (here, remote; who left comes back), leaves, is excused or absent. ref: Place.ref. Raises as `once`."""

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        place = next((p for p in roll(meeting) if p.ref == ref), None)
        if place is None or what not in ACTS:
            raise NotYours(ref)
        row = place.row or Attendance(id=new_id(), meeting_id=meeting.id, person_id=ref, state=ABSENT, rev=0)
        _note(row, what, at, _begun(meeting))
        db.session.add(row)
        return _attended(meeting, row, what, by)

    return once(meeting_id, act, "attendance", {"of": ref, "what": what}, effect)


def _note(row: Attendance, what: str, at: datetime, begun: bool) -> None:
    """Who comes once an item is dealt with is late, and the hour is kept; who comes back keeps it."""
    if what in (HERE, REMOTE):
        if not row.present:
            row.arrived_at = at if begun else None
        row.state, row.left_at = what, None
    elif what == "leave":
        row.state = row.state if row.present else HERE
        row.left_at = at
    else:
        row.state, row.arrived_at, row.left_at = what, None, None


def _attended(meeting: Meeting, row: Attendance, what: str, by: Person) -> Effect:
    row.rev, row.noted_by = row.rev + 1, by.id
    db.session.flush()
    record(by, "sitting.attendance", "meeting", meeting.id, row=row.id, what=what)
    return Effect(row.id, row.rev, {"state": row.state})


def welcome(meeting_id: str, name: str, act: Act) -> Taken:
    """Somebody came who is not in the base, by their name; who is known by it is noted as such. Raises as `once`."""

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        places = roll(meeting)
        if not fold(name):
            raise BadNote({"name": _l("Écrivez le nom de la personne qui est là.")})
        if len(name) > LONGEST_NAME or len(places) >= MOST_NAMES + len(meeting.circle.member_ids):
            raise BadNote({"name": _l("Ce nom est trop long, ou la liste est pleine. Raccourcissez-le.")})
        same = next((p for p in places if fold(p.name) == fold(name)), None)
        row = same.row if same else None
        if row is None:
            person_id = same.person.id if same and same.person else None
            row = Attendance(id=new_id(), meeting_id=meeting.id, person_id=person_id, state=ABSENT, rev=0)
            row.name = None if person_id else name
        _note(row, HERE, at, _begun(meeting))
        db.session.add(row)
        return _attended(meeting, row, HERE, by)

    return once(meeting_id, act, "attendance", {"name": name}, effect)


# ---- the clock


def _items(meeting: Meeting) -> list[AgendaItem]:
    wanted = (AgendaItem.meeting_id == meeting.id, AgendaItem.state == ACCEPTED)
    return list(db.session.scalars(select(AgendaItem).where(*wanted).order_by(AgendaItem.place)))


def _begun(meeting: Meeting) -> bool:
    return any(item.begun_at for item in _items(meeting))


def current(items: Iterable[AgendaItem]) -> AgendaItem | None:
    """The item that is dealt with now: the last one that was begun and not ended."""
    under_way = [item for item in items if item.begun_at and not item.ended_at]
    return max(under_way, key=lambda item: item.begun_at or now(), default=None)


def clock(meeting_id: str, item_id: str, what: str, act: Act) -> Taken:
    """Begin an item, which ends the one before; or end it. An item that is taken up again keeps its first hour. Raises as `once`."""

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        rows = _items(meeting)
        item = next((one for one in rows if one.id == item_id), None)
        if item is None or what not in ("begin", "end"):
            raise NotYours(item_id)
        for other in rows:
            if other.begun_at and not other.ended_at and (what == "end") == (other.id == item_id):
                other.ended_at = max(at, other.begun_at)
        if what == "begin":
            item.begun_at, item.ended_at = item.begun_at or at, None
        db.session.flush()
        record(by, "sitting.clock", "meeting", meeting.id, item=item.id, what=what)
        return Effect(item.id, item.rev, {"what": what})

    return once(meeting_id, act, "clock", {"item": item_id, "what": what}, effect)
