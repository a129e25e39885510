"""Asking to join, from the public link of a call: the same answer for everybody; the coordination decides."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from blueprints import jobs
from blueprints.accounts import joining as pages
from models import access, joining, people
from models.audit import AuditEvent
from models.deliveries import Mail
from models.editions import call_by_code
from models.joining import Answered, JoinRequest
from models.people import by_email
from models.store import db, now, writing
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA, mailed, open_door, path_in, statements
from tests.test_home import section

JOIN, ZOE = "/join/AP-2016-1", "zoe@habitants.example"
REQUESTS = "/people/requests"


@pytest.fixture
def alone(demo_app):
    """The demonstration without the requests that it has."""
    with demo_app.app_context(), writing():
        for row in db.session.scalars(select(JoinRequest)):
            db.session.delete(row)
    return demo_app


def ask(app, email: str = ZOE, **values):
    client = app.test_client()
    return client.submit(client.get(JOIN), {"name": "Zoé Lambrecht", "email": email, **values}, form=JOIN)


def the_one() -> JoinRequest:
    return db.session.scalars(select(JoinRequest)).one()


def mails(app, to: str | None = None) -> list[str]:
    with app.app_context():
        return [m.template for m in db.session.scalars(select(Mail)) if to in (None, m.to)]


# ---- the stranger


def test_the_page_says_what_it_is_and_asks_little(alone):
    page = alone.test_client().get(JOIN)
    for said in (
        "Premier appel à fiches",
        "Toutes les actions, grandes ou petites",
        "La coordination lit votre demande",
    ):
        assert said in page.text
    assert len(re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")', page.text)) == 4


def test_known_and_unknown_get_the_same_answer_and_other_mails(alone):
    answers = []
    for email in (ZOE, NADIA, NADIA.upper()):
        client = alone.test_client()
        answer = client.submit(client.get(JOIN), {"name": "Zoé", "email": email}, form=JOIN)
        after = client.get(answer.location)
        answers.append((answer.status_code, answer.location, re.sub(r'value="[^"]+"', "", after.text)))
    assert len(set(answers)) == 1
    assert mails(alone, ZOE) == []
    assert mails(alone, NADIA) == ["sign_in"], "one a minute is enough"
    assert mails(alone, SAMIRA) == ["join_waiting"]
    with alone.app_context():
        assert the_one().email == ZOE
        assert by_email(ZOE) is None, "to ask makes no person"


def test_one_row_for_an_address_which_says_what_was_written_last(alone):
    ask(alone, words="Bonjour.", organisation="Habitants")
    ask(alone, email=f" {ZOE.upper()} ", name="Zoé L.", words="Bonjour, c’est encore moi.")
    with alone.app_context():
        row = the_one()
        assert (row.name, row.words, row.organisation, row.state) == (
            "Zoé L.",
            "Bonjour, c’est encore moi.",
            None,
            "waiting",
        )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": " "}, "Écrivez un nom"),
        ({"email": "zoe"}, "adresse complète"),
        ({"words": "x" * 1001}, "1000 signes"),
        ({"organisation": "x" * 201}, "200 signes"),
    ],
)
def test_what_cannot_stand_is_said_and_the_rest_is_kept(alone, values, said):
    answer = ask(alone, **{"words": "Un mot à garder.", "organisation": "La rue", **values})
    assert answer.status_code == 422
    assert said in answer.text
    if "words" not in values:
        assert "Un mot à garder." in answer.text
    assert 'aria-invalid="true"' in answer.text
    with alone.app_context():
        assert db.session.scalars(select(JoinRequest)).all() == []


def test_it_ends_with_the_call_and_begins_with_it(alone):
    client = alone.test_client()
    page = client.get(JOIN)
    with alone.app_context(), writing():
        call_by_code("AP-2016-1").closes_at = now() - timedelta(minutes=1)
    closed = client.get(JOIN)
    assert closed.status_code == 410
    assert "Cet appel est clos" in closed.text
    # A form that stood open gets the same sentence, and nothing is kept.
    assert client.submit(page, {"name": "Zoé", "email": ZOE}, form=JOIN).status_code == 410
    with alone.app_context(), writing():
        call = call_by_code("AP-2016-1")
        call.opens_at, call.closes_at = now() + timedelta(days=2), now() + timedelta(days=9)
    assert "s’ouvre le" in client.get(JOIN).text
    with alone.app_context():
        assert db.session.scalars(select(JoinRequest)).all() == []
    assert client.get("/join/AP-1900-1").status_code == 404


def test_the_door_is_not_worn_out(make_app):
    app = make_app({"RATELIMIT_ENABLED": True}, demo=True)
    client = app.test_client()
    page = client.get(JOIN)
    codes = [client.submit(page, {"name": "Zoé", "email": ZOE}, form=JOIN).status_code for _ in range(9)]
    assert codes == [303] * 8 + [429]
    assert client.submit(page, {"name": "Ivo", "email": "ivo@quai.example"}, form=JOIN).status_code == 303


def test_to_look_asks_nothing(alone):
    with statements(alone) as seen:
        for path in (JOIN, f"{JOIN}/asked"):
            alone.test_client().get(path)
            alone.test_client().head(path)
    assert not [s for s in seen if s.startswith(("INSERT", "UPDATE", "DELETE"))]


# ---- the coordination


def test_accepted_invited_and_at_the_table(alone, client_of, smtp):
    ask(alone, words="Je plante des haies.", organisation="Habitants")
    office = client_of("coordination")
    assert "Une personne demande une place" in section(office.get("/"), "attend")
    listed = office.get(REQUESTS)
    assert "Je plante des haies." in listed.text
    with alone.app_context():
        path = f"{REQUESTS}/{the_one().id}"
    page = office.get(path)
    answer = office.submit(page, {"roles": ["contributor", "reader"], "circle": "GDT"}, form=f"{path}/accept")
    assert answer.location == REQUESTS
    assert "Rien ici" in office.get(REQUESTS).text
    assert "Zoé Lambrecht" in office.get(f"{REQUESTS}?etat=accepted").text
    assert "demande une place" not in section(office.get("/"), "attend")
    text = mailed(alone, ZOE)[0]
    assert "Samira Haddad vous invite" in text
    assert "Groupe de travail" in text
    zoe = alone.test_client()
    assert open_door(zoe, path_in(text)).status_code == 303
    with alone.app_context():
        who = by_email(ZOE)
        assert (who.active, who.role_names, who.organisation) == (
            True,
            {"contributor", "reader"},
            "Habitants",
        )
        acts = [e.act for e in db.session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "join"))]
        assert acts == ["join.asked", "join.accepted"]
    assert "Samira Haddad a répondu" in office.get(path).text


def test_declined_with_a_sentence_that_is_mailed(alone, client_of):
    ask(alone)
    office = client_of("coordination")
    with alone.app_context():
        path = f"{REQUESTS}/{the_one().id}"
    empty = office.submit(office.get(path), {"answer": "  "}, form=f"{path}/decline")
    assert empty.status_code == 422
    assert "Écrivez une phrase" in empty.text
    long = office.submit(office.get(path), {"answer": "x" * 1001}, form=f"{path}/decline")
    assert "x" * 1001 in long.text
    office.submit(
        office.get(path), {"answer": "La table est pleine.\n\nVenez au suivant."}, form=f"{path}/decline"
    )
    text = mailed(alone, ZOE)[0]
    for said in ("Bonjour Zoé Lambrecht", "La table est pleine.", "Venez au suivant."):
        assert said in text
    with alone.app_context():
        assert (the_one().state, by_email(ZOE)) == ("declined", None)
    # Asked again, it waits again, and the mail that had not left yet has nothing to say any more.
    ask(alone, words="Et maintenant ?")
    with alone.app_context():
        assert the_one().state == "waiting"
    from blueprints.accounts import letters

    with alone.app_context(), pytest.raises(letters.Moot):
        letters.compose(db.session.scalars(select(Mail.id).where(Mail.template == "join_declined")).one())


def test_to_leave_it_changes_nothing(alone, client_of):
    ask(alone)
    office = client_of("coordination")
    with alone.app_context():
        path = f"{REQUESTS}/{the_one().id}"
    assert "Laisser en attente" in office.get(path).text
    assert "Zoé Lambrecht" in office.get(REQUESTS).text


def test_two_who_answer_at_once(alone, client_of):
    ask(alone)
    office = client_of("coordination")
    with alone.app_context():
        request_id = the_one().id
    path = f"{REQUESTS}/{request_id}"
    page = office.get(path)
    office.submit(page, form=f"{path}/accept")
    second = office.submit(page, {"answer": "Non."}, form=f"{path}/decline")
    assert second.location == path
    assert "vient de répondre" in office.get(path).text
    assert office.submit(page, form=f"{path}/accept").location == path
    assert mails(alone, ZOE) == ["invitation"]
    with alone.app_context(), writing(), pytest.raises(Answered):
        joining.decline(the_one(), by_email(SAMIRA), "Non.")


def test_nobody_is_accepted_above_who_accepts(alone, client_of):
    ask(alone)
    with alone.app_context(), writing():
        people.add_person("Zoé", ZOE, ["administration"])
        path = f"{REQUESTS}/{the_one().id}"
    office = client_of("coordination")
    page = office.get(path)
    assert 'value="administration"' not in page.text
    assert office.submit(page, form=f"{path}/accept").status_code == 403
    assert mails(alone, ZOE) == []


def test_who_joined_meanwhile_is_not_invited_twice(alone, client_of):
    ask(alone)
    with alone.app_context(), writing():
        people.add_person("Zoé", ZOE, ["reader"], active=True)
        path = f"{REQUESTS}/{the_one().id}"
    office = client_of("coordination")
    office.submit(office.get(path), form=f"{path}/accept")
    assert mails(alone, ZOE) == []
    with alone.app_context():
        assert by_email(ZOE).role_names == {"reader", "contributor"}


def test_a_suspended_person_who_asks_is_shown_as_such(alone, client_of):
    with alone.app_context(), writing():
        access.close_account(by_email(NADIA), by_email(SAMIRA))
    ask(alone, email=NADIA)
    assert mails(alone, NADIA) == []
    with alone.app_context():
        path = f"{REQUESTS}/{the_one().id}"
    assert "dont l’accès a été suspendu" in client_of("coordination").get(path).text


@pytest.mark.parametrize("role", sorted(set(cast.ROLES) - {"coordination"}))
def test_only_the_coordination_answers(demo_app, client_of, role):
    client = client_of(role)
    with demo_app.app_context():
        request_id = db.session.scalars(select(JoinRequest.id)).first()
    assert client.get(REQUESTS).status_code == 403
    assert client.get(f"{REQUESTS}/{request_id}").status_code == 404
    assert "yasmina@potager-partage.example" not in client.get("/").text


# ---- the mail once a day


def test_the_coordination_hears_of_it_once_a_day_and_of_what_came_since(alone, monkeypatch):
    for n in range(3):
        ask(alone, email=f"p{n}@quai.example")
    assert mails(alone, SAMIRA) == ["join_waiting"]
    assert "3 demandes attendent" in mailed(alone, SAMIRA)[0]
    with alone.app_context():
        pages.tell_office()
    assert mails(alone, SAMIRA) == ["join_waiting"], "the day is not over"
    later = now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(joining, "now", lambda: later)
    with alone.app_context():
        pages.tell_office()
    assert mails(alone, SAMIRA) == ["join_waiting", "join_waiting"], "two came after the first mail"


def test_the_same_requests_are_not_told_again(alone, monkeypatch):
    ask(alone)
    later = now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(joining, "now", lambda: later)
    with alone.app_context():
        pages.tell_office()
    assert mails(alone, SAMIRA) == ["join_waiting"]


def test_the_sweep_writes_nothing_when_there_is_nothing_to_tell(alone):
    assert pages.tell_office in jobs.SWEEPS
    with statements(alone) as seen, alone.app_context():
        pages.tell_office()
    assert not [s for s in seen if s.startswith("INSERT")]


def test_a_mail_about_requests_that_were_answered_is_moot(alone):
    from blueprints.accounts import letters

    ask(alone)
    with alone.app_context():
        with writing():
            joining.decline(the_one(), by_email(SAMIRA), "Non.")
        with pytest.raises(letters.Moot):
            letters.compose(db.session.scalars(select(Mail.id).where(Mail.template == "join_waiting")).one())


# ---- the list and the poster


def test_the_list_takes_as_many_queries_for_many_and_is_paged(alone, client_of):
    client, counts = client_of("coordination"), []
    client.get(REQUESTS)
    for more in (1, 2, 57):
        with alone.app_context(), writing():
            for n in range(more):
                db.session.add(
                    JoinRequest(
                        email=f"p{more}.{n}@quai.example",
                        name=f"P {more} {n}",
                        call_id=call_by_code("AP-2016-1").id,
                    )
                )
        with statements(alone) as seen:
            page = client.get(REQUESTS)
        counts.append(len([s for s in seen if s.startswith("SELECT")]))
    assert counts[0] == counts[1] == counts[2]
    assert "?etat=waiting&amp;page=2" in page.text
    assert client.get(f"{REQUESTS}?etat=waiting&page=2").text.count('<li class="line">') == 10


def test_the_poster_has_the_code_and_the_address_of_the_page(demo_app, client_of):
    for role in ("outsider", "coordination"):
        page = client_of(role).get("/calls/AP-2016-1/poster")
        assert page.status_code == 200
        href = re.search(r"<b>(https?://\S+)</b>", page.text)[1]
        assert href.endswith(JOIN)
        assert '<div role="img" aria-label="Code QR' in page.text
    assert demo_app.test_client().get("/calls/AP-2016-1/poster").status_code == 302
    assert client_of("coordination").get("/calls/AP-1900-1/poster").status_code == 404
