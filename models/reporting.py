"""The report of a group to a committee: composed from what was done, written, attached to an item of an agenda.

All acts stand inside writing(). What is composed is a beginning: the text belongs to who writes it. A closed group's
beginning says how many, and names nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import meetings, planning
from models.agenda import ACCEPTED, AgendaItem
from models.audit import record
from models.candidates import leaders
from models.circles import Circle
from models.decisions import Decision
from models.deliveries import mail
from models.editions import LOCAL
from models.gathering import BadWork
from models.groups import DONE, DRAFT, SENT, Production, Report
from models.lengths import too_long
from models.meetings import Meeting, MeetingState
from models.notes import Note
from models.people import Person
from models.rights import can, report_open
from models.seating import Stale
from models.statements import NO_LIMIT, Rows, statement
from models.store import db, new_id, now
from models.tasks import Task, TaskState, today
from models.workflow import Refused

LENGTHS = {"title": 200, "body": 20_000}
MOST_LINES = 100  # of one part of what is composed
MOST_SIGNS = 300  # of one line
MINUTES = 10  # of the item that is made for it
HELD = (MeetingState.HELD, MeetingState.PROPOSED, MeetingState.APPROVED)


# ---- reading


def report_by_id(report_id: str) -> Report | None:
    return db.session.get(Report, report_id)


@statement
def _reports_of(circle_id: Any, most: Any) -> Rows:
    query = select(Report).where(Report.circle_id == circle_id)
    return query.order_by(Report.changed_at.desc(), Report.id).limit(most)


def reports_of(circle_id: str, limit: int = NO_LIMIT) -> list[Report]:
    """Those of a group, the latest first."""
    return _reports_of.all(circle_id, limit)


def attached(items: Iterable[AgendaItem]) -> dict[str, list[Report]]:
    """By id of an item: the reports that were sent to it and are not written again; in one query."""
    out: dict[str, list[Report]] = {}
    wanted = (Report.item_id.in_([item.id for item in items]), Report.state == SENT)
    for row in db.session.scalars(select(Report).where(*wanted).order_by(Report.sent_at, Report.id)).unique():
        if not report_open(row):
            out.setdefault(str(row.item_id), []).append(row)
    return out


def coming(person: Person) -> list[Meeting]:
    """The committee meetings to come that this person may see, the next one first."""
    return meetings.coming(person, committees=True)


def items_of(meetings: Iterable[Meeting]) -> dict[str, list[AgendaItem]]:
    """By id of a meeting: the items to which a report may be attached; in one query."""
    ids = [meeting.id for meeting in meetings]
    where = (AgendaItem.meeting_id.in_(ids), AgendaItem.state == ACCEPTED, AgendaItem.carried == "")
    out: dict[str, list[AgendaItem]] = {one: [] for one in ids}
    for item in db.session.scalars(select(AgendaItem).where(*where).order_by(AgendaItem.place)):
        out[item.meeting_id].append(item)
    return out


# ---- composing


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    return (
        datetime.combine(first, time.min, LOCAL),
        datetime.combine(last + timedelta(days=1), time.min, LOCAL),
    )


def _line(text: str) -> str:
    one = " ".join(text.split())
    return f"- {one if len(one) <= MOST_SIGNS else one[: MOST_SIGNS - 1].rstrip() + '…'}"


def _day(at: datetime | date) -> str:
    """A day as one reads it; in French the first of a month is its 1er."""
    day = at.astimezone(LOCAL).date() if isinstance(at, datetime) else at
    said = str(format_date(day, "d MMMM y"))
    return f"1er{said[1:]}" if day.day == 1 and str(get_locale() or "fr")[:2] == "fr" else said


def _done(circle: Circle, first: date, last: date, by: Person) -> list[tuple[str, list[str]]]:
    """(title of a part, its lines): what happened on these days and what its writer may see of it."""
    begin, end = _span(first, last)
    held = db.session.scalars(
        select(Meeting)
        .where(Meeting.circle_id == circle.id, Meeting.state.in_(HELD), Meeting.starts_at >= begin, Meeting.starts_at < end)
        .order_by(Meeting.starts_at)
    ).unique()  # fmt: skip
    stands = (Decision.removed_at.is_(None), Decision.beside_id.is_(None))
    decided = db.session.scalars(
        select(Decision)
        .where(Decision.circle_id == circle.id, Decision.decided_at >= begin, Decision.decided_at < end, *stands)
        .order_by(Decision.number)
    ).unique()  # fmt: skip
    done = db.session.scalars(
        select(Task.what)
        .where(Task.circle_id == circle.id, Task.state == TaskState.DONE, Task.ended_at >= begin, Task.ended_at < end)
        .order_by(Task.ended_at).limit(MOST_LINES)
    )  # fmt: skip
    made = db.session.scalars(
        select(Production)
        .where(Production.circle_id == circle.id, Production.state == DONE, Production.ended_at >= begin, Production.ended_at < end)
        .order_by(Production.ended_at).limit(MOST_LINES)
    )  # fmt: skip
    written = db.session.scalars(
        select(Note.title)
        .where(Note.circle_id == circle.id, Note.removed_at.is_(None), Note.changed_at >= begin, Note.changed_at < end)
        .order_by(Note.changed_at).limit(MOST_LINES)
    )  # fmt: skip
    return [
        (_("Réunions tenues"), [_line(f"{_day(m.starts_at)}\u00a0: {m.title}") for m in held if m.starts_at and can(by, "meeting.see", m)]),
        (_("Décisions"), [_line(f"{d.number}\u00a0: {d.text}") for d in decided if not d.voting and can(by, "decision.see", d)]),
        (_("Tâches faites"), [_line(what) for what in done]),
        (_("Productions terminées"), [_line(f"{p.title} – {p.words}" if p.words else p.title) for p in made]),
        (_("Notes écrites ou reprises"), [_line(title) for title in written]),
    ]  # fmt: skip


def compose(circle: Circle, first: date, last: date, by: Person) -> str:
    """A beginning in Markdown. Names of people are not in it; of a closed group it says how many alone."""
    out = [_("Du %(first)s au %(last)s.", first=_day(first), last=_day(last))]
    for title, lines in _done(circle, first, last, by):
        if not lines:
            continue
        told = lines[:MOST_LINES]
        if circle.closed:
            told = [_line(ngettext("Une, à dire en vos mots.", "%(num)s, à dire en vos mots.", len(lines)))]
        out += [f"# {title}", "\n".join(told)]
    if len(out) == 1:
        out.append(_("Rien n’est noté ici pour ces jours-là. Dites en vos mots ce que le groupe a fait."))
    return "\n\n".join([*out, f"# {_('Ce que le groupe demande au comité')}", ""])


# ---- acts


def period_problems(first: date | None, last: date | None) -> dict[str, Any]:
    """Why a report cannot speak of these days."""
    out: dict[str, Any] = {}
    for name, day in (("first_on", first), ("last_on", last)):
        if not isinstance(day, date) or not 2000 <= day.year <= 2100:
            out[name] = _l("Écrivez une date de 2000 à 2100.")
    if not out and first and last and last < first:
        out["last_on"] = _l("Le dernier jour vient avant le premier. Changez l’un des deux.")
    elif not out and first and first > today():
        out["first_on"] = _l("Ce jour est à venir. Un rapport dit ce qui a été fait.")
    return out


def add_report(circle: Circle, values: Mapping[str, Any], by: Person) -> Report:
    """A draft with its beginning. Raises BadWork."""
    first, last = values.get("first_on"), values.get("last_on")
    found = period_problems(first, last)
    if found or first is None or last is None:
        raise BadWork(found)
    row = Report(
        id=new_id(), circle_id=circle.id, title=_title(circle), first_on=first, last_on=last,
        body=compose(circle, first, last, by), made_by=by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(by, "report.made", "report", row.id, circle=circle.id)
    return row


def problems(values: Mapping[str, Any]) -> dict[str, Any]:
    """Why this text cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Donnez un titre au rapport.")
    return out


def change_report(row: Report, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadWork; Refused once it was sent."""
    if not report_open(row):
        raise Refused(_l("Ce rapport est parti. Il ne change plus\u00a0; écrivez-en un autre."))
    if row.rev != rev:
        raise Stale
    if found := problems(values):
        raise BadWork(found)
    new = {"title": values["title"], "body": values.get("body") or ""}
    changed = [name for name, value in new.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, new[name])
    if changed:
        row.rev, row.changed_at = row.rev + 1, now()
        record(by, "report.changed", "report", row.id, rev=row.rev, fields=changed)
    db.session.flush()
    return changed


def send(row: Report, meeting: Meeting | None, item_id: str | None, by: Person) -> AgendaItem:
    """Attach it to an item of a committee meeting to come, or to a new one (item_id None); it is frozen then.

    Who prepares that meeting gives the item its place, or names one of its items; anybody else proposes a new one. Raises
    Refused, BadWork.
    """
    if not report_open(row):
        raise Refused(_l("Ce rapport est parti entre-temps. Il ne change plus."))
    if not row.body.strip():
        raise Refused(_l("Ce rapport est vide. Écrivez-le d’abord, puis envoyez-le."))
    if meeting is None or meeting.id not in {one.id for one in coming(by)}:
        raise BadWork({"at": _l("Choisissez une réunion à venir dans la liste.")})
    item = _item(row, meeting, item_id, by)
    row.state, row.item_id, row.sent_by, row.sent_at = SENT, item.id, by.id, now()
    row.rev, row.changed_at = row.rev + 1, now()
    db.session.flush()
    db.session.expire(row, ["item"])
    record(by, "report.sent", "report", row.id, meeting=meeting.id, item=item.id)
    for leader in leaders(meeting.circle):
        if leader.id != by.id:
            mail(leader, "report_sent", report=row.id)
    return item


def _title(circle: Circle) -> str:
    """An agenda and its papers are read by more people than those who know of a closed group."""
    return (
        _("Rapport d’un groupe") if circle.closed else _("Rapport\u00a0: %(title)s", title=circle.title)[:200]
    )


def _item(row: Report, meeting: Meeting, item_id: str | None, by: Person) -> AgendaItem:
    prepares = can(by, "meeting.edit", meeting)
    if item_id and not prepares:
        raise BadWork({"at": _l("Qui prépare cette réunion choisit parmi ses points. Proposez-lui un point, il portera ce rapport.")})  # fmt: skip
    if item_id:
        known = next((one for one in items_of([meeting])[meeting.id] if one.id == item_id), None)
        if known is None:
            raise BadWork({"at": _l("Ce point n’est plus à l’ordre du jour. Choisissez-en un autre.")})
        return known
    values = {"title": _title(row.circle), "nature": "INF", "minutes": MINUTES, "presenter": by.name}
    try:
        return planning.add_item(meeting, values, by, proposed=not prepares)
    except planning.BadItem as bad:
        raise BadWork({"at": next(iter(bad.problems.values()))}) from bad


def remove(row: Report, by: Person) -> None:
    """A draft that nobody wants is thrown away. Raises Refused once it was sent."""
    if row.state != DRAFT:
        raise Refused(_l("Ce rapport est parti. Il reste dans l’histoire du groupe."))
    record(by, "report.removed", "report", row.id, circle=row.circle_id)
    db.session.delete(row)
    db.session.flush()
