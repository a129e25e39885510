"""S9: a session that somebody planted is worth nothing, and a cookie that somebody copied dies with what it stood for."""

import re
from datetime import timedelta

import pytest

from blueprints import security
from models import access, leaving
from models.access import Device
from models.forgetting import forget
from models.people import Person, by_email, set_roles
from models.store import db, now, writing
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA, held, make_link, open_door
from tests.support.often import often
from tests.test_gate import routes

PASSWORD = "quatre canards traversent la Meuse"


@pytest.fixture
def secret(demo_app):
    """Nadia has a password."""
    with demo_app.test_request_context():
        hashed, weak = security.new_password(by_email(NADIA), PASSWORD)
        assert not weak
        with writing():
            by_email(NADIA).password = hashed
    return demo_app


def copied(app, client):
    """Another browser with a copy of the cookie."""
    thief = app.test_client()
    thief.checks_pages = False
    thief.set_cookie("tablee", client.get_cookie("tablee").value)
    return thief


# ---- fixation


def by_link(app, client):
    return open_door(client, make_link(app, NADIA))


def by_password(app, client):
    return client.submit(client.get("/enter/password"), {"email": NADIA, "password": PASSWORD})


def by_invitation(app, client):
    with app.app_context(), writing():
        nadia = by_email(NADIA)
        nadia.active = False
        path = "/enter/" + access.invite(nadia, by_email(SAMIRA))
    return client.submit(client.get(path))


WAYS_IN = [by_link, by_password, by_invitation]


@pytest.mark.parametrize(
    ("enter", "planted"),
    [
        (way, planted)
        for way in WAYS_IN
        for planted in ("anonymous", "attacker", "rubbish")
        if (way, planted) != (by_password, "attacker")
    ],  # who is in already is not asked for a password
)
def test_what_was_planted_before_is_worth_nothing_after(secret, enter, planted):
    """The attacker gives the victim a session, waits until they are in, and tries it."""
    attacker, victim = secret.test_client(), secret.test_client()
    if planted == "attacker":
        cast.sign_in(attacker, "outsider")
    attacker.get("/enter" if planted != "attacker" else "/account")
    if planted == "rubbish":
        with attacker.session_transaction() as session:
            session.update(
                {"_user_id": "1", "device": "x", "_fresh": True, "user_id": 1, "csrf_token": "a" * 40}
            )
    cookie = attacker.get_cookie("tablee").value
    before = held(attacker)
    victim.set_cookie("tablee", cookie)
    assert enter(secret, victim).status_code == 303
    after = held(victim)
    assert NADIA in victim.get("/account").text
    assert after["device"] != before.get("device")
    assert after.get("csrf_token") != before.get("csrf_token")
    assert set(after) <= {"device", "csrf_token", "_permanent", "_flashes"}
    thief = secret.test_client()
    thief.set_cookie("tablee", cookie)
    assert NADIA not in thief.get("/account", follow_redirects=True).text


@pytest.mark.parametrize("value", ["", "x", "e30.x.y", "a" * 4000, "../../x", "\x7f"])
def test_a_cookie_that_we_did_not_sign_is_nobody(demo_app, value):
    client = demo_app.test_client()
    client.set_cookie("tablee", value)
    assert client.get("/account").location == "/enter?next=/account"


def test_a_cookie_signed_with_another_key_is_nobody(demo_app, make_app, client_of):
    other = make_app({"SECRET_KEY": "another"}, demo=True)
    mine = client_of("contributor")
    other_client = other.test_client()
    other_client.set_cookie("tablee", mine.get_cookie("tablee").value)
    assert other_client.get("/account").status_code == 302
    assert mine.get("/account").status_code == 200  # the control


# ---- replay


def nadia() -> Person:
    return by_email(NADIA)


def signs_out(app, client):
    client.submit(client.get("/account"), form="/sign-out")


def signs_out_everywhere(app, client):
    client.submit(client.get("/account"), form="/account/devices/drop")


def is_signed_out_from_elsewhere(app, client):
    with app.app_context():
        row = db.session.query(Device).filter_by(person_id=nadia().id).one().id
    there = cast.sign_in(app.test_client(), "contributor")
    there.submit(there.get("/account"), form=f"/account/devices/{row}/drop")


def changes_the_password_elsewhere(app, client):
    there = cast.sign_in(app.test_client(), "contributor")
    page = there.get("/account")
    answer = there.submit(
        page,
        {"current": PASSWORD, "password": "sept tables rondes sous un tilleul"},
        form="/account/password",
    )
    assert answer.status_code == 303


def removes_the_password_elsewhere(app, client):
    there = cast.sign_in(app.test_client(), "contributor")
    token = re.search(r'name="csrf_token" value="([^"]+)', there.get("/account").text)[1]
    data = {"csrf_token": token, "current": PASSWORD}
    assert there.post("/account/password/remove", data=data).status_code == 303


def is_closed(app, client):
    with app.app_context(), writing():
        access.close_account(nadia(), by_email(SAMIRA))


def is_closed_and_opened_again(app, client):
    is_closed(app, client)
    with app.app_context(), writing():
        nadia().active = True


def is_forgotten(app, client):
    with app.app_context(), writing():
        forget(nadia(), None)


def is_idle(app, client):
    with app.app_context(), writing():
        for row in db.session.query(Device).filter_by(person_id=nadia().id):
            row.seen_at = now() - timedelta(days=30, minutes=1)


def comes_in_again_here(app, client):
    """Another visit in the same browser takes the place of the one before."""
    open_door(client, make_link(app, NADIA))


ENDINGS = [signs_out, signs_out_everywhere, is_signed_out_from_elsewhere, changes_the_password_elsewhere,
           removes_the_password_elsewhere, is_closed, is_closed_and_opened_again, is_forgotten, is_idle, comes_in_again_here]  # fmt: skip


def opened(known, client, most: int | None = None) -> list[str]:
    """Those of the routes that ask for somebody and answer this client as if it were; `most` are enough."""
    out: list[str] = []
    client.checks_pages = False
    for path, method, declared in known:
        if len(out) == most:
            break
        if declared and declared.right and method in ("GET", "POST"):
            answer = client.open(path, method=method)
            if answer.status_code not in (302, 401) or "/enter" not in (answer.location or "/enter"):
                out.append(f"{method} {path}: {answer.status_code}")
    return out


@pytest.mark.parametrize("ends", often(ENDINGS, 3))
def test_a_copied_cookie_opens_nothing_after(secret, ends):
    client = secret.test_client()
    open_door(client, make_link(secret, NADIA))
    client.get("/account")
    thief = copied(secret, client)
    known = list(routes(secret))
    assert len(opened(known, thief, 40)) == 40  # the control: until then the copy is as good as the cookie
    ends(secret, client)
    assert opened(known, thief) == []
    assert thief.post("/fiches/", headers={"Accept": "application/json"}).status_code == 401


def test_asking_to_leave_ends_nothing_before_its_time(secret):
    client = secret.test_client()
    open_door(client, make_link(secret, NADIA))
    with secret.app_context(), writing():
        leaving.ask(nadia(), nadia())
    assert client.get("/account").status_code == 200


def test_who_has_no_role_left_opens_what_everybody_may_and_no_more(demo_app):
    """The visit goes on, the rights do not: a cookie of before, and its copy, open no page of the office."""
    client = cast.sign_in(demo_app.test_client(), "coordination")
    thief = copied(demo_app, client)
    before = {line.partition(":")[0] for line in opened(list(routes(demo_app)), thief)}
    office = [
        "/people",
        "/audit",
        "/access-list",
        "/audit.csv",
        "/rights",
        "/admin/editions",
        "/dossiers/",
        "/fiches/figures",
    ]
    assert {f"GET {p}" for p in office} <= before
    assert all(thief.get(p).status_code == 200 for p in office)  # the control
    with demo_app.app_context(), writing():
        samira = by_email(SAMIRA)
        set_roles(samira, [], by_email("karim@plateforme.example"))
    for one in (client, thief):
        one.checks_pages = False
        assert [p for p in office if one.get(p).status_code == 200] == []
        with demo_app.app_context():
            person = by_email(SAMIRA)
            for path, method, declared in list(routes(demo_app)):
                if declared and declared.right and not declared.load and method == "GET":
                    from models.rights import can

                    allowed = can(person, declared.right)
                    person = by_email(SAMIRA)
                    if not allowed:
                        assert one.get(path).status_code == 403, path


def test_a_new_token_for_each_visit(demo_app):
    tokens, csrf = set(), set()
    for _ in range(5):
        client = demo_app.test_client()
        open_door(client, make_link(demo_app, NADIA))
        page = client.get("/account").text
        tokens.add(held(client)["device"])
        csrf.add(re.search(r'name="csrf_token" value="([^"]+)', page)[1])
    assert len(tokens) == len(csrf) == 5
    assert all(len(token) >= 43 for token in tokens)
