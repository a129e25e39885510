"""A personal address under which a calendar programme reads the meetings of its person. One at a time, taken back at will.

Whoever has the address reads what its person may see, and nothing else: only its digest is kept, it opens no account,
and it ends with the access of its person.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from models.access import digest
from models.audit import record
from models.meetings import Meeting, visible
from models.people import Person
from models.replies import CalendarToken
from models.store import db, now

SEEN_EVERY = timedelta(hours=1)
BACK = timedelta(days=400)  # how long a meeting that is over stays in the calendar


def current(person: Person) -> CalendarToken | None:
    """The address in use."""
    mine = (CalendarToken.person_id == person.id, CalendarToken.revoked_at.is_(None))
    return db.session.scalar(
        select(CalendarToken).where(*mine).order_by(CalendarToken.made_at.desc()).limit(1)
    )


def subscribe(person: Person) -> str:
    """A new address, the one before ends; its token, which is kept nowhere. Inside writing()."""
    _end(person)
    token = secrets.token_urlsafe(32)
    db.session.add(CalendarToken(token_hash=digest(token), person_id=person.id))
    record(person, "calendar.subscribed", "person", person.id)
    return token


def revoke(person: Person) -> bool:
    """End the address; False where there was none. Inside writing()."""
    if current(person) is None:
        return False
    _end(person)
    record(person, "calendar.revoked", "person", person.id)
    return True


def _end(person: Person) -> None:
    mine = (CalendarToken.person_id == person.id, CalendarToken.revoked_at.is_(None))
    db.session.execute(update(CalendarToken).where(*mine).values(revoked_at=now()))


def find(token: str) -> CalendarToken | None:
    """The address with this token, ended or not."""
    return db.session.scalar(select(CalendarToken).where(CalendarToken.token_hash == digest(token)))


def is_open(row: CalendarToken) -> bool:
    """Whether it is read now: not ended, and its person may sign in."""
    return row.revoked_at is None and row.person.active


def touch(row: CalendarToken) -> None:
    """Note that it was read, at most once an hour. Inside writing()."""
    late = or_(CalendarToken.seen_at.is_(None), CalendarToken.seen_at < now() - SEEN_EVERY)
    db.session.execute(update(CalendarToken).where(CalendarToken.id == row.id, late).values(seen_at=now()))


def stale(row: CalendarToken) -> bool:
    """Whether a reading is to be noted again."""
    return row.seen_at is None or row.seen_at < now() - SEEN_EVERY


def meetings(person: Person) -> list[Meeting]:
    """The meetings of a calendar programme: those that were convened, with a date, from about a year ago on."""
    told = (Meeting.convened_at.is_not(None), Meeting.starts_at.is_not(None), Meeting.ends_at > now() - BACK)
    return visible(person, *told)


def between(person: Person, start: datetime, end: datetime) -> list[Meeting]:
    """The meetings that begin from `start` on and before `end`, by date."""
    return visible(person, Meeting.starts_at >= start, Meeting.starts_at < end)
