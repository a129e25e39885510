"""Making meetings and changing them: from nothing, from the last one, a series; the poll of dates. Inside writing()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from models import notices, planning
from models.agenda import items
from models.audit import record
from models.circles import Circle, seats
from models.editions import LOCAL, current_edition
from models.lengths import too_long
from models.meetings import Meeting, MeetingState, Poll, PollOption
from models.numbers import next_in_year
from models.people import BadPerson, Person, tidy_email
from models.seating import Stale
from models.store import db, new_id, now
from models.vocabularies import terms

FIELDS = (
    "title", "words", "starts_at", "ends_at", "place", "link", "languages", "reply_by", "contact_name", "contact_email",
    "contact_phone", "remind_days",
)  # fmt: skip
COPIED = (
    "title",
    "place",
    "link",
    "languages",
    "contact_name",
    "contact_email",
    "contact_phone",
    "remind_days",
)
# What those who come must hear of when it changes after the convocation.
TOLD = frozenset({"title", "starts_at", "ends_at", "place", "link", "reply_by"})
LENGTHS = {"title": 200, "words": 3000, "place": 300, "link": 500, "contact_name": 200, "contact_phone": 60}
LONGEST = timedelta(hours=14)
MOST_SERIES = 12
MOST_OPTIONS = 12
RULES: dict[str, Any] = {
    "month": _l("Chaque mois, le même jour de la semaine"),
    "fortnight": _l("Toutes les deux semaines"),
    "week": _l("Chaque semaine"),
}


class BadMeeting(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def _span(starts: datetime | None, ends: datetime | None) -> dict[str, Any]:
    if starts is None and ends is None:
        return {}
    if starts is None:
        return {"starts_at": _l("Donnez aussi le jour et l’heure du début.")}
    if ends is None:
        return {"ends_at": _l("Donnez aussi l’heure de la fin.")}
    if not 2000 <= starts.year <= 2100:
        return {"starts_at": _l("Écrivez une date de 2000 à 2100.")}
    if ends <= starts:
        return {"ends_at": _l("La fin vient avant le début. Changez l’une des deux heures.")}
    if ends - starts > LONGEST:
        return {"ends_at": _l("Cela ferait plus de 14 heures. Faites-en deux réunions.")}
    return {}


def problems(values: Mapping[str, Any]) -> dict[str, Any]:
    """Why these values cannot stand, by field. Moments are aware."""
    starts = values.get("starts_at")
    out = too_long(values, LENGTHS) | _span(starts, values.get("ends_at"))
    if not values.get("title"):
        out["title"] = _l("Donnez un titre à cette réunion, par exemple «\u00a0Première rencontre\u00a0».")
    reply_by = values.get("reply_by")
    if reply_by and starts and reply_by > starts:
        out["reply_by"] = _l("On répondrait après le début. Choisissez un moment avant.")
    link = values.get("link")
    if link and not link.startswith(("https://", "http://")):
        out["link"] = _l("Écrivez une adresse complète, qui commence par https://, ou laissez vide.")
    if values.get("contact_email"):
        try:
            tidy_email(values["contact_email"])
        except BadPerson as bad:
            out["contact_email"] = str(bad)
    spoken = (values.get("languages") or "").split()
    if not spoken or any(code not in terms("langue") for code in spoken):
        out["languages"] = _l("Cochez au moins une langue.")
    days = values.get("remind_days")
    if not isinstance(days, int) or not 0 <= days <= 30:
        out["remind_days"] = _l("Écrivez un nombre de jours, de 0 à 30.")
    return out


def next_code(year: int) -> str:
    """The next free code of a year, R-2016-02."""
    return next_in_year(Meeting.code, "R", year)


def add_meeting(
    circle: Circle, values: Mapping[str, Any], by: Person | None, *, source: Meeting | None = None, series: str | None = None
) -> Meeting:  # fmt: skip
    """A new meeting, in preparation, with the items of `source` and what comes by itself. Raises BadMeeting."""
    if found := problems(values):
        raise BadMeeting(found)
    edition = current_edition()
    year = (values.get("starts_at") or now()).astimezone(LOCAL).year
    meeting = Meeting(
        id=new_id(), code=next_code(year), circle_id=circle.id, edition_id=edition.id if edition else None, series=series,
        timezone=LOCAL.key, made_by=by.id if by else None, **{name: values.get(name) for name in FIELDS},
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    record(by, "meeting.made", "meeting", meeting.id, code=meeting.code, circle=circle.id)
    for item in items(source) if source else ():
        if not item.carried:
            planning.add_item(meeting, {name: getattr(item, name) for name in planning.FIELDS}, by)
    planning.bring(meeting, by)
    return meeting


def add_series(
    circle: Circle, values: Mapping[str, Any], rule: str, count: int, by: Person, source: Meeting | None = None
) -> list[Meeting]:  # fmt: skip
    """Several meetings of the same hour by one of RULES. Raises BadMeeting."""
    found = problems(values)
    if rule not in RULES:
        found["rule"] = _l("Choisissez dans la liste.")
    if not 2 <= count <= MOST_SERIES:
        found["count"] = _l("Écrivez un nombre de réunions, de 2 à %(most)s.", most=MOST_SERIES)
    if values.get("starts_at") is None:
        found.setdefault("starts_at", _l("Donnez le jour de la première réunion."))
    if found:
        raise BadMeeting(found)
    series, out = new_id(), []
    first, lasts = values["starts_at"].astimezone(LOCAL), values["ends_at"] - values["starts_at"]
    ahead = first - values["reply_by"] if values.get("reply_by") else None
    for day in days_of(first.date(), rule, count):
        starts = datetime.combine(day, first.time(), LOCAL)
        dates = {
            "starts_at": starts,
            "ends_at": starts + lasts,
            "reply_by": starts - ahead if ahead is not None else None,
        }
        out.append(add_meeting(circle, {**values, **dates}, by, source=source, series=series))
    return out


def days_of(first: date, rule: str, count: int) -> list[date]:
    """The days of a series: each week, each second week, or the same weekday of each month (the last where it is 5th)."""
    if rule != "month":
        step = timedelta(weeks=2 if rule == "fortnight" else 1)
        return [first + step * n for n in range(count)]
    nth, out = (first.day - 1) // 7, []
    for n in range(count):
        year, month = divmod(first.month - 1 + n, 12)
        start = date(first.year + year, month + 1, 1)
        days = [
            start + timedelta(days=d) for d in range(31) if (start + timedelta(days=d)).month == start.month
        ]
        same = [day for day in days if day.weekday() == first.weekday()]
        out.append(same[min(nth, len(same) - 1)])
    return out


def copied(meeting: Meeting) -> dict[str, Any]:
    """What a new meeting takes from the last one; the hours too, on a day to be chosen."""
    return {name: getattr(meeting, name) for name in COPIED}


def change_meeting(meeting: Meeting, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Once convened, what matters to those who come is mailed. Raises Stale, BadMeeting."""
    if meeting.rev != rev:
        raise Stale
    if found := problems(values):
        raise BadMeeting(found)
    changed = [name for name in FIELDS if getattr(meeting, name) != values.get(name)]
    for name in changed:
        setattr(meeting, name, values.get(name))
    if changed:
        meeting.rev += 1
        meeting.changed_at = now()
        record(by, "meeting.changed", "meeting", meeting.id, rev=meeting.rev, fields=changed)
        if TOLD & set(changed):
            tell(meeting, changed, by)
    return changed


def tell(meeting: Meeting, changed: Sequence[str], by: Person) -> bool:
    """Mail what changed to those who were convened, with the next sequence; False where nobody was."""
    if meeting.state != MeetingState.CONVENED:
        return False
    meeting.sequence += 1
    record(by, "meeting.told", "meeting", meeting.id, sequence=meeting.sequence)
    notices.updated(meeting, list(changed), by)
    return True


# ---- the poll of dates


def open_poll(
    meeting: Meeting, spans: Sequence[tuple[datetime, datetime]], closes_at: datetime | None, words: str | None, by: Person
) -> Poll:  # fmt: skip
    """Ask the circle which of these dates suits. Raises BadMeeting."""
    found: dict[str, Any] = {}
    if not 2 <= len(set(spans)) <= MOST_OPTIONS:
        found["options"] = _l("Proposez de 2 à %(most)s dates différentes.", most=MOST_OPTIONS)
    elif any(_span(*span) for span in spans):
        found["options"] = _l("Une fin vient avant son début. Relisez les heures.")
    if closes_at and closes_at <= now():
        found["closes_at"] = _l("Ce moment est passé. Choisissez-en un autre, ou laissez vide.")
    if found:
        raise BadMeeting(found)
    poll = Poll(id=new_id(), meeting_id=meeting.id, closes_at=closes_at, words=words, made_by=by.id)
    poll.options = [PollOption(starts_at=s, ends_at=e) for s, e in sorted(set(spans))]
    db.session.add(poll)
    db.session.flush()
    record(by, "poll.opened", "meeting", meeting.id)
    notices.asked_for_dates(poll, [seat.person for seat in seats(meeting.circle)], by)
    return poll


def choose_date(poll: Poll, option_id: str, by: Person) -> bool:
    """This date it is: the meeting has it from now on. False where it is no date of this poll, or one was chosen."""
    option = next((one for one in poll.options if one.id == option_id), None)
    if option is None or poll.closed_at:
        return False
    meeting = poll.meeting
    poll.closed_at, poll.option_id = now(), option.id
    meeting.starts_at, meeting.ends_at = option.starts_at, option.ends_at
    if meeting.reply_by and meeting.reply_by > option.starts_at:
        meeting.reply_by = None
    meeting.rev, meeting.changed_at = meeting.rev + 1, now()
    record(by, "poll.closed", "meeting", meeting.id, option=option.id)
    tell(meeting, ["starts_at", "ends_at"], by)
    return True


def zone_of(meeting: Meeting) -> ZoneInfo:
    return ZoneInfo(meeting.timezone)
