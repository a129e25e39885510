"""Events as an iCalendar file (RFC 5545, RFC 5546), as calendar programmes and mail readers take them.

Knows no word of the domain. Times are written in their own time zone, which the file describes (VTIMEZONE), so that a
programme without a list of zones still shows the right hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
PRODUCT = "-//Tablee//Tablee 1.0//FR"
MEDIA_TYPE = "text/calendar"
# What begins so is a formula for a spreadsheet, into which people carry their calendars.
FORMULA = re.compile(r"^(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
# Signs that end a line somewhere, or that nobody sees.
UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)
ADDRESS = re.compile(r"[^\s@<>\"',;:\\]+@[^\s@<>\"',;:\\]+")
WEB = re.compile(r"https?://[^\s\"<>\\^`{|}]+")


@dataclass(frozen=True)
class Party:
    """Somebody with an address. One whose address cannot stand in the file is left out."""

    name: str
    email: str


@dataclass(frozen=True)
class Event:
    """One event. uid: the same for all its versions; sequence: of the version, from 0; stamp: when it was written.

    starts, ends: aware instants; timezone: a name of the tz database. description may have several lines; url: a web
    address or "".
    """

    uid: str
    sequence: int
    stamp: datetime
    starts: datetime
    ends: datetime
    timezone: str
    title: str
    description: str = ""
    place: str = ""
    url: str = ""
    cancelled: bool = False
    organizer: Party | None = None
    attendee: Party | None = None


def tidy(text: str, *, lines: bool = False) -> str:
    """Text that ends no property and is no formula. lines: line ends stay, as line ends of the text."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = UNSEEN.sub(" ", text if lines else text.replace("\n", " "))
    rows = [" ".join(row.split(" ")).strip() for row in text.split("\n")]
    return "\n".join(FORMULA.sub("'", row) for row in rows).strip()


def calendar(events: Iterable[Event], *, method: str = PUBLISH, name: str = "") -> bytes:
    """A file with these events. method: REQUEST or CANCEL for one that goes by mail, PUBLISH for one to subscribe to."""
    from icalendar import Calendar

    out = Calendar()
    out.add("prodid", PRODUCT)
    out.add("version", "2.0")
    out.add("calscale", "GREGORIAN")
    out.add("method", method)
    if name:
        out.add("x-wr-calname", tidy(name))
        out.add("name", tidy(name))
    known = list(events)
    for event in known:
        out.add_component(_component(event))
    if known:
        # The rules of a zone for the years that are spoken of; all of them since 1970 are three times the file.
        years = [moment.year for event in known for moment in (event.starts, event.ends)]
        out.add_missing_timezones(first_date=date(min(years) - 1, 1, 1), last_date=date(max(years) + 2, 1, 1))
    data: bytes = out.to_ical()
    return data


def _component(event: Event) -> Any:
    from icalendar import Event as Component

    zone, out = ZoneInfo(event.timezone), Component()
    out.add("uid", tidy(event.uid))
    out.add("sequence", event.sequence)
    out.add("dtstamp", event.stamp.astimezone(UTC))
    out.add("last-modified", event.stamp.astimezone(UTC))
    out.add("dtstart", event.starts.astimezone(zone))
    out.add("dtend", event.ends.astimezone(zone))
    out.add("summary", tidy(event.title))
    out.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    out.add("transp", "TRANSPARENT" if event.cancelled else "OPAQUE")
    if event.place:
        out.add("location", tidy(event.place))
    if event.description:
        out.add("description", tidy(event.description, lines=True))
    if WEB.fullmatch(event.url):
        out.add("url", event.url)
    _parties(out, event)
    return out


def _parties(out: Any, event: Event) -> None:
    """Who calls and who is called. No answer is asked of the programme: ours is a page."""
    from icalendar import vCalAddress

    for key, party in (("organizer", event.organizer), ("attendee", event.attendee)):
        if party is None or not ADDRESS.fullmatch(party.email) or not party.email.isascii():
            continue
        address = vCalAddress(f"mailto:{party.email}")
        said = re.sub(r"[\"^:;,]", " ", tidy(party.name))
        address.params["CN"] = " ".join(said.split())
        if key == "attendee":
            address.params["ROLE"] = "REQ-PARTICIPANT"
            address.params["PARTSTAT"] = "NEEDS-ACTION"
            address.params["RSVP"] = "FALSE"
        out.add(key, address, encode=0)
