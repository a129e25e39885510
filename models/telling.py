"""News: what is new for somebody since they were told last, and who is to be told now. Its table: models/news.py.

Two moments are apart. When a mail is due, a row of the queue says from when to when it tells, and `told_until` moves in
the same transaction: whatever dies then, nothing is told twice. What it says is read when it leaves, by what its reader
may see at that moment: who left a closed group an hour ago reads no word of it (blueprints/news/mails.py).

Every act takes its time inside its own write transaction, so that whatever happened up to `told_until` stands in the
database when that is written: nothing falls between two mails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload

from models.audit import AuditEvent, record
from models.circles import Circle, Seat, seats_of
from models.decisions import Decision
from models.deliveries import STATES, Mail, mail
from models.editions import LOCAL
from models.exchanges import Notice
from models.exchanging import NOTICE
from models.files import CircleFile, FileVersion
from models.groups import Production, Report
from models.joint_actions import JointAction, Partaking
from models.meetings import Meeting, MeetingState
from models.minutes import Minutes
from models.names import fold
from models.news import AT_ONCE, NEVER, RHYTHMS, WEEKLY, NewsChoice
from models.notes import Note
from models.people import Person
from models.rights import can
from models.statements import few
from models.store import Moment, db, now
from models.tasks import Task
from models.waiting import waiting

TEMPLATE = "news"
WEEKDAY, HOUR = 0, time(7)  # Monday morning, by our clocks
PAUSE = timedelta(hours=1)  # nobody hears more often
MOST = 20  # of a kind: nobody reads more
SEAT, NAMES = "seat", 4  # how many names of those who came


@dataclass(frozen=True)
class Item:
    """One thing that is new. kind: of SOURCES; circle: where, None for a common action; title: nothing else of it is told.

    ref: the code, number or id that its page is named by; fresh: whether it was made since, else it was changed.
    """

    kind: str
    at: datetime
    circle: Circle | None
    title: str
    ref: str
    fresh: bool


Mine, Before = aliased(Seat), aliased(Seat)
# Who sat there until that day has another role, and did not arrive.
_ARRIVED = ~(
    select(Before.id)
    .where(Before.circle_id == Seat.circle_id, Before.person_id == Seat.person_id, Before.until == Seat.since)
    .exists()
)


# An action keeps who proposed it; who changed it last stands in the journal, from its first day on.
_COUNTED = ("action.joined", "action.left", "action.group-asked")  # who counts, which changes nothing of it
_ACTED = (
    select(AuditEvent.person_id)
    .where(AuditEvent.object_kind == "action", AuditEvent.object_id == JointAction.id, AuditEvent.act.not_in(_COUNTED))
    .order_by(AuditEvent.id.desc())
    .limit(few(1))
    .correlate(JointAction)
    .scalar_subquery()
)  # fmt: skip


def _seated(circle_id: Any) -> tuple[Any, Any]:
    return Mine, and_(Mine.circle_id == circle_id, Mine.until.is_(None))


@dataclass(frozen=True)
class Source:
    """Where a kind of news comes from. at, by: when and by whom it happened; hears: who hears of it, and the join to them.

    right: what one needs to hear of it, on `thing` of the row. through: another table that the join needs; loads: what
    the row is read with.
    """

    kind: str
    model: Any
    at: Any
    by: Any
    hears: tuple[Any, Any]
    right: str
    title: Callable[[Any], str]
    ref: Callable[[Any], str]
    where: tuple[Any, ...] = ()
    through: Any = None
    loads: tuple[Any, ...] = ()
    thing: Callable[[Any], Any] = lambda row: row
    circle: Callable[[Any], Circle | None] = lambda row: row.circle

    def of(self, *columns: Any) -> Select[Any]:
        """A query over its rows and those who hear of them."""
        query = select(*columns).select_from(self.model).where(*self.where)
        query = query if self.through is None else query.join(*self.through)
        return query.join(*self.hears)

    @cached_property
    def rows(self) -> Select[Any]:
        """What is told to the person `who` after `since` and not after `until`, by others, the latest first. Written once."""
        who = bindparam("who", type_=String)
        when = (
            self.at > bindparam("since", type_=Moment),
            self.at <= bindparam("until", type_=Moment),
            _by_others(self, who),
        )
        query = self.of(self.model).where(self.hears[0].person_id == who, *when).options(*self.loads)
        return query.order_by(self.at.desc()).limit(few(MOST))


def _sources() -> tuple[Source, ...]:
    held, last = (
        Minutes.meeting,
        and_(FileVersion.file_id == CircleFile.id, FileVersion.rev == CircleFile.rev),
    )
    by_meeting: dict[str, Any] = {
        "through": (held,), "thing": lambda row: row.meeting, "circle": lambda row: row.meeting.circle,
        "title": lambda row: row.meeting.title, "ref": lambda row: row.meeting.code, "loads": (joinedload(held).lazyload(Meeting.circle),),
        "hears": _seated(Meeting.circle_id), "right": "minutes.see",
    }  # fmt: skip
    one_meeting: dict[str, Any] = {"hears": _seated(Meeting.circle_id), "right": "meeting.see",
                   "title": lambda row: row.title, "ref": lambda row: row.code, "loads": (lazyload(Meeting.circle),)}  # fmt: skip

    def own(model: Any, right: str, **more: Any) -> dict[str, Any]:
        said = {
            "title": lambda row: row.title,
            "ref": lambda row: row.id,
        }
        return {"model": model, "hears": _seated(model.circle_id), "right": right, **said, **more}

    return (
        Source("meeting", Meeting, Meeting.convened_at, Meeting.made_by, where=(Meeting.state == MeetingState.CONVENED,), **one_meeting),
        Source("cancelled", Meeting, Meeting.cancelled_at, Meeting.made_by, where=(Meeting.convened_at.is_not(None),), **one_meeting),
        Source("proposed", Minutes, Minutes.proposed_at, Minutes.proposed_by, where=(Minutes.state == "proposed",), **by_meeting),
        Source("approved", Minutes, Minutes.approved_at, Minutes.approved_by, **by_meeting),
        Source("decision", at=Decision.made_at, by=Decision.made_by, where=(Decision.removed_at.is_(None), Decision.beside_id.is_(None)),
               **own(Decision, "decision.see", title=lambda row: row.meeting.title, ref=lambda row: row.number,
                     loads=(joinedload(Decision.meeting).lazyload(Meeting.circle),))),
        Source("task", at=Task.made_at, by=Task.made_by, where=(Task.state == "open",), **own(Task, "task.see")),
        Source("done", at=Task.ended_at, by=Task.ended_by, where=(Task.state == "done",), **own(Task, "task.see")),
        Source("note", at=Note.changed_at, by=Note.changed_by, where=(Note.removed_at.is_(None),), **own(Note, "note.see")),
        Source("file", at=CircleFile.changed_at, by=FileVersion.person_id, through=(FileVersion, last),
               where=(CircleFile.removed_at.is_(None),), **own(CircleFile, "file.see")),
        Source("production", at=Production.changed_at, by=Production.changed_by, **own(Production, "production.see")),
        Source("report", at=Report.sent_at, by=Report.sent_by, **own(Report, "report.see")),
        Source("notice", at=Notice.made_at, by=Notice.made_by, where=(Notice.closed_at.is_(None),), **own(Notice, "notice.see", ref=lambda row: f"{NOTICE}-{row.id}")),
        Source(SEAT, at=Seat.made_at, by=Seat.person_id, where=(Seat.until.is_(None), _ARRIVED),
               **own(Seat, "circle.see", title=lambda row: row.person.name, ref=lambda row: row.circle.code,
                     thing=lambda row: row.circle, loads=(joinedload(Seat.person).lazyload(Person.roles),))),
        Source("action", at=JointAction.changed_at, by=func.coalesce(_ACTED, JointAction.made_by),
               **own(JointAction, "action.see", ref=lambda row: row.number, circle=lambda _row: None, loads=(),
                     hears=(Partaking, and_(Partaking.action_id == JointAction.id, Partaking.left_at.is_(None))))),
    )  # fmt: skip


SOURCES = _sources()


def _by_others(source: Source, person_id: Any) -> Any:
    """What one did oneself is no news."""
    return or_(source.by.is_(None), source.by != person_id)


def news(person: Person, since: datetime, until: datetime) -> list[Item]:
    """What happened after `since` and not after `until` in this person's groups, that they may see now, the latest first.

    The number of queries is one more than that of SOURCES, whatever happened.
    """
    out: list[Item] = []
    held = seats_of(
        person
    )  # with their circles, in which all of it happened: none is read again with each row
    for source in SOURCES:
        said = {"who": person.id, "since": since, "until": until}
        rows = db.session.scalars(source.rows, said).unique()
        out += [_item(source, row, since) for row in rows if can(person, source.right, source.thing(row))]
    del held
    return sorted(out, key=lambda item: item.at, reverse=True)


def _item(source: Source, row: Any, since: datetime) -> Item:
    at = getattr(row, source.at.key)
    fresh = getattr(row, "made_at", at) > since
    return Item(source.kind, at, source.circle(row), source.title(row), source.ref(row), fresh)


def by_circle(items: Iterable[Item]) -> list[tuple[Circle | None, list[Item]]]:
    """The same by group, in the order of their names; common actions last. Who came stands on one line, the last one."""
    out: dict[str, tuple[Circle | None, list[Item]]] = {}
    for item in items:
        out.setdefault(item.circle.id if item.circle else "", (item.circle, []))[1].append(item)
    groups = sorted(out.values(), key=lambda pair: (pair[0] is None, fold(pair[0].title) if pair[0] else ""))
    return [(circle, _together(rows)) for circle, rows in groups]


def _together(items: list[Item]) -> list[Item]:
    came, others = [i for i in items if i.kind == SEAT], [i for i in items if i.kind != SEAT]
    names = ", ".join(sorted((i.title for i in came), key=fold)[:NAMES]) + ("…" if len(came) > NAMES else "")
    return [*others, replace(came[0], title=names)] if came else others


def stirred(since: datetime) -> dict[str, datetime]:
    """Id of a person → when something happened last in a group of theirs, by somebody else, after `since`.

    A first look, without rights: one query a source, however many people there are.
    """
    out: dict[str, datetime] = {}
    for source in SOURCES:
        who = source.hears[0].person_id
        query = source.of(who, func.max(source.at)).where(source.at > since, _by_others(source, who))
        for person_id, at in db.session.execute(query.group_by(who)):
            out[person_id] = max(at, out.get(person_id, at))
    return out


# ---- who is told, and when


def last_day(at: datetime) -> datetime:
    """The last Monday at seven by our clocks that is not after `at`, whatever summer time does."""
    local = at.astimezone(LOCAL)
    day = local.date() - timedelta(days=(local.weekday() - WEEKDAY) % 7)
    found = datetime.combine(day, HOUR, LOCAL)
    return found if found <= at else datetime.combine(day - timedelta(days=7), HOUR, LOCAL)


REACHED = (
    Person.active,
    Person.email.is_not(None),
    Person.merged_into.is_(None),
    Person.forgotten_at.is_(None),
)


def strangers() -> list[str]:
    """Ids of those who are to be told news and were not met yet."""
    known = select(NewsChoice.person_id).where(NewsChoice.person_id == Person.id).exists()
    return list(db.session.scalars(select(Person.id).where(*REACHED, ~known)))


def meet(ids: Iterable[str]) -> None:
    """From now on they are told, once a week. Inside writing()."""
    for person_id in ids:
        if db.session.get(NewsChoice, person_id) is None:
            db.session.add(NewsChoice(person_id=person_id, rhythm=WEEKLY, told_until=now()))
    db.session.flush()


def due(at: datetime) -> list[str]:
    """Ids of those to be told now: once a week all, at once those in whose groups something happened."""
    row = NewsChoice
    mine = or_(
        and_(row.rhythm == WEEKLY, row.told_until < last_day(at)), and_(row.rhythm == AT_ONCE, row.told_until <= at - PAUSE)
    )  # fmt: skip
    query = select(row.person_id, row.rhythm, row.told_until).join(Person, Person.id == row.person_id)
    rows = db.session.execute(query.where(*REACHED, mine).order_by(row.person_id)).all()
    waits = [found.told_until for found in rows if found.rhythm == AT_ONCE]
    moved = stirred(min(waits)) if waits else {}
    return [
        found.person_id
        for found in rows
        if found.rhythm == WEEKLY or moved.get(found.person_id, found.told_until) > found.told_until
    ]


def _due(row: NewsChoice, at: datetime) -> bool:
    if row.rhythm == WEEKLY:
        return row.told_until < last_day(at)
    return row.rhythm == AT_ONCE and row.told_until + PAUSE <= at


def tell(person_id: str, at: datetime) -> Mail | None:
    """Queue one mail, where there is something to say. Inside writing(). Called again, it does nothing.

    Once a week what waits is told too. A mail that has not left yet tells of this as well: there is no second one.
    """
    row = db.session.get(NewsChoice, person_id)
    if row is None or not row.person.active or not _due(row, at):
        return None
    since, found = row.told_until, news(row.person, row.told_until, at)
    if row.rhythm == WEEKLY or found:
        row.told_until = at
    if not found and (row.rhythm != WEEKLY or not waiting(row.person).urges):
        return None
    waits = select(Mail).where(STATES["waiting"], Mail.template == TEMPLATE, Mail.person_id == person_id)
    if queued := db.session.scalars(waits.limit(1)).first():
        queued.context = {**queued.context, "until": at.isoformat()}
        return queued
    return mail(row.person, TEMPLATE, since=since.isoformat(), until=at.isoformat())


# ---- what somebody chooses


def choice_of(person: Person) -> NewsChoice:
    """What they chose; who chose nothing is told once a week. The row may not be kept yet."""
    return db.session.get(NewsChoice, person.id) or NewsChoice(person_id=person.id, rhythm=WEEKLY, told_until=now(), stopped_by_link=False)  # fmt: skip


def choose(person: Person, rhythm: str, *, by_link: bool = False) -> bool:
    """Keep a choice; False where it was that already. Inside writing(). Raises KeyError for what is no rhythm.

    Who comes back is told of this week, not of all the time in between.
    """
    if rhythm not in RHYTHMS:
        raise KeyError(rhythm)
    row = db.session.get(NewsChoice, person.id)
    if row is None:
        row = NewsChoice(person_id=person.id, rhythm="", told_until=now())
        db.session.add(row)
    if row.rhythm == rhythm and row.chosen_at:
        return False
    if row.rhythm == NEVER:
        row.told_until = max(row.told_until, last_day(now()))
    row.rhythm, row.chosen_at, row.stopped_by_link = rhythm, now(), by_link and rhythm == NEVER
    record(person, "news.chosen", "person", person.id, rhythm=rhythm, link=by_link)
    db.session.flush()
    return True
