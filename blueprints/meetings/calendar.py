"""The month, one meeting for a calendar, and the personal address that a calendar programme reads."""

from __future__ import annotations

import calendar as days
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import format_date, to_user_timezone
from flask_babel import gettext as _

from adapters import calendars
from blueprints import addresses, gate
from blueprints.accounts.own import me
from blueprints.admin.forms import zone
from blueprints.gate import needs, public
from blueprints.meetings import bp
from blueprints.meetings.loading import meeting as by_code
from blueprints.meetings.mails import event
from blueprints.shell import DOWNLOAD_CSP
from models import agenda, replies, subscriptions
from models.meetings import Meeting
from models.people import Person
from models.rights import can
from models.store import db, now, writing

FIRST, LAST = 2000, 2100  # years that can be looked at


@dataclass(frozen=True)
class Day:
    """One day of the month, with its meetings. here: whether it is of the month that is shown."""

    date: date
    meetings: list[Meeting]
    here: bool
    today: bool


@dataclass(frozen=True)
class Month:
    """A month as weeks of seven days, Monday first."""

    first: date
    weeks: list[list[Day]]

    @property
    def name(self) -> str:
        return str(format_date(self.first, "LLLL y")).replace(" ", "\u00a0")

    @property
    def meetings(self) -> list[Meeting]:
        return [m for week in self.weeks for day in week if day.here for m in day.meetings]

    def address(self, months: int) -> str:
        """The page of another month; "" beyond those that can be looked at."""
        number = self.first.year * 12 + self.first.month - 1 + months
        year, month = divmod(number, 12)
        return url_for("meetings.calendar", month=f"{year}-{month + 1:02d}") if FIRST <= year <= LAST else ""


def month_of(text: str) -> date:
    """The first day of the month that an address names, of this month where it names none."""
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        return date(int(text[:4]), int(text[5:]), 1)
    return to_user_timezone(now()).date().replace(day=1)


def month(first: date, who: Person) -> Month:
    """The month with the meetings that this person may see, on their days in local time."""
    grid = days.Calendar().monthdatescalendar(first.year, first.month)
    start = datetime.combine(grid[0][0], datetime.min.time(), zone())
    end = datetime.combine(grid[-1][-1] + timedelta(days=1), datetime.min.time(), zone())
    by_day: dict[date, list[Meeting]] = {}
    for meeting in subscriptions.between(who, start, end):
        if meeting.starts_at:
            by_day.setdefault(to_user_timezone(meeting.starts_at).date(), []).append(meeting)
    today = to_user_timezone(now()).date()
    return Month(first, [[Day(d, by_day.get(d, []), d.month == first.month, d == today) for d in week] for week in grid])  # fmt: skip


def page(address: str = "") -> str:
    """The month, and what one knows of the address for a calendar programme. address: a new one, shown this once."""
    who = me()
    shown = month(month_of(request.args.get("month", "")), who)
    return render_template(
        "meetings/calendar.html", month=shown, weekdays=[format_date(d.date, "EEEE") for d in shown.weeks[0]], address=address,
        current=subscriptions.current(who), mine=replies.mine(who, [m.id for m in shown.meetings]),
    )  # fmt: skip


@bp.get("/calendar")
@needs("meeting.list")
def calendar() -> str:
    return page()


@bp.post("/calendar/address")
@needs("meeting.list")
def subscribe() -> Any:
    """A new address; it is shown once, since it is kept nowhere."""
    who_id = me().id
    with writing():
        token = subscriptions.subscribe(db.session.get_one(Person, who_id))
    return page(addresses.external("meetings.feed", token=token))


@bp.post("/calendar/address/close")
@needs("meeting.list")
def unsubscribe() -> Any:
    who_id = me().id
    with writing():
        done = subscriptions.revoke(db.session.get_one(Person, who_id))
    if done:
        flash(
            _("L’adresse de votre agenda est fermée. Le programme qui la suivait ne reçoit plus rien."), "ok"
        )
    return redirect(url_for("meetings.calendar"), 303)


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Any:
    """What the person of this address may see, with the rights they have now."""
    row = subscriptions.find(token)
    if row is None:
        abort(404)
    if not subscriptions.is_open(row):
        abort(410)
    who, row_id, stale = row.person, row.id, subscriptions.stale(row)
    # The link to be there from afar is for who is of the meeting.
    events = [event(m, [], afar=can(who, "meeting.papers", m)) for m in subscriptions.meetings(who)]
    data = calendars.calendar(events, name=_("Réunions"))
    if stale:
        with writing():
            subscriptions.touch(db.session.get_one(type(row), row_id))
    return ics(data, "reunions.ics")


@bp.get("/<meeting_code>/event.ics")
@needs("meeting.see", by_code, into="meeting")
def one(meeting: Meeting) -> Any:
    """One meeting, to put into a calendar by hand."""
    if meeting.starts_at is None or meeting.ends_at is None:
        abort(404)
    found = event(meeting, agenda.items(meeting), afar=gate.can("meeting.papers", meeting))
    return ics(calendars.calendar([found]), f"{meeting.code.lower()}.ics")


def ics(data: bytes, name: str) -> Response:
    answer = Response(data, mimetype=calendars.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
