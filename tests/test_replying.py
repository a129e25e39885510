"""Answering on a page: by the link of a mail, signed in, noted for who telephones; as a form and as JSON."""

from datetime import timedelta
from uuid import uuid4

import pytest

from models import access, answering, notices, replies
from models.answering import Answer
from models.meetings import Meeting
from models.store import db, now, writing
from tests.support.doors import statements
from tests.support.gatherings import ANNE, BART, LEON, NADIA, SAMIRA, meeting, reply, who

JSON = {"Accept": "application/json"}


class Case:
    """A meeting of the demonstration. `with made:` opens a context of its own, which no request of a client shares."""

    def __init__(self, app, **more):
        self.app, self._open = app, []
        with self:
            row = meeting(**more)
            self.id, self.code, self.title, self.ends_at = row.id, row.code, row.title, row.ends_at
            self.ids = {email: who(email).id for email in EVERYBODY}

    def __enter__(self):
        self._open.append(self.app.app_context())
        self._open[-1].push()
        return self

    def __exit__(self, *_failure):
        self._open.pop().pop()

    @property
    def row(self) -> Meeting:
        return db.session.get_one(Meeting, self.id)

    def change(self, **new) -> None:
        with self, writing():
            for name, value in new.items():
                setattr(self.row, name, value)

    def say(self, email: str, code: str, by: str = "") -> None:
        with self:
            answering.answer(self.id, self.ids[email], who(by or email), Answer(code, str(uuid4())))


EVERYBODY = (ANNE, BART, LEON, NADIA, SAMIRA)


@pytest.fixture
def made(demo_app):
    return Case(demo_app)


def link(made, email: str, **more) -> str:
    """The path of a link to answer."""
    with made, writing():
        token = access.make_link(who(email), notices.REPLY, until=made.ends_at, meeting_id=made.id, **more)
    return f"/meetings/{made.code}/reply/{token}"


def answer_of(made, email: str) -> tuple[str, int]:
    with made:
        row = reply(made.row, email)
        return row.answer, row.rev


def post(client, path: str, answer: str, **fields):
    """The form of a page, sent with one of its buttons."""
    page = client.get(path)
    assert page.status_code == 200
    return client.post(path, data={**hidden(page), "answer": answer, **fields})


def hidden(page) -> dict[str, str]:
    import re

    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text.split('class="answers"')[0]
    )
    return dict(found)


# ------------------------------------------------------------------------------------------ by the link


def test_leon_answers_from_his_mail_and_changes_his_mind(demo_app, made):
    client, path = demo_app.test_client(), link(made, LEON)
    page = client.get(path)
    assert (
        page.text.index("Je viens") < page.text.index("Je ne viens pas") < page.text.index("Je donne ma voix")
    )
    done = post(client, path, "OUI", message="À jeudi", needs="Un siège près de la porte")
    assert (done.status_code, done.headers["Location"]) == (303, path)
    assert answer_of(made, LEON) == ("OUI", 1)
    assert "C’est noté" in client.get(path).text
    assert "Un siège près de la porte" in client.get(path).text
    post(client, path, "IND")
    assert answer_of(made, LEON) == ("IND", 2)
    assert client.get("/account").status_code == 302  # the link opens no account
    assert "device" not in dict(client.session_transaction().__enter__())


def test_looking_writes_nothing_however_often(demo_app, made):
    path, client = link(made, LEON), demo_app.test_client()
    before = state(demo_app)
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.get(path + "?answer=OUI").status_code == 200
    assert state(demo_app) == before
    post(client, path, "OUI")
    assert state(demo_app) != before  # the control


def state(app) -> list:
    from models.store import Base

    with app.app_context():
        return [db.session.execute(table.select()).all() for table in Base.metadata.sorted_tables]


def test_a_link_is_for_one_meeting_and_one_person(demo_app, made):
    other = Case(demo_app, title="Une autre")
    path = link(made, LEON)
    token, client = path.rpartition("/")[2], demo_app.test_client()
    wrong = f"/meetings/{other.code}/reply/{token}"
    assert client.get(wrong).status_code == 404
    fields = hidden(client.get(path))
    assert client.post(wrong, data={**fields, "answer": "OUI"}).status_code == 404
    # What a form says of somebody else is not read.
    post(client, path, "OUI", person_id=made.ids[NADIA], meeting=other.code, author="")
    assert answer_of(made, LEON)[0] == "OUI"
    assert answer_of(made, NADIA)[0] == answer_of(other, LEON)[0] == answer_of(other, NADIA)[0] == "ATT"


@pytest.mark.parametrize("door", ["/enter/"])
def test_it_lets_nobody_in(demo_app, made, door):
    token = link(made, LEON).rpartition("/")[2]
    client = demo_app.test_client()
    absent = client.get(door + "x" * 43)
    assert client.get(door + token).status_code == absent.status_code == 404
    page = client.get("/enter")
    assert client.post(door + token, data=hidden_all(page)).status_code == 404
    with made, writing():
        assert access.spend(token) is None
    assert client.get("/account").status_code == 302


def hidden_all(page) -> dict[str, str]:
    import re

    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))


def test_a_sign_in_link_answers_nothing(demo_app, made):
    with made, writing():
        token = access.make_link(who(LEON), "sign-in")
    assert demo_app.test_client().get(f"/meetings/{made.code}/reply/{token}").status_code == 404


@pytest.mark.parametrize("how", ["expired", "withdrawn", "left", "suspended"])
def test_what_ended_stays_ended(demo_app, made, how):
    path, client = link(made, LEON), demo_app.test_client()
    fields = hidden(client.get(path))
    with made, writing():
        row = access.find_link(path.rpartition("/")[2])
        if how == "expired":
            row.expires_at = now()
        elif how == "withdrawn":
            row.withdrawn_at = now()
        elif how == "suspended":
            who(LEON).closed_at = now()
        else:
            answering.left(made.row, who(LEON), who(SAMIRA))
    page = client.get(path)
    assert page.status_code == 410
    assert made.title not in page.text
    assert client.post(path, data={**fields, "answer": "OUI"}).status_code == 410
    if how != "left":
        assert answer_of(made, LEON) == ("ATT", 0)


def test_after_the_time_the_answer_is_shown_and_who_to_call(demo_app, made):
    path, client = link(made, LEON), demo_app.test_client()
    post(client, path, "OUI")
    fields = hidden(client.get(path))
    made.change(reply_by=now() - timedelta(minutes=1))
    page = client.get(path)
    assert "Le moment de répondre est passé" in page.text
    assert "02 555 01 00" in page.text
    assert "Je ne viens pas</b>" not in page.text
    assert client.post(path, data={**fields, "answer": "IND", "op_id": str(uuid4())}).status_code == 409
    assert answer_of(made, LEON) == ("OUI", 1)


def test_a_voice_is_given_and_what_is_wrong_stands_beside_it(demo_app, made):
    path, client = link(made, LEON), demo_app.test_client()
    assert "Anne-Marie Lhoest" in client.get(path).text
    empty = post(client, path, "PRO", proxy="", message="Mon mot")
    assert empty.status_code == 422
    assert "Choisissez à qui vous donnez votre voix" in empty.text
    assert "Mon mot" in empty.text
    assert post(client, path, "PRO", proxy=made.ids[ANNE]).status_code == 303
    assert "vous donnez votre voix à Anne-Marie Lhoest" in client.get(path).text
    made.say(ANNE, "IND")
    assert "La voix n’est plus portée" in client.get(path).text


# ----------------------------------------------------------------------------- signed in, and by telephone


def test_bart_telephones_and_it_says_who_noted_it(demo_app, made, client_of):
    office = client_of("coordination")
    path = f"/meetings/{made.code}/replies/{made.ids[BART]}"
    assert "Noter une réponse" in office.get(path).text
    assert post(office, path, "DIS", needs="zzchuchotage").status_code == 303
    assert answer_of(made, BART) == ("DIS", 1)
    assert "Saisi par Samira Haddad" in office.get(path).text
    assert "Saisi par Samira Haddad" in client_of("reader").get(f"/meetings/{made.code}/reply").text


def test_who_answers_twice_from_an_old_page_is_not_told_of_another_person(demo_app, made, client_of):
    bart, own = client_of("reader"), f"/meetings/{made.code}/reply"
    seen = hidden(bart.get(own))
    for answer, words in (("IND", ""), ("OUI", "Vous aviez déjà répondu")):
        bart.post(own, data={**seen, "op_id": str(uuid4()), "answer": answer})
        page = bart.get(own).text
        assert words in page
        assert "avait noté" not in page


def test_a_refused_answer_says_one_thing_and_a_meeting_that_is_over_asks_nothing(demo_app, made, client_of):
    bart, own = client_of("reader"), f"/meetings/{made.code}/reply"
    page = post(bart, own, "PRO", proxy="")
    assert (page.status_code, "n’est pas encore gardée" in page.text) == (422, False)
    assert "Venez-vous le" in bart.get(own).text.replace("\u00a0", " ")
    with demo_app.app_context(), writing():
        row = db.session.query(Meeting).filter_by(code=made.code).one()
        row.starts_at, row.ends_at = now() - timedelta(days=2), now() - timedelta(days=2, hours=-2)
    assert "Venez-vous" not in bart.get(own).text


def test_the_last_one_wins_and_says_so(demo_app, made, client_of):
    bart, office = client_of("reader"), client_of("coordination")
    own, noted = f"/meetings/{made.code}/reply", f"/meetings/{made.code}/replies/{made.ids[BART]}"
    seen = hidden(bart.get(own))
    post(office, noted, "IND")
    done = bart.post(own, data={**seen, "answer": "OUI"})
    assert done.status_code == 303
    page = bart.get(own)
    assert "Entre-temps, Samira Haddad avait noté" in page.text
    assert answer_of(made, BART) == ("OUI", 2)
    assert "Entre-temps" not in bart.get(own).text


def test_needs_are_for_their_person_and_the_secretariat(demo_app, made, client_of):
    """Members and the chair meet them nowhere; who noted them and the person do."""
    post(demo_app.test_client(), link(made, LEON), "OUI", needs="zzrampe")
    own = f"/meetings/{made.code}/replies/{made.ids[LEON]}"
    pages = [
        f"/meetings/{made.code}",
        f"/meetings/{made.code}/eve",
        own,
        f"/meetings/{made.code}/agenda",
        "/",
    ]
    for role in ("contributor", "reader", "group_member", "chair", "outsider"):
        client = client_of(role)
        client.checks_pages = False
        for path in pages:
            assert "zzrampe" not in client.get(path).text, (role, path)
    assert "zzrampe" in client_of("coordination").get(own).text
    assert "zzrampe" in client_of("committee").get(f"/meetings/{made.code}/reply").text
    # A chair who notes an answer does not touch what they do not see.
    post(client_of("chair"), own, "IND", needs="")
    with made:
        assert list(replies.needs(made.row).values()) == ["zzrampe"]


@pytest.mark.parametrize("role", ["contributor", "reader", "outsider"])
def test_nobody_else_notes(demo_app, made, client_of, role):
    client = client_of(role)
    path = f"/meetings/{made.code}/replies/{made.ids[LEON]}"
    wanted = 404 if role == "nobody" else 403
    assert client.get(path).status_code == wanted
    token = hidden_all(client.get("/account"))["csrf_token"]
    assert client.post(path, data={"csrf_token": token, "answer": "OUI"}).status_code == wanted
    assert answer_of(made, LEON)[0] == "ATT"


def test_who_was_not_invited_has_no_page_to_answer(demo_app, made, client_of):
    assert client_of("outsider").get(f"/meetings/{made.code}/reply").status_code == 404
    with made, writing():
        made.row.circle.closed = True
    assert client_of("outsider").get(f"/meetings/{made.code}/replies/{made.ids[LEON]}").status_code == 404


# ---------------------------------------------------------------------------------------------- as JSON


@pytest.fixture
def late(make_app):
    """A client of Bart's that sends late, and the meeting."""
    from tests.support.cast import sign_in

    app = make_app({"WTF_CSRF_ENABLED": False}, demo=True)
    return sign_in(app.test_client(), "reader"), Case(app)


def test_a_device_that_sends_late_has_one_effect(late):
    client, made = late
    path, form = (
        f"/meetings/{made.code}/reply",
        {"op_id": str(uuid4()), "base": "rev:0", "answer": "OUI", "schema_version": "1"},
    )
    first = client.post(path, data=form, headers=JSON)
    assert (first.status_code, first.json["answer"], first.json["rev"]) == (201, "OUI", 1)
    again = client.post(path, data=form, headers=JSON)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.json == first.json
    reused = client.post(path, data={**form, "answer": "IND"}, headers=JSON)
    assert (reused.status_code, reused.json["error"], reused.json["op_id"]) == (
        422,
        "op_reused",
        form["op_id"],
    )
    assert answer_of(made, BART) == ("OUI", 1)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"op_id": ""}, 422), ({"answer": "X"}, 422), ({"answer": "PRO"}, 422), ({"schema_version": "0"}, 426),
     ({"author": "another"}, 409)],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_nothing_is_written(late, change, status):
    client, made = late
    form = {"op_id": str(uuid4()), "base": "rev:0", "answer": "OUI", "author": made.ids[BART], **change}
    refused = client.post(f"/meetings/{made.code}/reply", data=form, headers=JSON)
    assert refused.status_code == status
    assert refused.json
    assert answer_of(made, BART) == ("ATT", 0)


def test_too_late_is_told_as_json(late):
    client, made = late
    made.change(reply_by=now())
    form = {"op_id": str(uuid4()), "base": "rev:0", "answer": "OUI"}
    refused = client.post(f"/meetings/{made.code}/reply", data=form, headers=JSON)
    assert (refused.status_code, refused.json["error"]) == (409, "late")


def test_the_last_one_wins_and_says_so_in_json(late):
    client, made = late
    made.say(BART, "IND", SAMIRA)
    form = {"op_id": str(uuid4()), "base": "rev:0", "answer": "OUI"}
    done = client.post(f"/meetings/{made.code}/reply", data=form, headers=JSON)
    assert done.status_code == 201
    assert done.json["replaced"]["answer"] == "IND"
    assert "Samira Haddad" in done.json["sentence"]


# ------------------------------------------------------------------------------------------------ numbers


def test_the_page_asks_as_much_of_three_as_of_fifty(demo_app, made, client_of):
    """Who may carry a voice is found in one go."""
    from models.circles import Seat
    from models.people import add_person

    client = client_of("committee")
    path = f"/meetings/{made.code}/reply"

    def asked() -> int:
        client.get(path)
        with statements(demo_app) as seen:
            client.get(path)
        return sum(not said.startswith(("PRAGMA", "BEGIN")) for said in seen)

    few = asked()
    with made, writing():
        for n in range(50):
            one = add_person(f"Personne {n}", f"p{n}@quai.example")
            db.session.add(Seat(circle_id=made.row.circle_id, person_id=one.id))
            db.session.add(replies.Reply(meeting_id=made.id, person_id=one.id))
    assert asked() == few
