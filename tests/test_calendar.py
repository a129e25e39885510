"""The month and the personal address of a calendar: what one may see, and nothing after it was taken back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from models import convening, subscriptions
from models.circles import Seat
from models.meetings import Meeting
from models.people import Person
from models.replies import CalendarToken
from models.store import db, now, writing
from models.tasks import today
from tests.support.doors import statements
from tests.support.gatherings import LEON, LINK, SAMIRA, meeting, who
from tests.support.hostile import crawl


def made(app, code: str = "GT-ESSAI", **more) -> tuple[str, datetime]:
    """(code, beginning) of a new meeting."""
    with app.app_context():
        row = meeting(code, **more)
        return row.code, row.starts_at


def address_of(client) -> str:
    """The path of a new personal address, as the page shows it."""
    page = client.submit(client.get("/meetings/calendar"), form="/meetings/calendar/address")
    assert page.status_code == 200
    return re.search(r'value="https?://[^/"]+(/meetings/calendar/[^"]+\.ics)"', page.text)[1]


def events(app, path: str) -> dict[str, object]:
    """What a calendar programme reads, by title."""
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return {str(e["SUMMARY"]): e for e in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_the_month_shows_what_one_may_see(demo_app, client_of):
    _, starts = made(demo_app, title="Ouverte")
    made(demo_app, "GT-CLOS", closed=True, title="zzclose")
    made(demo_app, title="zzprepare", convene=False)
    path = f"/meetings/calendar?month={starts:%Y-%m}"
    seen = {role: client_of(role).get(path).text for role in ("committee", "outsider")}
    assert all("Ouverte" in text for text in seen.values())
    assert "zzclose" in seen["committee"]
    assert "zzprepare" in seen["committee"]
    assert not re.search("zzclose|zzprepare", seen["outsider"])  # two letters may stand in a token
    assert "votre réponse manque" in seen["committee"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2016-03", "Mars"), ("2024-02", "Février"), ("2016-13", ""), ("x", ""), ("2016-03-04", "")],
)
def test_any_month_can_be_named_and_a_wrong_one_is_this_one(client_of, text, shown):
    page = client_of("committee").get(f"/meetings/calendar?month={text}")
    assert page.status_code == 200
    assert (shown or str(today().year)) in page.text


def test_a_meeting_late_in_the_evening_stands_on_its_local_day(demo_app, client_of):
    code, _ = made(demo_app, title="Minuit passé")
    with demo_app.app_context(), writing():
        row = db.session.query(Meeting).filter_by(code=code).one()
        row.starts_at = datetime(
            2031, 6, 30, 22, 30, tzinfo=UTC
        )  # half past midnight in Brussels, on the first of July
        row.ends_at = row.starts_at + timedelta(hours=1)
    client = client_of("committee")
    assert "Minuit passé" in client.get("/meetings/calendar?month=2031-07").text
    assert "Minuit passé" not in client.get("/meetings/calendar?month=2031-06").text


def test_the_address_shows_what_its_person_may_see(demo_app, client_of):
    _, starts = made(demo_app, title="Ouverte")
    made(demo_app, "GT-CLOS", closed=True, title="Close")
    made(demo_app, title="En préparation", convene=False)
    leon, outsider = (events(demo_app, address_of(client_of(role))) for role in ("committee", "outsider"))
    assert {"Ouverte", "Close"} <= set(leon)
    assert "En préparation" not in leon
    assert "Ouverte" in outsider
    assert "Close" not in outsider
    assert leon["Ouverte"]["DTSTART"].dt == starts
    assert LINK in str(leon["Ouverte"].get("DESCRIPTION", ""))
    assert LINK not in str(outsider["Ouverte"])
    assert "ATTENDEE" not in leon["Ouverte"]


def test_it_follows_what_happens(demo_app, client_of):
    """A change, a cancellation, and the right that is lost."""
    code, _starts = made(demo_app, "GT-CLOS", closed=True, title="Close")
    path = address_of(client_of("committee"))
    before = events(demo_app, path)["Close"]
    with demo_app.app_context(), writing():
        row = db.session.query(Meeting).filter_by(code=code).one()
        convening.apply(row, "cancel", who(SAMIRA))
    after = events(demo_app, path)["Close"]
    assert (after["STATUS"], after["UID"], after["SEQUENCE"]) == (
        "CANCELLED",
        before["UID"],
        before["SEQUENCE"] + 1,
    )
    with demo_app.app_context(), writing():
        for seat in db.session.query(Seat).filter_by(person_id=who(LEON).id):
            seat.until = now().date()
    assert "Close" not in events(demo_app, path)


@pytest.mark.parametrize("how", ["revoked", "another", "suspended"])
def test_what_was_taken_back_reads_nothing(demo_app, client_of, how):
    made(demo_app)
    client = client_of("committee")
    path = address_of(client)
    assert events(demo_app, path)
    if how == "revoked":
        client.submit(client.get("/meetings/calendar"), form="/meetings/calendar/address/close")
    elif how == "another":
        assert address_of(client) != path
    else:
        with demo_app.app_context(), writing():
            who(LEON).active = False
    answer = demo_app.test_client().get(path)
    assert answer.status_code == 410
    assert b"VEVENT" not in answer.data
    assert demo_app.test_client().get("/meetings/calendar/" + "x" * 43 + ".ics").status_code == 404


def test_the_token_is_kept_nowhere_and_shown_once(demo_app, client_of):
    client = client_of("committee")
    token = address_of(client).rpartition("/")[2].removesuffix(".ics")
    assert token not in client.get("/meetings/calendar").text
    with demo_app.app_context():
        rows = [str(row.__dict__) for row in db.session.query(CalendarToken)]
        assert len(rows) == 1
        assert token not in rows[0]


def test_it_opens_no_account(demo_app, client_of):
    path = address_of(client_of("committee"))
    token, client = path.rpartition("/")[2].removesuffix(".ics"), demo_app.test_client()
    client.get(path)
    assert client.get("/account").status_code == 302
    assert client.get(f"/enter/{token}").status_code == 404
    for found, answer in crawl(client, [f"/meetings/R-2016-01/reply/{token}"], most=3):
        assert answer.status_code in (404, 302, 200), found


def test_reading_is_noted_once_an_hour(demo_app, client_of):
    path = address_of(client_of("committee"))
    token = path.rpartition("/")[2].removesuffix(".ics")

    def seen():
        with demo_app.app_context():
            return subscriptions.find(token).seen_at

    assert seen() is None
    events(demo_app, path)
    first = seen()
    events(demo_app, path)
    assert seen() == first is not None


def test_one_meeting_for_a_calendar(demo_app, client_of):
    code, starts = made(demo_app, "GT-CLOS", closed=True, title="Close")
    answer = client_of("committee").get(f"/meetings/{code}/event.ics")
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["DTSTART"].dt == starts
    assert "Tour de table" in str(event["DESCRIPTION"])
    assert client_of("outsider").get(f"/meetings/{code}/event.ics").status_code == 404


def test_two_hundred_meetings_ask_as_much_as_three(demo_app, client_of):
    _, first = made(demo_app)
    client = client_of("committee")
    path = address_of(client)
    months = f"/meetings/calendar?month={first:%Y-%m}"  # a month without any asks once less

    def asked(address: str) -> int:
        client.get(address)
        with statements(demo_app) as seen:
            client.get(address)
        return sum(not said.startswith(("PRAGMA", "BEGIN")) for said in seen)

    few = [asked(path), asked(months)]
    with demo_app.app_context(), writing():
        row = db.session.query(Meeting).filter_by(title="Rencontre d’essai").first()
        for n in range(200):
            at = first + timedelta(hours=n)
            db.session.add(
                Meeting(code=f"R-2031-{n}", circle_id=row.circle_id, title=f"Réunion {n}", starts_at=at, ends_at=at,
                        state="convened", convened_at=now())
            )  # fmt: skip
        for n in range(500):
            db.session.add(Person(name=f"Personne {n}"))
    assert [asked(path), asked(months)] == few
    assert len(events(demo_app, path)) > 200


def test_another_persons_address_is_their_own(demo_app, client_of):
    made(demo_app, "GT-CLOS", closed=True, title="Close")
    outsider, bart = address_of(client_of("outsider")), address_of(client_of("reader"))
    assert "Close" in events(demo_app, bart)
    client_of("reader").get(outsider)
    assert "Close" not in events(demo_app, outsider)  # whoever is signed in while it is read
