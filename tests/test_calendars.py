"""Calendar files, read back with the library that calendar programmes are compared with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from adapters.calendars import CANCEL, REQUEST, Event, Party, calendar, tidy

STARTS = datetime(2016, 3, 4, 9, tzinfo=UTC)
EVENT = Event(
    uid="5f0c@tablee.example", sequence=0, stamp=datetime(2016, 2, 1, 8, tzinfo=UTC), starts=STARTS,
    ends=STARTS + timedelta(hours=3), timezone="Europe/Brussels", title="Première rencontre",
    description="Tour de table\nAgenda", place="Salle bleue", url="https://tablee.example/meetings/R-2016-01",
    organizer=Party("Secrétariat", "table@plateforme.example"), attendee=Party("Léon Marchal", "leon@chemin.example"),
)  # fmt: skip
HOSTILE = [
    "a\r\nATTENDEE:mailto:x@evil.example", "a\nBEGIN:VALARM", "a\rX-EVIL:1", "a\x0bX:1", "a\x85X:1", "a\u2028X:1",
    "\x00X:1", "a\\nEND:VEVENT", 'a";X="b', "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\uff1d1+1", "\u200b=1+1",
    "\u202etxt", "\ud800", "🎉" * 60,
]  # fmt: skip


def read(data: bytes):
    """(the calendar, its one event)."""
    whole = Calendar.from_ical(data)
    (event,) = whole.walk("VEVENT")
    return whole, event


def test_an_invitation_is_read_back_with_its_zone():
    data = calendar([EVENT], method=REQUEST)
    whole, event = read(data)
    assert str(whole["METHOD"]) == "REQUEST"
    (zone,) = whole.walk("VTIMEZONE")
    assert str(zone["TZID"]) == event["DTSTART"].params["TZID"] == "Europe/Brussels"
    assert event["DTSTART"].dt == STARTS
    assert b"DTSTART;TZID=Europe/Brussels:20160304T100000\r\n" in data
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (EVENT.uid, 0, "CONFIRMED")
    assert str(event["ORGANIZER"]) == "mailto:table@plateforme.example"
    assert event["ATTENDEE"].params["CN"] == "Léon Marchal"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"  # our page takes the answer, not the programme
    assert str(event["DESCRIPTION"]) == EVENT.description
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_the_zone_knows_summer_and_winter():
    summer = replace(
        EVENT, uid="2", starts=datetime(2016, 7, 1, 8, tzinfo=UTC), ends=datetime(2016, 7, 1, 9, tzinfo=UTC)
    )
    data = calendar([EVENT, summer])
    zone = Calendar.from_ical(data).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    offsets = [datetime(2016, month, 4, 12, tzinfo=zone).utcoffset() for month in (3, 7)]
    assert offsets == [timedelta(hours=1), timedelta(hours=2)]
    assert b"T100000\r\n" in data
    assert len(data) < 3000


def test_an_update_and_a_cancellation_are_of_the_same_event():
    later = replace(
        EVENT, sequence=1, starts=STARTS + timedelta(days=7), ends=STARTS + timedelta(days=7, hours=3)
    )
    _, moved = read(calendar([later], method=REQUEST))
    whole, gone = read(calendar([replace(later, sequence=2, cancelled=True)], method=CANCEL))
    assert moved["UID"] == gone["UID"] == EVENT.uid
    assert [moved["SEQUENCE"], gone["SEQUENCE"]] == [1, 2]
    assert (str(whole["METHOD"]), str(gone["STATUS"])) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    """In every place that takes text: no property and no component more, nothing that a spreadsheet would run."""
    people = {"organizer": Party(text, EVENT.organizer.email), "attendee": Party(text, EVENT.attendee.email)}
    event = replace(EVENT, title=text, description=text, place=text, url=text, **people)
    data = calendar([event], method=REQUEST, name=text)
    whole, found = read(data)
    harmless = calendar([replace(EVENT, url="")], method=REQUEST, name="x")
    assert [c.name for c in whole.walk()] == [c.name for c in Calendar.from_ical(harmless).walk()]
    assert set(found) | {"DESCRIPTION", "LOCATION"} == set(read(harmless)[1])
    for key in ("SUMMARY", "LOCATION", "DESCRIPTION"):
        assert not str(found.get(key, "")).startswith(("=", "+", "-", "@", "\uff1d"))
    assert data.count(b"\r\n") == data.count(b"\r") == data.count(b"\n")


def test_the_control_breaks_out():
    """The same text written without care is a property of its own: the test above would notice."""
    data = calendar([EVENT], method=REQUEST).replace(b"SUMMARY:", f"SUMMARY:{HOSTILE[0]}".encode())
    assert set(read(data)[1]) != set(read(calendar([EVENT], method=REQUEST))[1]) or len(
        read(data)[1].get("ATTENDEE")
    ) == 2  # fmt: skip


@pytest.mark.parametrize(
    "address", ["no", "a@b\r\nX:1", "a b@c.example", "léon@chemin.example", 'a"@b.example', "a@b;c"]
)
def test_an_address_that_cannot_stand_is_left_out(address):
    _, event = read(calendar([replace(EVENT, organizer=Party("x", address), attendee=None)]))
    assert "ORGANIZER" not in event


def test_text_keeps_what_people_write():
    assert tidy("Où ? À 10 h – « ici »") == "Où ? À 10 h – « ici »"
    assert tidy("un\r\ndeux", lines=True) == "un\ndeux"
    assert tidy("un\r\n=deux", lines=True) == "un\n'=deux"
