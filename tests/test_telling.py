"""News: what is new for whom, once a week, at once or never; by real mail, one press to stop, and nothing that leaks."""

import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import g
from sqlalchemy import func, insert, select

from adapters import mail as post
from blueprints import jobs
from blueprints.accounts import letters
from blueprints.news import mails, words
from models import acting, circles, producing, seating, telling, waiting
from models.circles import Seat
from models.deliveries import Mail
from models.exchanges import Notice
from models.groups import Production, Report
from models.joint_actions import JointAction, Partaking
from models.meetings import Meeting
from models.minutes import Minutes
from models.news import AT_ONCE, NEVER, RHYTHMS, WEEKLY, NewsChoice
from models.notes import Note
from models.people import Person, by_email
from models.store import db, new_id, now, writing
from tests.support import cast
from tests.support.queries import counted_queries

BART, MONIQUE, ELS, LEON = "bart@ziekenfonds.example", "monique@cafe-papote.example", "els@wijkadem.example", "leon@amis-du-chemin.example"  # fmt: skip
SECRET = "Ce que le groupe fermé écrit"
DAY = timedelta(days=1)


@pytest.fixture
def site(make_app, smtp):
    """A site whose mails go to a real server; nobody is told anything yet, and none waits."""
    app = make_app(
        {"MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port, "MAIL_TIMEOUT": 5, "MAIL_SENDER": "table@tablee.example", "SITE_LANGUAGES": ["fr", "nl"]}, demo=True
    )  # fmt: skip
    with app.app_context():
        with writing():
            for row in db.session.scalars(select(Mail)):
                row.sent_at = now()
            people = db.session.scalars(select(Person).where(Person.active)).all()
            db.session.add_all(NewsChoice(person_id=p.id, rhythm=NEVER, told_until=now()) for p in people)
        yield app


def wants(email: str, rhythm: str, told: timedelta = DAY) -> str:
    """Somebody is told in this rhythm, and was told last that long ago; their id."""
    with writing():
        person = by_email(email)
        row = db.session.get_one(NewsChoice, person.id)
        row.rhythm, row.told_until = rhythm, now() - told
        return person.id


def sent(smtp) -> list:
    """What the worker sends now."""
    before = len(smtp.messages)
    jobs.sweep()
    jobs.sweep()
    return smtp.messages[before:]


def note(code: str, title: str = SECRET, by: str = BART) -> str:
    with writing():
        row = Note(id=new_id(), circle_id=circles.circle_by_code(code).id, title=title, body="Le corps.", made_by=by_email(by).id,
                   changed_by=by_email(by).id)  # fmt: skip
        db.session.add(row)
        return row.id


class Visitor:
    """A client that asks from within the context of a test: each request begins with nothing remembered."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name: str):
        def ask(*given, **more):
            for key in list(g):
                g.pop(key)
            return getattr(self.client, name)(*given, **more)

        return ask


def visitor(site, role: str = "") -> Visitor:
    client = site.test_client()
    return Visitor(cast.sign_in(client, role) if role else client)


# ---- what is new


def test_each_kind_is_told_to_who_sits_there_and_not_to_others_and_not_to_who_did_it(site):
    """One of each in the closed group, made by nobody of it: its members hear of all, an outsider of none."""
    circle = circles.circle_by_code("GT-FIC")
    els = by_email(ELS)
    start = now()
    with writing():
        common = {"circle_id": circle.id, "made_by": els.id}
        meeting = Meeting(id=new_id(), code="R-9000-01", circle_id=circle.id, title="Une réunion", state="convened", convened_at=now(),
                          starts_at=now() + DAY, ends_at=now() + DAY + timedelta(hours=2))  # fmt: skip
        gone = Meeting(id=new_id(), code="R-9000-02", circle_id=circle.id, title="Une autre", state="cancelled", convened_at=start - DAY,
                       cancelled_at=now())  # fmt: skip
        db.session.add_all((meeting, gone))
        db.session.flush()
        db.session.flush()
        db.session.execute(
            insert(telling.Decision).values(
                id=new_id(),
                number="D-9000-01",
                circle_id=circle.id,
                meeting_id=meeting.id,
                text="Une décision",
            )
        )
        for n, state in enumerate(("proposed", "approved"), 1):
            db.session.add(
                Minutes(
                    meeting_id=meeting.id,
                    version=n,
                    state=state,
                    approved_at=now() if state == "approved" else None,
                )
            )
        meeting.state = "minutes_approved"
        db.session.flush()
        db.session.execute(
            insert(telling.Task).values(
                id=new_id(), what="Une tâche", person_id=by_email(BART).id, due_on=date(2030, 1, 1), **common
            )
        )
        db.session.execute(
            insert(telling.Task).values(
                id=new_id(),
                what="Une tâche faite",
                person_id=by_email(BART).id,
                due_on=date(2030, 1, 1),
                state="done",
                ended_at=now(),
                **common,
            )
        )
        file = telling.CircleFile(id=new_id(), title="Un fichier", **common)
        action = JointAction(id=new_id(), number="A-9000-01", title="Une action", made_by=els.id)
        db.session.add_all((file, action, Note(title="Une note", changed_by=els.id, **common), Production(title="Une production", changed_by=els.id, **common),
                            Report(title="Un rapport", first_on=date(2027, 1, 1), last_on=date(2027, 2, 1), sent_at=now(), state="sent", sent_by=els.id, **common),
                            Notice(kind="offer", title="Un savoir", **common), Seat(circle_id=circle.id, person_id=els.id)))  # fmt: skip
        db.session.flush()
        db.session.add(
            telling.FileVersion(
                file_id=file.id,
                rev=1,
                sha256="0" * 64,
                name="f",
                media_type="text/plain",
                size=1,
                person_id=els.id,
            )
        )
        db.session.add(Partaking(action_id=action.id, person_id=by_email(BART).id))
    hears = {email: telling.news(by_email(email), start, now()) for email in (BART, MONIQUE, ELS, LEON)}
    kinds = {source.kind for source in telling.SOURCES}
    # The meeting went on to its minutes: it is not announced any more.
    assert {item.kind for item in hears[BART]} == kinds - {"meeting", "proposed"} | {"proposed"}
    assert {item.kind for item in hears[MONIQUE]} == kinds - {"meeting", "action"}
    # Els came, and hears of what nobody signed; not of what she did.
    assert {item.kind for item in hears[ELS]} == {"cancelled", "proposed", "approved", "decision", "done"}
    assert hears[LEON] == []
    for item in hears[BART]:
        line = words.new(item, external=True)
        assert line.words
        assert item.title in line.title
        assert line.href.startswith("http")
    assert telling.stirred(start).keys() >= {by_email(BART).id, by_email(MONIQUE).id}
    assert by_email(LEON).id not in telling.stirred(start)


def test_who_finishes_a_production_is_not_told_of_it_and_who_made_it_is(site):
    circle = circles.circle_by_code("GT-FIC")
    with writing():
        row = producing.add_production(circle, {"title": "Un tract"}, by_email(MONIQUE))
        production_id = row.id
    start = now()
    with writing():
        producing.mark(db.session.get_one(Production, production_id), "done", by_email(BART))

    def told(email: str) -> list[str]:
        return [i.title for i in telling.news(by_email(email), start, now()) if i.kind == "production"]

    assert (told(BART), told(MONIQUE)) == ([], ["Un tract"])
    with writing():
        producing.change_production(
            db.session.get_one(Production, production_id), {"title": "Deux tracts"}, 2, by_email(MONIQUE)
        )
    assert (told(BART), told(MONIQUE)) == (["Deux tracts"], [])


def test_another_role_is_no_arrival(site):
    circle, monique = circles.circle_by_code("GT-FIC"), by_email(MONIQUE)
    with writing():
        seat = circles.seat_here(circle, monique.id)
        seat.since, seat.made_at, old = seating.today() - 300 * DAY, now() - 300 * DAY, seat.role
    start = now()
    with writing():
        seating.change_seat(
            circles.seat_here(circle, monique.id), "secretary" if old == "member" else "member", None
        )
        assert circles.seat_here(circle, monique.id).made_at > start
        seating.take_seat(circle, by_email(LEON), None)
    assert [i.title for i in telling.news(by_email(BART), start, now()) if i.kind == "seat"] == [
        by_email(LEON).name
    ]


def test_every_kind_of_news_and_of_what_waits_has_its_words():
    assert set(words.NEW) == {source.kind for source in telling.SOURCES}
    code = Path(waiting.__file__).read_text()
    block = code[code.index("lists: dict") : code.index("out = [")]
    assert set(words.ASKED) == set(re.findall(r'"(\w+)":', block))


def test_each_thing_that_waits_leads_to_a_page_that_is_there(site):
    """With invented things of every kind: an address that cannot be built raises, one that is not there is empty."""
    one = SimpleNamespace(
        id="1", code="R-1", ref="F-1", title="Un titre", op_id="2", kind="ask", late=True, starts_at=now(), said="Dites", subject="Vélo",
        circle=SimpleNamespace(code="GT-PLA", title="Plaidoyer"),
    )  # fmt: skip
    one.fiche = one.exchange = one
    paper = SimpleNamespace(
        id="1", kind="D3", fiche=None, meeting=None, circle=None, edition=SimpleNamespace(year=2017)
    )
    things = {"held": (one, one), "remarks": (one, 2), "erased": paper}
    counts = ("to_read", "orphans", "joining", "invited", "lapsed", "lost_mails")
    every = [(kind, 2 if kind in counts else things.get(kind, one)) for kind in words.ASKED]
    lines = words.asked(
        SimpleNamespace(urges=[*every, ("seats", SimpleNamespace(**{**vars(one), "kind": "invite"}))]),
        external=True,
    )
    assert len(lines) == len(words.ASKED) + 1
    assert [line for line in lines if not (line.words and line.href.startswith("http"))] == []


def test_it_takes_as_many_queries_for_much_as_for_little(site):
    person = by_email(BART)
    counts = []
    for more in (1, 12):
        for n in range(more):
            note("GT-FIC", f"Note {n}", by=MONIQUE)
        db.session.rollback()
        counts.append(counted_queries(lambda: telling.news(by_email(BART), now() - DAY, now())))
    assert counts[0] == counts[1] <= len(telling.SOURCES) + 8
    assert len(telling.news(by_email(BART), now() - DAY, now())) >= 13
    assert person.id


# ---- when


@pytest.mark.parametrize(
    ("at", "last"),
    [
        ((2027, 3, 29, 4, 59), (2027, 3, 22, 6)),  # a Monday before seven, the day after summer time began
        ((2027, 3, 29, 5, 0), (2027, 3, 29, 5)),
        ((2027, 11, 1, 5, 59), (2027, 10, 25, 5)),  # and the day after it ended
        ((2027, 11, 1, 6, 0), (2027, 11, 1, 6)),
        ((2027, 11, 7, 22, 59), (2027, 11, 1, 6)),
    ],
)
def test_monday_at_seven_by_our_clocks_whatever_summer_time_does(at, last):
    found = telling.last_day(datetime(*at, tzinfo=UTC))
    assert found == datetime(*last, tzinfo=UTC)
    assert (found.weekday(), found.hour) == (0, 7)


def test_once_a_week_also_when_the_worker_slept_and_never_twice(site):
    who = wants(MONIQUE, WEEKLY, timedelta(days=30))
    note("GT-FIC")
    monday = telling.last_day(now())
    assert telling.due(now()) == [who]
    with writing():
        assert telling.tell(who, now())
        assert telling.tell(who, now()) is None, "a second one that came too late finds it done"
    assert telling.due(now()) == []
    assert telling.due(monday + timedelta(days=7) - timedelta(seconds=1)) == []
    assert telling.due(monday + timedelta(days=7)) == [who]


def test_a_crash_before_the_commit_tells_nothing_and_after_it_once(site, smtp):
    who = wants(MONIQUE, WEEKLY, timedelta(days=30))
    note("GT-FIC")

    def dies() -> None:
        with writing():
            assert telling.tell(who, now())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dies()
    assert telling.due(now()) == [who]
    assert db.session.scalar(select(func.count()).where(Mail.template == "news")) == 0
    assert [m.recipients for m in sent(smtp)] == [[MONIQUE]]
    assert sent(smtp) == []


def test_at_once_is_once_an_hour_and_only_for_something_new(site):
    who = wants(MONIQUE, AT_ONCE, timedelta(0))

    def due(minutes: int) -> bool:
        return who in telling.due(now() + timedelta(minutes=minutes))

    assert not due(61), "nothing is new"
    note("GT-FIC", by=MONIQUE)
    assert not due(61), "what one did oneself is no news"
    note("GT-FIC", "Une autre")
    assert due(61)
    assert not due(59), "she was told less than an hour ago"
    with writing():
        assert telling.tell(who, now() + timedelta(minutes=61))
        assert telling.tell(who, now() + timedelta(minutes=62)) is None


def test_nothing_new_and_nothing_that_waits_is_no_mail(site, smtp):
    who = wants(cast.demo.CAST[-1][2], WEEKLY, timedelta(days=8))
    with writing():
        for seat in db.session.scalars(select(Seat).where(Seat.person_id == who)):
            seat.until = date(2020, 1, 1)
    assert telling.due(now()) == [who]
    assert sent(smtp) == []
    assert telling.due(now()) == [], "and one does not ask again until the next week"


def test_who_is_new_is_told_from_now_on_and_not_of_the_past(site, smtp):
    with writing():
        db.session.delete(db.session.get_one(NewsChoice, by_email(MONIQUE).id))
        db.session.add(Person(name="Invitée", email="i@example.org"))
    note("GT-FIC")
    assert telling.strangers() == [by_email(MONIQUE).id]
    assert sent(smtp) == []
    row = db.session.get_one(NewsChoice, by_email(MONIQUE).id)
    assert (row.rhythm, row.chosen_at) == (WEEKLY, None)
    assert telling.due(telling.last_day(now()) + timedelta(days=7)) == [row.person_id]


def test_nobody_is_written_to_who_left_the_site(site, smtp):
    ids = [wants(email, AT_ONCE, timedelta(days=9)) for email in (MONIQUE, BART)]
    note("GT-FIC", by=ELS)
    assert set(telling.due(now())) == set(ids)
    with writing():
        for person_id in telling.due(now()):
            telling.tell(person_id, now())
        db.session.get_one(Person, ids[0]).active = False
        db.session.get_one(Person, ids[1]).active = False
    assert telling.due(now()) == []
    assert sent(smtp) == [], "what was queued before does not leave either"


# ---- what the mail says


def test_a_mail_says_what_waits_and_what_is_new_in_the_language_of_its_reader(site, smtp):
    wants(MONIQUE, WEEKLY, timedelta(days=8))
    note("GT-FIC", "La note du lundi")
    with writing():
        by_email(MONIQUE).language = "nl"
    [got] = sent(smtp)
    assert got.recipients == [MONIQUE]
    assert got.message["Content-Language"] == "nl"
    for body in (got.text, got.html):
        assert "La note du lundi" in body
        assert circles.circle_by_code("GT-FIC").title in body
        assert "Le café papote" in body  # what the committee asks of her
        assert "Le corps." not in body
    assert "<script" not in got.html
    links = re.findall(r"https?://\S+", got.text)
    assert all(link.startswith(letters.addresses.base()) for link in links)


def test_what_a_closed_group_does_does_not_reach_who_left_it_an_hour_ago(site, smtp):
    """S2: queued while she sat there; she leaves; the mail leaves after her. A neighbour who stays is the control."""
    hers, his = wants(MONIQUE, AT_ONCE, timedelta(hours=2)), wants(BART, AT_ONCE, timedelta(hours=2))
    note("GT-FIC", by=ELS)
    with writing():
        assert telling.tell(hers, now())
        assert telling.tell(his, now())
        seating.end_seat(circles.seat_here(circles.circle_by_code("GT-FIC"), hers), by_email(BART))
    got = {m.recipients[0]: m for m in sent(smtp)}
    for word in (SECRET, circles.circle_by_code("GT-FIC").title):
        assert word in got[BART].text
        assert not any(word in m.text + m.html for to, m in got.items() if to != BART)


def test_a_mail_that_has_not_left_tells_of_what_came_since(site, smtp):
    who = wants(MONIQUE, AT_ONCE, timedelta(hours=5))
    note("GT-FIC", "La première")
    with writing():
        telling.tell(who, now() - timedelta(hours=2))
        db.session.get_one(NewsChoice, who).told_until = now() - timedelta(hours=4)
    note("GT-FIC", "La seconde")
    with writing():
        telling.tell(who, now())
        db.session.get_one(NewsChoice, who).told_until = now() - timedelta(hours=4)
        telling.tell(who, now())
    [got] = sent(smtp)
    assert "La première" in got.text
    assert "La seconde" in got.text


def test_the_administration_does_not_read_the_news_of_others(site, client_of):
    who = wants(MONIQUE, AT_ONCE, timedelta(hours=5))
    note("GT-FIC")
    with writing():
        row = telling.tell(who, now())
        fiche = Mail(to=MONIQUE, template="password", context={"act": "changed"}, person_id=who)
        db.session.add(fiche)
        db.session.flush()
        mail_id, other = row.id, fiche.id
    client = visitor(site, "administration")
    page = client.get(f"/mails/{mail_id}")
    assert SECRET not in page.text
    assert "n’est lu que par cette personne" in page.text
    assert "Ce qu’il dit" in client.get(f"/mails/{other}").text  # the control: another mail is shown


# ---- one press to stop


def stop_path(got) -> str:
    head = str(got.message["List-Unsubscribe"])
    assert re.fullmatch(r"<https?://[^<>\s]+>", head), head
    return head.strip("<>").removeprefix(letters.addresses.base())


def test_one_press_in_the_mail_programme_stops_without_a_session(site, smtp):
    """RFC 8058: both headers on one line each, a POST without cookie and token, answered by 200 and no redirect."""
    who = wants(MONIQUE, AT_ONCE, timedelta(hours=5))
    note("GT-FIC")
    [got] = sent(smtp)
    assert got.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = stop_path(got)
    stranger = visitor(site)
    for _ in range(3):  # a scanner looks, again and again
        assert "Ne plus en recevoir" in stranger.get(path).text
    assert db.session.get_one(NewsChoice, who).rhythm == AT_ONCE
    stranger.delete_cookie(site.config["SESSION_COOKIE_NAME"])
    answer = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    db.session.rollback()
    row = db.session.get_one(NewsChoice, who)
    assert (row.rhythm, row.stopped_by_link) == (NEVER, True)
    # The page says how to have it back, and one press does it.
    page = stranger.get(path)
    assert "Vous ne recevez plus de nouvelles" in page.text
    assert stranger.submit(page, {}, form=f"{path}/back").status_code == 303
    db.session.rollback()
    assert db.session.get_one(NewsChoice, who).rhythm == WEEKLY


def test_the_address_stands_on_its_line_as_it_is(site):
    """The library parts a long word into encoded words, which no mail programme reads there; that is the control."""
    who = wants(MONIQUE, AT_ONCE, timedelta(hours=5))
    note("GT-FIC")
    with writing():
        row = telling.tell(who, now())
        db.session.flush()
        mail_id = row.id
    letter = letters.compose(mail_id)
    ours, theirs = post.message(letter).as_bytes(), EmailMessage(policy=SMTP)
    assert f"\r\nList-Unsubscribe: <{mails.stop_link(who)}>\r\n".encode() in ours
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in ours
    theirs["List-Unsubscribe"] = f"<{mails.stop_link(who)}>"
    assert b"=?utf-8?" in theirs.as_bytes()


def test_a_mail_in_the_queue_does_not_leave_after_the_stop(site, smtp):
    who = wants(MONIQUE, AT_ONCE, timedelta(hours=5))
    note("GT-FIC")
    with writing():
        telling.tell(who, now())
    path = mails.stop_link(who).removeprefix(letters.addresses.base())
    assert visitor(site).post(path).status_code == 303
    assert sent(smtp) == []


def test_the_address_does_that_and_nothing_else(site):
    who = wants(MONIQUE, WEEKLY)
    path = mails.stop_link(who).removeprefix(letters.addresses.base())
    client = visitor(site)
    for wrong in (path[:-1], path.replace(who, by_email(BART).id), "/news/mail/x", path + "x"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404
    assert client.post(f"{path}/back").status_code in (400, 403), (
        "coming back is a form of ours, with its token"
    )
    assert client.get("/news/").status_code == 302, "and nobody is signed in by it"
    assert db.session.get_one(NewsChoice, by_email(BART).id).rhythm == NEVER
    with writing():
        db.session.get_one(Person, who).merged_into = by_email(BART).id
    assert mails.by_token(path.rpartition("/")[2]).id == by_email(BART).id


# ---- the page


def test_one_chooses_on_the_page_and_comes_back_to_this_week_alone(site):
    client = visitor(site, "companion")
    who = wants(MONIQUE, NEVER, timedelta(days=90))
    note("GT-FIC", "La note du lundi")
    page = client.get("/news/")
    assert "La note du lundi" in page.text
    assert "Le corps." not in page.text
    assert 'value="never" checked' in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)', page.text)[1]
    assert client.post("/news/", data={"csrf_token": token, "rhythm": "hourly"}).status_code == 422
    for rhythm in RHYTHMS:
        client.submit(client.get("/news/"), {"rhythm": rhythm})
        assert f'value="{rhythm}" checked' in client.get("/news/").text
    client.submit(client.get("/news/"), {"rhythm": AT_ONCE})
    db.session.rollback()
    assert db.session.get_one(NewsChoice, who).told_until >= telling.last_day(now())
    assert 'href="/news/"' in client.get("/account").text
    assert SECRET not in visitor(site, "committee").get("/news/").text


def test_who_changed_a_common_action_last_is_not_told_of_it_and_who_proposed_it_is(site):
    monique, bart, els = (by_email(email) for email in (MONIQUE, BART, ELS))
    with writing():
        action = acting.make({"title": "Une marche"}, monique)
        for one in (bart, els):
            acting.join(action, one, None, "")
        action_id = action.id

    def told(since) -> list[list[str]]:
        stirred = telling.stirred(since)
        out = []
        for one in (monique, bart, els):
            heard = [i.title for i in telling.news(one, since, now()) if i.kind == "action"]
            assert bool(heard) == (one.id in stirred)
            out.append(heard)
        return out

    start = now()
    with writing():
        acting.change(db.session.get_one(JointAction, action_id), {"title": "La marche"}, 1, bart)
        acting.leave(db.session.get_one(JointAction, action_id), els)
        acting.join(
            db.session.get_one(JointAction, action_id), els, None, ""
        )  # she counts again: no change of it
    assert told(start) == [["La marche"], [], ["La marche"]]
    start = now()
    with writing():
        acting.apply(db.session.get_one(JointAction, action_id), "drop", monique, "La pluie.")
    assert told(start) == [[], ["La marche"], ["La marche"]]
