"""What makes something without the guard of blueprints/once.py, sent twice: the second sending leaves every row as it was."""

import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image
from sqlalchemy import select

from models import factors, joining
from models.agenda import items
from models.deliveries import Mail
from models.exchanges import Notice
from models.factors import Vault
from models.fiche.content import blank
from models.fiche.exchange import dump
from models.fiche.fiche import Fiche
from models.files import CircleFile
from models.organisations import Organisation
from models.people import by_email
from models.store import Base, db, now, writing
from tests.support import gatherings, minutes
from tests.support.authenticator import Authenticator
from tests.support.doors import NADIA, mailed, open_door
from tests.support.tasks import due
from tests.test_factors import KARIM, PAPER, add_key, options, token_of
from tests.test_invite_many import send as send_list
from tests.test_once import GUARDED, PDF
from tests.test_people import ZOE, person_id, shown_link

# What a browser answers by itself, and codes that are shown once: walked below.
APART = {"accounts.add_key", "accounts.new_codes", "accounts.new_key_options"}

# (endpoint, who, page, form, what is typed, the table where something appears). Bytes are a file; after "?" stands what
# is posted to, where the page has several forms of it or none.
Sending = tuple[str, str, str, str, dict[str, Any], str]


def jpeg() -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(data, "JPEG")
    return data.getvalue()


def export() -> bytes:
    return dump([Fiche(number=None, state="BRO", content={**blank(), "titre": "Une fiche"})], "json").encode()


def of_meetings(app) -> list[Sending]:
    with app.app_context():
        coming, undated = gatherings.meeting(), gatherings.meeting("GT-DATES", convene=False)
        begun, over = minutes.held(days=-0.02), minutes.held("GT-TENU")
        here, free, live, there = (f"/meetings/{row.code}" for row in (coming, undated, begun, over))
        point, leon = f"{here}/agenda/{items(coming)[0].id}", by_email(gatherings.LEON).id
    who, day = "coordination", due(9).isoformat()
    task = {"what": "Payer", "person_id": leon, "due_on": day}
    dates = {
        "day-0": day,
        "begins-0": "10:00",
        "ends-0": "12:00",
        "day-1": day,
        "begins-1": "14:00",
        "ends-1": "16:00",
    }
    papers = (
        {"kind": "fiche", "fiche": "F-2016-001"},
        {"kind": "candidate", "candidate": "Le café papote"},
        {"kind": "candidate", "candidate": "Quelqu’une"},
        {"kind": "document", "file": PDF},
        {"kind": "document", "file": jpeg(), "title": "Une vue"},
    )
    return [
        *(("meetings.add_paper", who, point, "?/papers", typed, "agenda_link") for typed in papers),
        ("meetings.add_guest", who, here, "/guests", {"email": gatherings.MONIQUE}, "mail"),
        ("meetings.make_dossier", who, here, "?/dossiers/D5", {}, "dossier"),
        ("meetings.propose_dates", who, f"{free}/poll", "/poll/dates", dates, "poll"),
        ("minutes.add_line", who, f"{live}/live", "/live/lines", {"text": "On commence."}, "contribution"),
        ("minutes.add_decision", who, f"{live}/live", "/live/decisions", {"text": "On paie."}, "decision"),
        ("minutes.add_task", who, f"{live}/live", "/live/tasks", task, "task"),
        ("minutes.do_propose", who, f"{there}/minutes/propose", "", {}, "minutes"),
        ("minutes.do_correct", who, "/meetings/R-2016-02/minutes/correct", "", {"reason": "Un nom."}, "minutes"),
    ]  # fmt: skip


def of_the_others(app) -> list[Sending]:
    with app.app_context():
        boards = {
            row.title.split()[0]: row.id
            for row in db.session.scalars(select(Notice))
            if "jardin" in row.title
        }
        file = db.session.scalars(select(CircleFile.id)).first()
        house = db.session.scalars(
            select(Organisation.id).where(Organisation.name_fr == "Le café papote")
        ).one()
    offer, wanted = (f"/exchanges/lines/n-{boards[word]}" for word in ("Tenir", "Commencer"))
    match, to = f"{wanted}/proposals?with=n-{boards['Tenir']}", f"/directory/organisations/{house}"
    group, new, office, nadia = "/groups/GT-ESSAI", "/groups/GT-PLA/notes/new", "coordination", "contributor"
    member = {"email": NADIA, "function": "Trésorière"}
    return [
        ("committee.add", office, f"{group}/invite", "/members", {"email": KARIM}, "seat"),
        ("dossiers.make", office, "/dossiers/", "make", {}, "dossier"),
        ("dossiers.make_fiche", nadia, "/fiches/F-2016-002", "/dossiers", {}, "dossier"),
        ("exchanges.propose", "chair", match, "/proposals", {"words": "Un mercredi ?"}, "exchange"),
        ("exchanges.answer", "outsider", offer, "/answers", {}, "exchange"),
        ("files.add_version", office, f"/groups/GT-PLA/files/{file}", "/versions", {"file": PDF}, "circle_file_version"),
        ("fiches.create", nadia, "/fiches/new", "/fiches/", {"titre": "Une fiche neuve"}, "fiche"),
        ("fiches.import_files", nadia, "/fiches/import", "/fiches/import", {"files": export()}, "fiche"),
        ("groups.ask", "outsider", f"{group}/ask", "/ask", {}, "seat_request"),
        ("groups.invite", office, f"{group}/invite", "inviter", {"email": gatherings.MONIQUE}, "seat_request"),
        ("network.add_member", office, to, "/members", member, "membership"),
        ("notes.new", nadia, new, "/notes/new", {"title": "Une note", "body": "Un mot."}, "note"),
    ]  # fmt: skip


def kept(app) -> dict[str, list[str]]:
    """Every row of every table, as text; but for the devices, which are seen each time."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name != "device"]
    with app.app_context():
        read = db.session.connection().exec_driver_sql
        return {name: sorted(map(str, read(f'SELECT * FROM "{name}"'))) for name in names}


def others(one: dict[str, list[str]], two: dict[str, list[str]]) -> set[str]:
    """The tables that are not the same any more."""
    return {name for name, rows in one.items() if rows != two[name]}


def form_of(client, sending: Sending) -> Callable[[], Any]:
    """Sends the same sheet, of one look at the page, each time."""
    endpoint, _who, path, form, typed, _table = sending
    page = client.get(path)
    assert page.status_code == 200, (endpoint, page.status_code)

    def send():
        files = {n: (io.BytesIO(v), "plan.pdf") if isinstance(v, bytes) else v for n, v in typed.items()}
        if form.startswith("?"):
            return client.post(f"{path}{form[1:]}", data={**token_of(page), **files})
        return client.submit(page, files, form=form)

    return send


def test_a_second_sending_has_no_second_effect(demo_app, client_of):
    """Not one row is another one after it, mails and the journal of acts included; both lead to the same page."""
    walked, clients = set(APART), {}
    rows = [*of_meetings(demo_app), *of_the_others(demo_app)]
    before = kept(demo_app)
    for sending in rows:
        endpoint, who, table = sending[0], sending[1], sending[-1]
        client = clients.setdefault(who, client_of(who))
        send = form_of(client, sending)
        first, one = send(), kept(demo_app)
        assert first.status_code == 303, (endpoint, first.text)
        assert table in others(before, one), endpoint
        second = send()
        assert second.status_code == 303, (endpoint, second.text)
        assert second.headers["Location"] == first.headers["Location"], endpoint
        assert others(one, kept(demo_app)) == set(), endpoint
        walked.add(endpoint)
        before = one
    assert set(GUARDED) <= walked


def test_the_control_another_sheet_makes_another_one(demo_app, client_of):
    office = client_of("coordination")
    [sending] = [one for one in of_meetings(demo_app) if one[0] == "minutes.add_line"]
    form_of(office, sending)()
    one = kept(demo_app)
    assert form_of(office, sending)().status_code == 303
    assert "contribution" in others(one, kept(demo_app))


# ---- second proofs


def test_a_passkey_that_is_sent_twice_is_added_once(demo_app, client_of):
    nadia, key = client_of("contributor"), Authenticator()
    page = nadia.get("/account/second")
    said = {
        "passkey": key.make(options(nadia, page, "/account/second/keys/options")),
        "name": "Mon téléphone",
    }
    codes = nadia.submit(page, said, form="/account/second/keys")
    assert len(re.findall(PAPER, codes.text)) == 10
    one = kept(demo_app)
    assert nadia.submit(page, said, form="/account/second/keys").status_code == 422
    assert others(one, kept(demo_app)) == set()


def test_asking_twice_for_a_passkey_leaves_one_question(demo_app, client_of):
    """The last one alone is answered."""
    nadia, key = client_of("contributor"), Authenticator()
    page = nadia.get("/account/second")
    first, last = (options(nadia, page, "/account/second/keys/options") for _turn in range(2))
    for asked, status in ((last, 200), (first, 422)):
        said = {"passkey": key.make(asked), "name": "Mon téléphone"}
        assert nadia.submit(page, said, form="/account/second/keys").status_code == status
        page, key = nadia.get("/account/second"), Authenticator()


def test_asking_twice_for_codes_leaves_the_ten_that_are_shown(demo_app, client_of):
    nadia = client_of("contributor")
    add_key(nadia, Authenticator())
    page = nadia.get("/account/second")
    first, last = (
        re.findall(PAPER, nadia.submit(page, form="/account/second/codes").text) for _turn in range(2)
    )
    with demo_app.app_context():
        assert factors.codes_left(by_email(NADIA)) == 10
        with writing():
            used = [
                factors.use_code(by_email(NADIA), one[0], Vault(demo_app.secret_key)) for one in (first, last)
            ]
        assert used == ["", "paper"]


# ---- invitations and requests


def invited_links(app, client, send) -> list[str]:
    """The links that two sendings of one sheet show; between them, the tables that are others are the links' alone."""
    out, before = [], None
    for _turn in range(2):
        answer = send()
        assert answer.location == "/people/invited"
        if before:
            assert others(before, kept(app)) == {"access_link"}, "one invitation, which one more link carries"
        before = kept(app)
        out.append(shown_link(client.get(answer.location)))
    return out


def test_inviting_twice_is_one_invitation(demo_app, client_of):
    """The answer of the second press is the one that is seen: it shows a link too, and nothing ended or was mailed."""
    office = client_of("coordination")
    page = office.get("/people")
    typed = {"name": "Zoé Lambrecht", "email": ZOE, "roles": ["reader"], "circle": "GDT"}
    first, second = invited_links(demo_app, office, lambda: office.submit(page, typed, form="/people"))
    assert first != second
    assert len(mailed(demo_app, ZOE)) == 1
    # Sent again on purpose, from the list: another invitation, once too.
    listed, again = office.get("/people"), f"/people/{person_id(demo_app, ZOE)}/invite"
    third, fourth = invited_links(demo_app, office, lambda: office.submit(listed, form=again))
    assert demo_app.test_client().get(second).status_code == 410, "those before ended with it"
    with demo_app.app_context():
        assert [row.template for row in db.session.scalars(select(Mail))] == ["invitation"] * 2
    assert open_door(demo_app.test_client(), fourth).status_code == 303
    assert demo_app.test_client().get(third).status_code == 410, "the first link that serves closes the other"


def test_a_press_that_comes_after_the_invitation_ended_invites_nobody(demo_app, client_of):
    office = client_of("coordination")
    page = office.get("/people")
    typed = {"name": "Zoé Lambrecht", "email": ZOE, "roles": ["reader"]}
    office.submit(page, typed, form="/people")
    office.submit(office.get("/people"), form=f"/people/{person_id(demo_app, ZOE)}/withdraw")
    one = kept(demo_app)
    answer = office.submit(page, typed, form="/people", follow_redirects=True)
    assert "Zoé Lambrecht n’attend pas d’invitation." in answer.text
    assert others(one, kept(demo_app)) == set()


def test_a_list_that_is_sent_twice_goes_once(demo_app, client_of):
    """New people, and then people who were invited before: their list would do the same a second time."""
    office = client_of("coordination")
    for _turn in ("new", "again"):
        looked = office.submit(office.get("/people/many"), {"text": f"Zoé;{ZOE}\nIvo;ivo@quai.example"}, form="/people/many", button="act")  # fmt: skip
        assert send_list(office, looked).location == "/people"
        one = kept(demo_app)
        assert send_list(office, looked).location == "/people"
        assert others(one, kept(demo_app)) == set()


def test_asking_to_join_twice_is_one_request(demo_app, monkeypatch):
    """Of somebody unknown; of a member, who is mailed one link. A minute later it is another asking."""
    client = demo_app.test_client()
    page = client.get("/join/AP-2016-1")
    for email, table in ((ZOE, "join_request"), (NADIA, "mail")):
        before = kept(demo_app)
        typed = {"name": "Zoé Lambrecht", "email": email, "words": "Je plante des haies."}
        first = client.submit(page, typed)
        one = kept(demo_app)
        assert table in others(before, one)
        assert client.submit(page, typed).location == first.location
        assert others(one, kept(demo_app)) == set()
        client.submit(page, {**typed, "words": "Et des arbres."})
        assert others(one, kept(demo_app)) == ({"join_request", "audit_event"} if email == ZOE else set())
        with monkeypatch.context() as patch:
            patch.setattr(joining, "now", lambda: now() + joining.MOMENT)
            one = kept(demo_app)
            client.submit(page, typed)
            assert table in others(one, kept(demo_app))
