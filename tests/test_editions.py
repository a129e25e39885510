"""Editions and calls: what may stand, who may change it, what is never lost; and what members read."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from blueprints.admin.forms import Clock, Day, EditionForm, Whole, exists, moment
from blueprints.admin.routes import told
from models import preparing
from models.audit import AuditEvent
from models.deliveries import Mail
from models.dossiers import Dossier
from models.editions import Call, Edition, call_by_code, edition_by_code, open_call, shown_edition
from models.fiche.fiche import Fiche
from models.preparing import BadEdition, Stale, StillUsed, call_problems, edition_problems
from models.store import db, now, writing
from tests.support.cast import ROLES, person

BRUSSELS = ZoneInfo("Europe/Brussels")
HERE = {"title": "Une biennale", "year": 2031}
EDITIONS = "/admin/editions"
PAGES = (
    EDITIONS,
    f"{EDITIONS}/new",
    f"{EDITIONS}/BIE-2017",
    f"{EDITIONS}/BIE-2017/delete",
    f"{EDITIONS}/BIE-2017/calls/new",
    "/admin/calls/AP-2016-1",
    "/admin/calls/AP-2016-1/close",
    "/admin/calls/AP-2016-1/delete",
)
MANAGERS = {"coordination"}


@pytest.fixture
def office(client_of):
    return client_of("coordination")


@pytest.fixture
def inside(demo_app):
    with demo_app.app_context():
        yield


def call_values(**more):
    return {
        "title": "Appel",
        "opens_at": now(),
        "closes_at": now() + timedelta(days=9),
        "grace_days": 3,
        **more,
    }


def acts(kind):
    query = select(AuditEvent).where(AuditEvent.object_kind == kind).order_by(AuditEvent.id)
    return [(e.act, e.person_id, e.detail) for e in db.session.scalars(query)]


def fresh(app, read):
    """What `read` returns in a context of its own."""
    with app.app_context():
        return read()


def as_typed(app, code="BIE-2017"):
    return fresh(
        app, lambda: {n: getattr(edition_by_code(code), n) for n in (*preparing.EDITION_FIELDS, "rev")}
    )


def change(app, role="administration", code="BIE-2017", **values):
    """What another person does in the meantime."""
    with app.app_context(), writing():
        row = edition_by_code(code)
        known = {name: getattr(row, name) for name in preparing.EDITION_FIELDS}
        preparing.change_edition(row, known | values, row.rev, person(role))


# ---- what may stand ------------------------------------------------------------------------------------------


EDITION_CASES = [
    ({}, set()),
    ({"title": None}, {"title"}),
    ({"title": "x" * 200}, set()),
    ({"title": "x" * 201}, {"title"}),
    ({"year": 2000}, set()),
    ({"year": 2100}, set()),
    ({"year": 1999}, {"year"}),
    ({"year": 2101}, {"year"}),
    ({"year": None}, {"year"}),
    ({"starts": date(2031, 5, 2), "ends": date(2031, 5, 1)}, {"ends"}),
    ({"starts": date(2031, 5, 2), "ends": date(2031, 5, 2)}, set()),
    ({"starts": date(2031, 5, 2)}, set()),
    ({"ends": date(2031, 5, 2)}, {"starts"}),
    ({"starts": date(1031, 5, 2)}, {"starts"}),
    ({"starts": date(2031, 5, 2), "ends": date(9999, 5, 2)}, {"ends"}),
    ({"letter": "x" * 20_000}, set()),
    ({"letter": "x" * 20_001}, {"letter"}),
    ({"theme": "x" * 301, "place": "x" * 301, "signature": "x" * 301}, {"theme", "place", "signature"}),
    ({"thanks": "x" * 5001}, {"thanks"}),
    ({"code": "BIE-2031"}, set()),
    ({"code": "BIE-2031-2"}, set()),
    ({"code": "BIE-2017"}, {"code"}),
    ({"code": "bie-2031"}, {"code"}),
    ({"code": "AP-2031-1"}, {"code"}),
    ({"code": "BIE-2031/../x"}, {"code"}),
    ({"year": 2017}, {"code"}),
]


def test_an_edition_that_can_stand(inside):
    found = [(values, set(edition_problems(HERE | values))) for values, _ in EDITION_CASES]
    assert found == EDITION_CASES


CALL_CASES = [
    ({}, set()),
    ({"title": ""}, {"title"}),
    ({"wanted": "x" * 5001}, {"wanted"}),
    ({"opens_at": None}, {"opens_at"}),
    ({"closes_at": None}, {"closes_at"}),
    ({"closes_at": now() - timedelta(days=1)}, {"closes_at"}),
    ({"closes_at": datetime(2101, 1, 1, tzinfo=UTC)}, {"closes_at"}),
    ({"opens_at": datetime(1999, 1, 1, tzinfo=UTC)}, {"opens_at"}),
    ({"grace_days": 0}, set()),
    ({"grace_days": 30}, set()),
    ({"grace_days": 31}, {"grace_days"}),
    ({"grace_days": None}, {"grace_days"}),
    ({"code": "AP-2031-7"}, set()),
    ({"code": "AP-2016-1"}, {"code"}),
    ({"code": "AP-2031"}, {"code"}),
]


def test_a_call_that_can_stand(inside):
    found = [(values, set(call_problems(call_values(**values)))) for values, _ in CALL_CASES]
    assert found == CALL_CASES


def test_a_deadline_at_the_moment_of_opening_is_none(inside):
    at = now()
    assert set(call_problems(call_values(opens_at=at, closes_at=at))) == {"closes_at"}
    assert call_problems(call_values(opens_at=at, closes_at=at + timedelta(minutes=1))) == {}


def test_codes_are_suggested(inside):
    with writing():
        row = preparing.add_edition(HERE, person("coordination"))
        assert row.code == "BIE-2031"
        opens = datetime(2030, 12, 31, 23, 30, tzinfo=UTC)  # the first of January, in Brussels
        made = [
            preparing.add_call(
                row, call_values(opens_at=opens, closes_at=opens + timedelta(days=1)), person("chair")
            )
            for _ in range(3)
        ]
        assert [call.code for call in made] == ["AP-2031-1", "AP-2031-2", "AP-2031-3"]
        preparing.delete(made[1], person("coordination"))
        assert preparing.call_code(2031) == "AP-2031-2"
    assert preparing.next_year([row]) == 2033


def test_the_first_year_is_odd(inside):
    assert preparing.next_year([]) % 2 == 1
    year = now().astimezone(BRUSSELS).year
    assert year <= preparing.next_year([]) <= year + 1


def test_of_two_who_take_one_code_the_second_is_told(demo_app):
    start, found = Barrier(2), []

    def one():
        with demo_app.app_context():
            start.wait()
            try:
                with writing():
                    preparing.add_edition(HERE, person("coordination"))
                found.append("made")
            except BadEdition as bad:
                found.append(str(bad.problems["code"]))

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found)[1] == "made"
    assert "BIE-2031-2" in sorted(found)[0]


# ---- days and hours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "last", "utc"),
    [
        (date(2027, 1, 15), time(23, 59), True, "2027-01-15 22:59"),
        (date(2027, 7, 15), time(23, 59), True, "2027-07-15 21:59"),
        (date(2027, 3, 28), time(1, 59), False, "2027-03-28 00:59"),
        (date(2027, 3, 28), time(3, 0), False, "2027-03-28 01:00"),
        (date(2027, 10, 31), time(2, 30), False, "2027-10-31 00:30"),
        (date(2027, 10, 31), time(2, 30), True, "2027-10-31 01:30"),
        (date(2027, 10, 31), time(23, 59), True, "2027-10-31 22:59"),
    ],
)
def test_an_hour_in_brussels(day, clock, last, utc):
    assert f"{moment(day, clock, BRUSSELS, last=last):%Y-%m-%d %H:%M}" == utc
    assert exists(day, clock, BRUSSELS)


def test_one_hour_in_spring_is_jumped_over():
    assert not exists(date(2027, 3, 28), time(2, 0), BRUSSELS)
    assert not exists(date(2027, 3, 28), time(2, 59), BRUSSELS)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Day, "2027-11-16", date(2027, 11, 16)),
        (Day, "16/11/2027", date(2027, 11, 16)),
        (Day, "16.11.2027", date(2027, 11, 16)),
        (Day, "1-2-2027", date(2027, 2, 1)),
        (Clock, "23:59", time(23, 59)),
        (Clock, "23:59:00", time(23, 59)),
        (Clock, "9 h 05", time(9, 5)),
        (Clock, "18h", time(18, 0)),
        (Clock, "7", time(7, 0)),
        (Whole, "12", 12),
    ],
)
def test_what_is_typed_is_read(kind, text, value):
    assert kind.read(None, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Day, "31/02/2027"), (Day, "demain"), (Day, "2027"), (Day, "16/11/27"), (Day, "0000-01-01"), (Day, "٢٠٢٧-01-01"),
        (Clock, "25:00"), (Clock, "12:60"), (Clock, "midi"), (Clock, "-1"),
        (Whole, "-1"), (Whole, "1e3"), (Whole, "2,5"), (Whole, "٣"), (Whole, "9999999"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(kind, text):
    with pytest.raises(ValueError, match=r"|.*"):
        kind.read(None, text)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(-1, 0), (60, 0), (2 * 3600, 0), (3 * 3600 + 60, 1), (27 * 86400, 27), (27 * 86400 + 4 * 3600, 28)],
)
def test_days_left_are_midnights(monkeypatch, seconds, left):
    """At nine in the evening in Brussels, three hours and one minute is tomorrow."""
    at = datetime(2027, 7, 15, 19, tzinfo=UTC)
    monkeypatch.setattr("models.editions.now", lambda: at)
    assert Call(closes_at=at + timedelta(seconds=seconds)).days_left == left


# ---- changing ------------------------------------------------------------------------------------------------


def test_a_change_counts_and_is_told(inside):
    me = person("coordination")
    with writing():
        row = edition_by_code("BIE-2017")
        known = {name: getattr(row, name) for name in preparing.EDITION_FIELDS}
        preparing.change_edition(row, known | {"place": "Liège", "code": "BIE-1"}, 1, me)
    assert (row.place, row.rev, row.code) == ("Liège", 2, "BIE-2017")
    assert acts("edition")[-1] == ("edition.changed", me.id, {"rev": 2, "fields": ["place"]})
    with writing():
        preparing.change_edition(row, known | {"place": "Liège"}, 2, me)
    assert row.rev == 2, "the same again is no change"
    assert "Liège" not in str(acts("edition"))


def test_an_old_rev_changes_nothing(inside):
    for old in (0, -1, 2):
        with pytest.raises(Stale), writing():
            preparing.change_edition(edition_by_code("BIE-2017"), HERE, old, person("coordination"))
        with pytest.raises(Stale), writing():
            preparing.change_call(call_by_code("AP-2016-1"), call_values(), old, person("coordination"))
    assert edition_by_code("BIE-2017").title != HERE["title"]


def test_closing_now(inside):
    call = open_call()
    with writing():
        assert preparing.close_call(call, person("coordination"))
    assert call.state == "closed"
    assert (call.rev, call.days_left) == (2, 0)
    assert timedelta(days=2, hours=23) < call.grace_ends - now() <= timedelta(days=3)
    assert open_call() is None
    with writing():
        assert not preparing.close_call(call, person("coordination"))
    assert call.rev == 2


def test_what_is_used_is_not_deleted(inside):
    for row, fiches in ((edition_by_code("BIE-2017"), 11), (call_by_code("AP-2016-1"), 11)):
        with pytest.raises(StillUsed) as caught, writing():
            preparing.delete(row, person("coordination"))
        assert caught.value.hanging.fiches >= fiches
    assert edition_by_code("BIE-2017")
    assert call_by_code("AP-2016-1")


def test_a_dossier_holds_its_edition(inside):
    with writing():
        row = preparing.add_edition(HERE, person("coordination"))
        db.session.add(Dossier(kind="D3", edition_id=row.id, key="k"))
    with pytest.raises(StillUsed) as caught, writing():
        preparing.delete(row, person("coordination"))
    assert (caught.value.hanging.fiches, caught.value.hanging.dossiers) == (0, 1)


def test_what_nobody_uses_goes_with_its_calls(inside):
    me = person("coordination")
    with writing():
        row = preparing.add_edition(HERE, me)
        call = preparing.add_call(row, call_values(code="AP-2031-1"), me)
        ids = row.id, call.id
    with writing():
        preparing.delete(edition_by_code("BIE-2031"), me)
    assert edition_by_code("BIE-2031") is None
    assert call_by_code("AP-2031-1") is None
    told_of = [(act, detail.get("code")) for act, _, detail in acts("edition") + acts("call")]
    assert told_of[-2:] == [("call.made", "AP-2031-1"), ("call.deleted", "AP-2031-1")]
    assert ("edition.deleted", "BIE-2031") in told_of
    assert db.session.get(Edition, ids[0]) is None
    assert db.session.get(Call, ids[1]) is None


# ---- who may -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_the_office_prepares_and_nobody_else(demo_app, client_of, role):
    client, before = client_of(role), as_typed(demo_app)
    seen = [client.get(path).status_code for path in PAGES]
    if role in MANAGERS:
        assert seen == [200] * len(PAGES)
        return
    assert set(seen) <= {403, 404}
    data = {"title": "Pris", "year": "2031", "rev": "1"}
    seen = [client.post(path, data=data).status_code for path in PAGES[1:]]
    assert set(seen) <= {403, 404}
    assert as_typed(demo_app) == before
    assert fresh(demo_app, lambda: edition_by_code("BIE-2031")) is None


def test_a_stranger_is_sent_to_the_door(demo_client):
    for path in (*PAGES, "/edition"):
        answer = demo_client.get(path)
        assert answer.status_code == 302
        assert "/enter" in answer.location


def test_every_member_reads_the_edition(client_of):
    for role in ROLES:
        page = client_of(role).get("/edition")
        assert page.status_code == 200
        assert "biennale nationale</strong>" in page.text
        assert ("Préparer l’édition" in page.text) == (role in MANAGERS)


def test_what_is_not_there(office):
    for path in (
        f"{EDITIONS}/BIE-1999",
        f"{EDITIONS}/BIE-1999/delete",
        f"{EDITIONS}/../x",
        "/admin/calls/AP-1-1",
    ):
        assert office.get(path).status_code == 404


def test_looking_writes_nothing(demo_app, office):
    def events():
        return fresh(demo_app, lambda: len(db.session.scalars(select(AuditEvent.id)).all()))

    office.get("/")
    before = events(), as_typed(demo_app)
    for path in (*PAGES, "/edition"):
        office.get(path)
    assert (events(), as_typed(demo_app)) == before


# ---- the first one, from nothing -----------------------------------------------------------------------------


def office_of(app):
    """Who coordinates an instance that is empty but for them."""
    from models import access
    from models.people import add_person

    with app.app_context(), writing():
        me = add_person("Samira", "samira@plateforme.example", ["coordination"], active=True)
        token = access.add_device(me, shared=False, label="test")
    client = app.test_client()
    with client.session_transaction() as session:
        session["device"] = token
    return client


def test_an_empty_instance_begins(app):
    client = office_of(app)
    assert "Aucune édition n’est encore annoncée" in client.get("/edition").text
    empty = client.get(EDITIONS)
    assert "Aucune édition encore" in empty.text
    form = client.get(f"{EDITIONS}/new")
    answer = client.submit(form, {"title": "La première"}, button="Garder")
    assert (answer.status_code, answer.location) == (303, EDITIONS)
    year = preparing.next_year([])
    known = client.get(EDITIONS)
    assert f"BIE-{year}" in known.text
    assert "Il manque encore" in known.text
    for word in ("la lettre", "les dates", "le lieu", "un appel à fiches"):
        assert word in known.text
    form = client.get(f"{EDITIONS}/BIE-{year}/calls/new")
    today = now().astimezone(BRUSSELS).date()
    typed = {"opens_day": today.isoformat(), "closes_day": (today + timedelta(days=40)).isoformat()}
    assert client.submit(form, typed, button="Garder").status_code == 303
    assert f"AP-{today.year}-1" in client.get(EDITIONS).text
    page = client.get("/edition").text
    assert "40" in page
    assert "Commencer une fiche" in page
    with app.app_context():
        call = call_by_code(f"AP-{today.year}-1")
        assert call.state == "open"
        assert call.closes_at.astimezone(BRUSSELS).time() == time(23, 59)
        assert call.grace_days == 3


def test_a_code_of_ones_own(app):
    client = office_of(app)
    form = client.get(f"{EDITIONS}/new")
    client.submit(form, {"title": "a", "year": "2031", "code": " bie-2031-2 "}, button="Garder")
    assert fresh(app, lambda: edition_by_code("BIE-2031-2"))


# ---- the form that comes back --------------------------------------------------------------------------------


def test_all_that_is_wrong_is_said_at_once_and_kept(office, demo_app):
    before = as_typed(demo_app)
    page = office.get(f"{EDITIONS}/BIE-2017")
    typed = {
        "title": "",
        "year": "l’an prochain",
        "starts": "le 3",
        "ends": "",
        "theme": "x" * 301,
        "letter": "Gardez-moi",
    }
    answer = office.submit(page, typed, button="Garder")
    assert answer.status_code == 422
    for field in ("title", "year", "starts", "theme"):
        assert f'href="#{field}"' in answer.text, "the summary leads to it"
        assert f'id="{field}-e"' in answer.text, "the sentence stands beside it"
    assert 'href="#ends"' not in answer.text
    for text in ("l’an prochain", "le 3", "Gardez-moi"):
        assert text in answer.text
    assert 'type="text" value="le 3"' in answer.text, "a day that is none is shown as it was typed"
    assert as_typed(demo_app) == before
    mended = {"title": "Autre titre", "year": "2017", "starts": "", "theme": ""}
    assert office.submit(answer, mended, button="Garder").status_code == 303
    assert as_typed(demo_app)["letter"] == "Gardez-moi"


def test_a_call_that_comes_back(office, demo_app):
    page = office.get("/admin/calls/AP-2016-1")
    typed = {
        "closes_day": "2015-01-01",
        "closes_time": "25h",
        "grace_days": "beaucoup",
        "wanted": "Gardez-moi",
    }
    answer = office.submit(page, typed, button="Garder")
    assert answer.status_code == 422
    for field in ("closes_day", "closes_time", "grace_days"):
        assert answer.text.count(f'id="{field}-e"') == (field != "closes_day")
    assert "Gardez-moi" in answer.text
    answer = office.submit(answer, {"closes_time": "12:00", "grace_days": "3"}, button="Garder")
    assert 'id="closes_day-e"' in answer.text
    assert "ferme avant d’ouvrir" in answer.text
    assert fresh(demo_app, lambda: call_by_code("AP-2016-1").rev) == 1


def test_the_hour_that_is_jumped_over_is_refused(office):
    page = office.get("/admin/calls/AP-2016-1")
    answer = office.submit(page, {"closes_day": "2027-03-28", "closes_time": "02:30"}, button="Garder")
    assert answer.status_code == 422
    assert "les horloges passent de 2 h à 3 h" in answer.text.replace("\u00a0", " ")


def test_the_hour_that_comes_twice_is_the_later_one(office, demo_app):
    page = office.get("/admin/calls/AP-2016-1")
    assert (
        office.submit(page, {"closes_day": "2027-10-31", "closes_time": "02:30"}, button="Garder").status_code
        == 303
    )
    assert fresh(demo_app, lambda: call_by_code("AP-2016-1").closes_at) == datetime(
        2027, 10, 31, 1, 30, tzinfo=UTC
    )
    page = office.get("/admin/calls/AP-2016-1")
    assert 'value="2027-10-31"' in page.text
    assert 'value="02:30"' in page.text
    office.submit(page, button="Garder")
    assert fresh(demo_app, lambda: call_by_code("AP-2016-1").rev) == 2, (
        "looked at and kept again, it is the same"
    )


def test_a_code_cannot_be_changed(office, demo_app):
    page = office.get(f"{EDITIONS}/BIE-2017")
    assert 'name="code"' not in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    rest = {"title": "a", "year": "2017", "code": "BIE-9999", "rev": "1", "csrf_token": token}
    assert office.post(f"{EDITIONS}/BIE-2017", data=rest).status_code == 303
    assert fresh(demo_app, lambda: edition_by_code("BIE-9999")) is None


HOSTILE = [
    "\0", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "<script>alert(1)</script>", "' OR 1=1 --",
    "\u202eevil", "a\r\nBcc: x@y.example", "{{7*7}}", "9" * 400, "-1", "NaN", "1e999", "２０２７", "2027-13-45", "é" * 300,
]  # fmt: skip


def test_whatever_is_posted_is_answered(office):
    for text in HOSTILE:
        post_everywhere(office, text)


def post_everywhere(office, text):
    for path in (
        f"{EDITIONS}/new",
        f"{EDITIONS}/BIE-2017",
        f"{EDITIONS}/BIE-2017/calls/new",
        "/admin/calls/AP-2016-1",
    ):
        page = office.get(path)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        names = {n.split('"')[0] for n in page.text.split('name="')[1:]}
        data = {name: text for name in names if name not in ("csrf_token", "viewport", "color-scheme", "act")}
        answer = office.post(path, data=data | {"csrf_token": token})
        assert answer.status_code in (303, 409, 422)
        assert "<script>alert(1)" not in answer.text
        assert office.get(EDITIONS).status_code == 200


def test_a_post_without_fields(office):
    for path in (f"{EDITIONS}/new", f"{EDITIONS}/BIE-2017/calls/new"):
        token = office.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]
        assert office.post(path, data={"csrf_token": token}).status_code == 422


def test_a_post_without_a_token_keeps_the_text(office, demo_app):
    answer = office.post(f"{EDITIONS}/BIE-2017", data={"title": "Sans jeton", "rev": "1"})
    assert answer.status_code == 403
    assert "Sans jeton" in answer.text
    assert as_typed(demo_app)["title"] != "Sans jeton"


def test_the_letter_is_seen_before_it_is_kept(office, demo_app):
    before = as_typed(demo_app)
    page = office.get(f"{EDITIONS}/BIE-2017")
    letter = "# Chers amis\n\nUne **place** est gardée.\n<script>alert(1)</script>\n[x](javascript:alert(1))"
    seen = office.submit(page, {"letter": letter, "title": ""}, button="Voir la lettre comme on la lira")
    assert seen.status_code == 200
    assert "<h3>Chers amis</h3>" in seen.text
    assert "<strong>place</strong>" in seen.text
    assert 'href="javascript:' not in seen.text
    assert "<script>alert" not in seen.text
    assert as_typed(demo_app) == before
    assert "data-dirty" in seen.text
    kept = office.submit(seen, {"title": "Un titre"}, button="Garder")
    assert kept.status_code == 303
    assert as_typed(demo_app)["letter"] == letter
    assert "<h2>Chers amis</h2>" in office.get("/edition").text


def test_a_letter_comes_back_as_it_was_typed(office, demo_app):
    """Looked at and kept again, nothing changes: no line is lost or added at either end of a textarea."""
    letter = "  Bonjour,\r\n\r\n- un\r\n- deux\u00a0!\r\n\r\nL’œuvre “été”"
    office.submit(office.get(f"{EDITIONS}/BIE-2017"), {"letter": letter}, button="Garder")
    rev = as_typed(demo_app)["rev"]
    office.submit(office.get(f"{EDITIONS}/BIE-2017"), button="Garder")
    assert as_typed(demo_app)["rev"] == rev
    assert as_typed(demo_app)["letter"] == "Bonjour,\n\n- un\n- deux\u00a0!\n\nL’œuvre “été”"


# ---- two at once ---------------------------------------------------------------------------------------------


def test_both_texts_are_shown_and_nothing_is_lost(office, demo_app):
    page = office.get(f"{EDITIONS}/BIE-2017")
    change(demo_app, letter="La lettre de Karim", place="Liège")
    answer = office.submit(page, {"letter": "Ma lettre", "title": "Mon titre"}, button="Garder")
    assert answer.status_code == 409
    for text in (
        "La lettre de Karim",
        "Ma lettre",
        "Mon titre",
        "Ensemble pour la santé",
        "Liège",
        "Namur",
        "Karim Diallo",
    ):
        assert text in answer.text
    kept = as_typed(demo_app)
    assert (kept["letter"], kept["place"], kept["title"]) == (
        "La lettre de Karim", "Liège", "Ensemble pour la santé – Samen voor gezondheid",
    )  # fmt: skip
    assert 'name="pick-theme"' not in answer.text, "what is the same is no question"
    done = office.submit(answer, button="Garder ce choix")
    assert done.status_code == 303
    kept = as_typed(demo_app)
    assert (kept["letter"], kept["title"]) == ("Ma lettre", "Mon titre")
    assert kept["place"] == "Liège", "what I had not touched stays as the other person left it"


@pytest.mark.parametrize(
    ("pick", "letter"),
    [("mine", "Ma lettre"), ("theirs", "Leur lettre"), ("both", "Leur lettre\n\nMa lettre")],
)
def test_a_choice_is_kept(office, demo_app, pick, letter):
    page = office.get(f"{EDITIONS}/BIE-2017")
    change(demo_app, letter="Leur lettre")
    answer = office.submit(page, {"letter": "Ma lettre"}, button="Garder")
    office.submit(answer, {"pick-letter": pick}, button="Garder ce choix")
    assert as_typed(demo_app)["letter"] == letter


def test_a_third_one_in_between_is_shown_too(office, demo_app):
    page = office.get(f"{EDITIONS}/BIE-2017")
    change(demo_app, letter="Deuxième")
    answer = office.submit(page, {"letter": "Première"}, button="Garder")
    change(demo_app, letter="Troisième")
    again = office.submit(answer, {"pick-letter": "both"}, button="Garder ce choix")
    assert again.status_code == 409
    for text in ("Première", "Troisième"):
        assert text in again.text
    assert as_typed(demo_app)["letter"] == "Troisième"
    assert office.submit(again, {"pick-letter": "both"}, button="Garder ce choix").status_code == 303
    for text in ("Première", "Troisième"):
        assert text in as_typed(demo_app)["letter"]


def test_the_same_text_twice_is_no_conflict(office, demo_app):
    page = office.get(f"{EDITIONS}/BIE-2017")
    change(demo_app, place="Gand")
    assert office.submit(page, {"place": "Gand"}, button="Garder").status_code == 303
    assert as_typed(demo_app)["rev"] == 2


def test_a_choice_that_cannot_stand_comes_back_as_a_form(office, demo_app):
    page = office.get(f"{EDITIONS}/BIE-2017")
    change(demo_app, title="Leur titre")
    answer = office.submit(page, {"title": "", "theme": "Le mien"}, button="Garder")
    assert answer.status_code == 409
    back = office.submit(answer, {"pick-title": "mine"}, button="Garder ce choix")
    assert back.status_code == 422
    assert "Le mien" in back.text
    assert office.submit(back, {"title": "Alors ceci"}, button="Garder").status_code == 303
    assert as_typed(demo_app)["title"] == "Alors ceci"


def test_a_call_has_both_texts_too(office, demo_app):
    page = office.get("/admin/calls/AP-2016-1")
    with demo_app.app_context(), writing():
        call = call_by_code("AP-2016-1")
        known = {name: getattr(call, name) for name in preparing.CALL_FIELDS}
        preparing.change_call(call, known | {"wanted": "Leur souhait"}, 1, person("administration"))
    answer = office.submit(page, {"wanted": "Mon souhait", "closes_day": "2027-02-01"}, button="Garder")
    assert answer.status_code == 409
    for text in ("Leur souhait", "Mon souhait", "lundi 1er février 2027"):
        assert text in answer.text.replace("\u00a0", " ")
    office.submit(answer, {"pick-wanted": "both"}, button="Garder ce choix")
    with demo_app.app_context():
        call = call_by_code("AP-2016-1")
        assert call.wanted == "Leur souhait\n\nMon souhait"
        assert call.closes_at.astimezone(BRUSSELS).date() == date(2027, 2, 1)


@pytest.mark.parametrize("rev", ["", "-1", "abc", "99999999999999999999", "１", "0"])
def test_a_rev_that_is_none_is_stale(office, demo_app, rev):
    page = office.get(f"{EDITIONS}/BIE-2017")
    answer = office.submit(page, {"rev": rev, "seen": "::: a: :b", "title": "Pris"}, button="Garder")
    assert answer.status_code == 409
    assert as_typed(demo_app)["title"] != "Pris"


@pytest.mark.parametrize("path", ["{}", "{}/calls/new", "{}/delete"])
def test_an_edition_that_is_gone_in_the_meantime(app, monkeypatch, path):
    """Deleted between the gate and the write: the text comes back on the page that says so."""
    client = office_of(app)
    client.submit(client.get(f"{EDITIONS}/new"), HERE | {"year": "2031"}, button="Garder")
    path = path.format(f"{EDITIONS}/BIE-2031")
    page = client.get(path)

    def deletes_first():
        with app.app_context(), writing():
            db.session.delete(edition_by_code("BIE-2031"))
        return writing()

    for module in ("admin.routes", "once"):
        monkeypatch.setattr(f"blueprints.{module}.writing", deletes_first)
    day = now().date().isoformat()
    values = {"title": "Gardez-moi"} if "delete" not in path else {}
    values |= {"opens_day": day, "closes_day": "2099-01-01"} if "calls" in path else {}
    answer = client.submit(page, values, button="" if "delete" in path else "Garder")
    assert answer.status_code == 404
    assert "delete" in path or "Gardez-moi" in answer.text


# ---- closing and deleting ------------------------------------------------------------------------------------


def test_closing_is_asked_first(office, demo_app):
    page = office.get("/admin/calls/AP-2016-1/close")
    assert "pendant 3 jours" in page.text
    assert fresh(demo_app, open_call)
    assert office.submit(page).status_code == 303
    assert fresh(demo_app, open_call) is None
    assert "n’est pas ouvert" in office.get("/admin/calls/AP-2016-1/close").text
    assert office.submit(page).status_code == 303
    assert "il n’y a rien à clore" in office.get(EDITIONS).text


def test_deleting_says_what_hangs_on_it(office, demo_app):
    with demo_app.app_context():
        fiches = len(db.session.scalars(select(Fiche.id)).all())
    for path in (f"{EDITIONS}/BIE-2017/delete", "/admin/calls/AP-2016-1/delete"):
        page = office.get(path)
        assert str(fiches) in page.text
        assert "<form" not in page.text.split("<main")[1].split("</main>")[0], "there is no button to press"
        token = office.get(f"{EDITIONS}/new").text.split('name="csrf_token" value="')[1].split('"')[0]
        assert office.post(path, data={"csrf_token": token}).status_code == 409
    assert as_typed(demo_app)["year"] == 2017


def test_what_is_free_is_deleted_after_a_question(office, demo_app):
    office.submit(office.get(f"{EDITIONS}/new"), HERE | {"year": "2031"}, button="Garder")
    form = office.get(f"{EDITIONS}/BIE-2031/calls/new")
    office.submit(form, {"opens_day": "2030-01-01", "closes_day": "2030-02-01"}, button="Garder")
    assert "Aucune fiche n’y répond" in office.get("/admin/calls/AP-2030-1/delete").text
    page = office.get(f"{EDITIONS}/BIE-2031/delete")
    assert "Son appel part avec elle" in page.text
    assert office.submit(page).status_code == 303
    assert fresh(demo_app, lambda: edition_by_code("BIE-2031")) is None
    assert office.get("/admin/calls/AP-2030-1").status_code == 404


def test_no_mail_leaves_by_preparing(office, demo_app):
    office.submit(office.get(f"{EDITIONS}/new"), HERE | {"year": "2031"}, button="Garder")
    assert fresh(demo_app, lambda: db.session.scalars(select(Mail)).all()) == []


# ---- what members read ---------------------------------------------------------------------------------------


def set_call(app, opens, closes, grace=3):
    with app.app_context(), writing():
        call = call_by_code("AP-2016-1")
        call.opens_at, call.closes_at, call.grace_days = now() + opens, now() + closes, grace


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("opens", "closes", "grace", "says", "says_not"),
    [
        (-DAY, 9 * DAY, 3, ["jours encore", "Commencer une fiche"], ["est clos"]),
        (DAY, 9 * DAY, 3, ["s’ouvre le", "Commencer une fiche"], ["jours encore", "est clos"]),
        (-9 * DAY, -DAY, 3, ["est clos depuis", "peut encore arriver"], ["jours encore"]),
        (-9 * DAY, -DAY, 0, ["est clos depuis"], ["peut encore arriver", "jours encore"]),
    ],
)
def test_the_call_tells_where_it_stands(demo_app, client_of, opens, closes, grace, says, says_not):
    set_call(demo_app, opens, closes, grace)
    page = client_of("contributor").get("/edition").text
    for words in says:
        assert words in page
    for words in says_not:
        assert words not in page


def test_the_last_day_is_called_so(demo_app, client_of, monkeypatch):
    at = datetime(2027, 5, 3, 9, tzinfo=UTC)
    with demo_app.app_context(), writing():
        call_by_code("AP-2016-1").closes_at = datetime(2027, 5, 3, 21, 59, tzinfo=UTC)
    for module in ("models.editions", "blueprints.admin.routes"):
        monkeypatch.setattr(f"{module}.now", lambda: at)
    page = client_of("contributor").get("/edition").text
    assert "C’est le dernier jour" in page
    assert "23 h 59" in page.replace("\u00a0", " ")


def test_who_may_not_write_is_not_asked_to(client_of):
    assert "Commencer une fiche" not in client_of("administration").get("/edition").text


def test_an_edition_without_anything(demo_app, client_of):
    with demo_app.app_context(), writing():
        call_by_code("AP-2016-1").closes_at = now() - DAY
        preparing.add_edition(HERE, person("coordination"))
    page = client_of("reader").get("/edition").text
    assert "Une biennale" in page
    assert "n’est pas encore écrite" in page
    assert "Aucun appel n’est ouvert" in page


def test_the_edition_of_the_open_call_comes_before_a_later_one(demo_app):
    with demo_app.app_context():
        with writing():
            preparing.add_edition(HERE, person("coordination"))
        assert shown_edition().code == "BIE-2017"
        with writing():
            preparing.close_call(open_call(), person("coordination"))
            call_by_code("AP-2016-1").closes_at -= timedelta(minutes=5)
        assert shown_edition().code == "BIE-2031"


def test_of_several_calls_the_open_one_is_told():
    at = now()
    past = Call(code="p", opens_at=at - 9 * DAY, closes_at=at - 8 * DAY)
    older = Call(code="o", opens_at=at - 99 * DAY, closes_at=at - 98 * DAY)
    here = Call(code="h", opens_at=at - DAY, closes_at=at + DAY)
    later = Call(code="l", opens_at=at + DAY, closes_at=at + 3 * DAY)
    for calls, code in (([older, past, here, later], "h"), ([older, past, later], "l"), ([past, older], "p")):
        assert told(Edition(calls=list(calls))).code == code
    assert told(Edition(calls=[])) is None
    assert told(None) is None


# ---- lists ---------------------------------------------------------------------------------------------------


def queries(app, client, path):
    """How many statements one page takes."""
    seen = []

    def count(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([s for s in seen if s.startswith("SELECT")])


def test_fifty_editions_take_no_more_queries_than_one(demo_app, office):
    def more(first, last):
        with demo_app.app_context(), writing():
            for year in range(first, last):
                row = preparing.add_edition({"title": f"De {year}", "year": year}, person("coordination"))
                preparing.add_call(row, call_values(code=f"AP-{year}-1"), person("coordination"))

    office.get(EDITIONS)
    counts = []
    for first, last in ((0, 0), (2030, 2032), (2032, 2079)):
        more(first, last)
        counts.append((queries(demo_app, office, EDITIONS), queries(demo_app, office, "/edition")))
    assert len(set(counts)) == 1, counts


def test_a_title_runs_nowhere(demo_app, office):
    evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    change(demo_app, title=evil, theme=evil, place=evil, signature=evil, letter=evil, thanks=evil)
    with demo_app.app_context(), writing():
        call = call_by_code("AP-2016-1")
        call.title = call.wanted = evil
    for path in (*PAGES, "/edition"):
        page = office.get(path).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_the_form_knows_every_field_of_the_domain():
    """A field that is added to one side only would be lost without a word."""
    assert {f.name for f in EditionForm()} - {"code"} == set(preparing.EDITION_FIELDS)
