"""The gate: every route says who may pass, and nobody else passes, whatever the method."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import abort
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.exceptions import MethodNotAllowed

from blueprints import gate
from models import rights
from models.agenda import AgendaLink
from models.circles import Seat
from models.deliveries import Mail, mail
from models.exchanges import Exchange, Notice
from models.fiche.fiche import Fiche, find
from models.files import CircleFile
from models.groups import Production, Report, SeatRequest
from models.joining import JoinRequest
from models.library import GlossaryEntry, Reference
from models.notes import Note
from models.organisations import Membership
from models.people import by_email
from models.store import db, writing
from models.tasks import Task
from tests.support import cast
from tests.support.doors import NADIA, statements
from tests.support.often import among, often

IDENTITIES = ("anonymous", *cast.ROLES)
CORE = ("anonymous", "contributor", "chair", "administration")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Whom else than everybody the methods that no route declares are tried as.
OWN = {"anonymous": METHODS, "administration": ("GET", "HEAD", "POST")}
HOSTILE = {
    "roles": ["", "\x00"],
    "email": "\ud7ff",
    "rev": "x" * 50,
    "next": "//x",
    "act": "\x00",
    "name": "\u202e",
    "title": "\x00", "day": "0000-99-99", "begins": "99:99", "minutes": "9" * 40, "kind": "\x00", "languages": ["\x00", "fr"],
    "fiche": "F-\x00", "day-0": "2027-02-30", "begins-0": "25:00", "ends-0": "x", "role": "\x00", "since": "9999-12-31",
}  # fmt: skip
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


def undeclared(app) -> list[str]:
    """Routes that say neither their right nor that they are public."""
    with app.app_context():
        return sorted({r.endpoint for r in app.url_map.iter_rules() if gate.access_of(r.endpoint) is None})


def with_routes(app, **views):
    """The application with routes that are wrong on purpose, or that tell what happened."""
    for name, view in views.items():
        app.add_url_rule(f"/{name}/<ref>", name, view, methods=["GET", "POST"])
    return app


# ---- declarations


def test_every_route_says_who_may_pass(app):
    assert undeclared(app) == []


def test_a_route_that_says_nothing_is_found_and_opens_for_nobody(make_app):
    def open_door(ref):
        return "secret"

    app = with_routes(make_app(demo=True), forgotten=open_door)
    assert undeclared(app) == ["forgotten"]
    for identity in IDENTITIES:
        client = who(app, identity)
        for method in ("GET", "POST"):
            answer = client.open("/forgotten/1", method=method)
            assert answer.status_code == 403
            assert "secret" not in answer.text


def test_the_list_of_library_routes_names_only_what_is_there(app):
    assert set(rights.LIBRARY_ROUTES) <= set(app.view_functions)


@pytest.mark.parametrize("declaration", [("nothing.known",), ("fiche.see", None)])
def test_a_right_that_does_not_exist_cannot_be_asked_for(declaration):
    right, *more = declaration
    with pytest.raises(KeyError):
        gate.needs(right, *more, **({"see": "nothing.known"} if more else {}))
    with pytest.raises(KeyError):
        rights.can(None, "nothing.known")


def test_one_route_alone_is_posted_to_without_a_token(app):
    """Mail programmes do, to stop the news: its signed address is the proof (RFC 8058)."""
    with app.app_context():
        bare = {r.endpoint for r in app.url_map.iter_rules() if gate.access_of(r.endpoint).by_mail}
    assert bare == {"news.stop"}


# ---- every route × method × identity


def who(app, identity: str):
    client = app.test_client()
    return client if identity == "anonymous" else cast.sign_in(client, identity)


def samples(app) -> dict[str, str]:
    """Values for the places in addresses: of things that are there."""
    with app.app_context():
        with writing():
            mail(by_email(NADIA), "password", act="changed")
        return {
            "ref": "F-2016-002", "part": "titre", "name": "submit", "rev": "1", "form": "json", "token": "x" * 43,
            "person_id": by_email(NADIA).id, "mail_id": db.session.scalars(select(Mail.id)).first(),
            "code": "BIE-2017", "sha256": "0" * 64, "call": "AP-2016-1", "act": "confirm",
            "organisation_id": db.session.scalars(select(Membership.organisation_id)).first(),
            "membership_id": db.session.scalars(select(Membership.id)).first(),
            "circle_code": "COPIL", "meeting_code": "R-2016-01", "case_code": "E-2016-01",
            "seat_id": db.session.scalars(select(Seat.id).where(Seat.until.is_(None))).first(),
            "item_id": db.session.scalars(select(AgendaLink.item_id)).first(),
            "link_id": db.session.scalars(select(AgendaLink.id).where(AgendaLink.attachment_id.is_not(None))).first(),
            "task_id": db.session.scalars(select(Task.id)).first(),
            "entry_id": db.session.scalars(select(GlossaryEntry.id)).first(),
            "reference_id": db.session.scalars(select(Reference.id)).first(),
            "notice_id": db.session.scalars(select(Notice.id)).first(),
            "exchange_id": db.session.scalars(select(Exchange.id)).first(), "action_number": "A-2016-01",
            "note_id": db.session.scalars(select(Note.id)).first(), "file_id": db.session.scalars(select(CircleFile.id)).first(),
            "request_id": db.session.scalars(select(JoinRequest.id)).first(),
            "ask_id": db.session.scalars(select(SeatRequest.id)).first(),
            "production_id": db.session.scalars(select(Production.id)).first(),
            "report_id": db.session.scalars(select(Report.id)).first(),
        }  # fmt: skip


def address(rule, given: dict[str, str]) -> str:
    path = rule.rule
    for place in rule.arguments:
        path = re.sub(rf"<(\w+:)?{place}>", given.get(place, "nothing"), path)
    return path


def routes(app) -> Iterator[tuple[str, str, gate.Access | None]]:
    """(address, method, what its route declared; None where the address does not know the method)."""
    given, known = samples(app), app.url_map.bind("localhost")
    for path in sorted({address(rule, given) for rule in app.url_map.iter_rules()}):
        for method in METHODS:
            try:
                endpoint, _values = known.match(path, method=method)
            except MethodNotAllowed:
                yield path, method, None
                continue
            with app.app_context():
                yield path, method, gate.access_of(endpoint)


@pytest.mark.slow
@pytest.mark.parametrize("identity", among(IDENTITIES, CORE))
def test_every_route_and_method(demo_app, identity):
    """No 500, nobody passes without the right, and reading writes nothing."""
    client, wrong = who(demo_app, identity), []
    client.checks_pages = False
    with demo_app.app_context():
        roles = frozenset() if identity == "anonymous" else cast.person(identity).role_names
    for path, method, access in list(routes(demo_app)):
        if method not in OWN.get(identity, ("GET", "POST")):
            continue  # the same for everybody: no route declares another method
        with statements(demo_app) as seen:
            answer = client.open(path, method=method)
        expected = codes(access, method, roles)
        if expected and answer.status_code not in expected:
            wrong.append(f"{method} {path}: {answer.status_code}, expected {expected}")
        if answer.status_code >= 500 and path != "/healthz":
            wrong.append(f"{method} {path}: {answer.status_code}")
        if method in ("GET", "HEAD") and any(s.startswith(WRITES) for s in seen):
            wrong.append(f"{method} {path} writes")
    assert wrong == []


def codes(access: gate.Access | None, method: str, roles: frozenset[str]) -> tuple[int, ...]:
    """The codes that are right; none where the object decides. No post here carries a token."""
    reads = method in ("GET", "HEAD")
    if access is None:
        return (405,)
    if method == "OPTIONS":
        return ()
    if access.right and not roles:
        return (302,) if reads else (401,)
    if not reads:
        return (404,) if access.by_mail else (403,)
    if access.right and access.load is None:
        somebody = SimpleNamespace(id="x", active=True, role_names=roles)
        return () if rights.can(somebody, access.right) else (403,)
    return ()


@pytest.mark.slow
@pytest.mark.parametrize("identity", often(["coordination", "contributor", "anonymous", "administration"], 2))
def test_every_post_with_a_token_and_nothing_else(demo_app, identity):
    """An empty form, or one of the wrong shape, is never a fault of ours; and without the right it is refused."""
    given, wrong = samples(demo_app), []
    with demo_app.app_context():
        token = URLSafeTimedSerializer(demo_app.secret_key, salt="wtf-csrf-token").dumps("0" * 40)
    for rule in demo_app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        with demo_app.app_context():
            access = gate.access_of(rule.endpoint)
        for values in ({}, HOSTILE):
            client = who(demo_app, identity)
            client.checks_pages = False
            with client.session_transaction() as session:
                session["csrf_token"] = "0" * 40
            data = {"csrf_token": token, **values}
            answer = client.post(address(rule, given), data=data)
            refused = access.right and identity == "anonymous"
            if answer.status_code >= 500 or (refused and answer.status_code != 401):
                wrong.append(f"{rule.rule} {values}: {answer.status_code}")
            if not refused and answer.status_code == 403 and not access.right:
                wrong.append(f"{rule.rule}: the token was not taken")
    assert wrong == []


# ---- the order


def test_a_stranger_is_sent_to_the_door_before_anything_is_loaded(make_app):
    loaded = []

    def load(ref):
        loaded.append(ref)
        return find(ref)

    def view(fiche):
        return "seen"

    app = with_routes(make_app(demo=True), thing=gate.needs("fiche.see", load, into="fiche")(view))
    stranger = app.test_client()
    for ref in ("F-2016-002", "F-9999-999"):
        answer = stranger.get(f"/thing/{ref}?a=b")
        assert (answer.status_code, answer.location) == (302, f"/enter?next=/thing/{ref}?a%3Db")
        assert stranger.post(f"/thing/{ref}").status_code == 401
    assert loaded == []
    # The control: for a member it is loaded, once.
    member = cast.sign_in(app.test_client(), "committee")
    member.checks_pages = False
    assert member.get("/thing/F-2016-002").text == "seen"
    assert loaded == ["F-2016-002"]


def test_what_may_not_be_seen_is_as_if_it_were_not_there(demo_app, client_of):
    with demo_app.app_context(), writing():
        draft = find("F-2016-002")
        draft.state = "BRO"
        draft.received_at = None
    outsider = client_of("outsider")
    hidden, absent = outsider.get("/fiches/F-2016-002"), outsider.get("/fiches/F-2016-999")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    strip = re.compile(r'value="[^"]+"')
    assert strip.sub("", hidden.text) == strip.sub("", absent.text)


def test_what_may_be_seen_and_not_changed_is_403(demo_app, client_of):
    with demo_app.app_context(), writing():
        find("F-2016-002").state = "PUB"
    outsider = client_of("outsider")
    assert outsider.get("/fiches/F-2016-002").status_code == 200
    assert outsider.get("/fiches/F-2016-002/edit").status_code == 403


def csrf(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)', client.get("/account").text)[1]


def test_a_form_of_another_account_is_not_taken(demo_app, client_of):
    client = client_of("contributor")
    with demo_app.app_context():
        me, other = by_email(NADIA).id, cast.person("committee").id
    data = {"csrf_token": csrf(client), "name": "Autre", "organisation": "x"}
    answer = client.post("/account", data={**data, "author": other})
    assert answer.status_code == 409
    as_json = {"Accept": "application/json"}
    assert (
        client.post("/account", data={**data, "author": other}, headers=as_json).json["error"] == "wrong_user"
    )
    with demo_app.app_context():
        assert by_email(NADIA).name == "Nadia Bensaïd"
    assert client.post("/account", data={**data, "author": me}).status_code == 303


@pytest.mark.parametrize("token", [None, "", "x", "stranger"])
def test_a_post_without_the_token_of_this_visit_changes_nothing(demo_app, client_of, token):
    client = client_of("contributor")
    mine = csrf(client)
    if token == "stranger":
        token = csrf(client_of("committee"))
    data = {"name": "Autre", **({"csrf_token": token} if token is not None else {})}
    answer = client.post("/account", data=data)
    assert answer.status_code == 403
    assert "Autre" in answer.text
    assert (
        client.post("/account", data=data, headers={"Accept": "application/json"}).json["error"]
        == "csrf_stale"
    )
    with demo_app.app_context():
        assert by_email(NADIA).name == "Nadia Bensaïd"
    assert client.post("/account", data={"name": "Autre", "csrf_token": mine}).status_code == 303


def test_identity_comes_before_the_token(demo_app):
    """A device that sends late learns first that it must sign in."""
    answer = demo_app.test_client().post("/account", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]) == (401, "401")


def test_a_right_that_was_taken_away_is_gone_at_once(demo_app, client_of):
    client = client_of("committee")
    with demo_app.app_context():
        fiche = db.session.scalars(select(Fiche).where(Fiche.state == "SOU")).first().ref
    assert client.get(f"/fiches/{fiche}").status_code == 200
    with demo_app.app_context(), writing():
        leon = cast.person("committee")
        leon.roles.clear()
    assert client.get(f"/fiches/{fiche}").status_code == 404


def test_an_error_in_a_view_shows_nothing_of_it(make_app):
    def broken(ref):
        raise RuntimeError("the secret of the house")

    def gone(ref):
        abort(410)

    app = with_routes(make_app({"TESTING": False}), broken=gate.public(broken), gone=gate.public(gone))
    answer = app.test_client().get("/broken/1")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert app.test_client().get("/gone/1").status_code == 410
