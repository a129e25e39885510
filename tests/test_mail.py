"""Mail: what it says, how it leaves, and what becomes of it when the server is unwell."""

import email.utils
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters import mail as post
from blueprints import jobs
from blueprints.accounts import jobs as mail_jobs
from blueprints.accounts import letters
from models import access, deliveries, demo, gathering, store
from models.circles import circle_by_code
from models.companions import Companion
from models.deliveries import BACKOFF, Mail
from models.fiche.fiche import Fiche, find
from models.groups import SeatRequest
from models.joining import JoinRequest
from models.leaving import Farewell
from models.people import Person, by_email, people_with
from models.store import db, now, writing
from tests.support.doors import NADIA, SAMIRA, mailed, open_door, path_in

ROOT = Path(__file__).parents[1]
FICHE = "F-2016-002"
BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\r\n\r\n",
    "\n ",
    "\x00\n",
]
INJECTED = "Bcc: everybody@example.org"


@pytest.fixture
def posting(make_app, smtp):
    """The application with the demonstration data and the mail server; in its context."""
    app = make_app(
        {
            "MAIL_SERVER": smtp.host,
            "MAIL_PORT": smtp.port,
            "MAIL_TIMEOUT": 1,
            "MAIL_SENDER": "table@tablee.example",
        },
        demo=True,
    )
    with app.app_context():
        yield app


def queue(template: str = "fiche_received", to: str = NADIA, **context) -> str:
    """A mail in the queue; its id."""
    if template.startswith("fiche"):
        context = {"fiche": find(FICHE).id, "by": by_email(SAMIRA).id, **context}
    with writing():
        deliveries.mail(by_email(to), template, **context)
        db.session.flush()
        return db.session.scalars(select(Mail.id).order_by(Mail.made_at.desc())).first()


def row(mail_id: str) -> Mail:
    db.session.rollback()
    return db.session.get_one(Mail, mail_id)


def make_due() -> None:
    with writing():
        for waiting in db.session.scalars(select(Mail)):
            waiting.due_at = now()


# ---- one message


def letter(**more) -> post.Letter:
    given = {
        "sender": "from@example.org", "sender_name": "Tablée", "to": "to@example.org", "to_name": "Nadia Bensaïd",
        "subject": "Une fiche", "text": "Bonjour.\n", "html": "<p>Bonjour.</p>", "message_id": "<1@example.org>",
    }  # fmt: skip
    return post.Letter(**{**given, **more})


def test_a_message_has_what_a_message_needs(smtp):
    post.send(post.Server(smtp.host, smtp.port), letter(subject="Été à Liège : « déjà »", language="fr"))
    [got] = smtp.messages
    assert (got.sender, got.recipients) == ("from@example.org", ["to@example.org"])
    heads = got.message
    assert heads["Subject"] == "Été à Liège : « déjà »"
    assert str(heads["To"]) == "Nadia Bensaïd <to@example.org>"
    assert heads["Auto-Submitted"] == "auto-generated"
    assert heads["Message-ID"] == "<1@example.org>"
    assert heads["Content-Language"] == "fr"
    assert abs(email.utils.parsedate_to_datetime(heads["Date"]) - now()) < timedelta(minutes=1)
    assert [part.get_content_type() for part in heads.iter_parts()] == ["text/plain", "text/html"]
    assert (got.text, got.html.strip()) == ("Bonjour.\n", "<p>Bonjour.</p>")


def test_no_header_is_let_in(smtp):
    server, heads = (
        post.Server(smtp.host, smtp.port),
        {"subject": "Subject", "to_name": "To", "sender_name": "From"},
    )
    for where, head in heads.items():
        for sign in BREAKS:
            post.send(server, letter(**{where: f"Fiche{sign}{INJECTED}{sign}X-More: x"}))
            got = smtp.messages[-1]
            case = f"{where} {sign!r}"
            assert got.recipients == ["to@example.org"], case
            assert (got.message["Bcc"], got.message["X-More"]) == (None, None), case
            assert got.text == "Bonjour.\n", case
            assert "Bcc: everybody" in str(got.message[head]), case


NO_ADDRESSES = [
    *[f"a@b.be{sign}{INJECTED}" for sign in BREAKS],
    "", "x", "a@b.be, c@d.be", "a@b.be> <c@d.be", "<a@b.be>", "a b@c.be", "é@b.be", "a@bé.be",
]  # fmt: skip


@pytest.mark.parametrize("where", ["to", "sender"])
def test_what_is_no_address_goes_nowhere(smtp, where):
    for address in NO_ADDRESSES:
        with pytest.raises(post.Refused):
            post.send(post.Server(smtp.host, smtp.port), letter(**{where: address}))
    assert smtp.connections == 0


def test_the_control_a_header_can_be_let_in(smtp):
    """Without our care the library refuses a line break; with a raw message it would pass: the corpus is real."""
    import smtplib

    with smtplib.SMTP(smtp.host, smtp.port) as connection:
        raw = f"To: to@example.org\r\nSubject: Fiche\r\n{INJECTED}\r\n\r\nBonjour."
        connection.sendmail("from@example.org", ["to@example.org"], raw)
    assert smtp.messages[0].message["Bcc"] == "everybody@example.org"


def test_a_body_cannot_end_the_message(smtp):
    text = "Un.\n.\nQUIT\n.\r\n.\r\nMAIL FROM:<x@x.be>\nFrom me\n"
    post.send(post.Server(smtp.host, smtp.port), letter(text=text))
    [got] = smtp.messages
    assert got.text.splitlines() == text.splitlines()


@pytest.mark.parametrize(
    ("mode", "error"),
    [("4xx", post.NotNow), ("5xx", post.Refused), ("hang", post.Unreachable), ("hang-data", post.Unreachable),
     ("drop", post.Unreachable), ("drop-data", post.Unreachable)],
)  # fmt: skip
def test_each_illness_has_its_name(smtp, mode, error):
    smtp.mode = mode
    patience = 0.5 if mode.startswith("hang") else 20  # seconds
    with pytest.raises(post.NotNow if error is not post.Refused else error) as caught:
        post.send(post.Server(smtp.host, smtp.port, timeout=patience), letter())
    assert type(caught.value) is error
    assert str(caught.value)


def test_a_server_that_is_not_there_is_unreachable(smtp):
    smtp.stop()
    with pytest.raises(post.Unreachable):
        post.send(post.Server(smtp.host, smtp.port, timeout=0.5), letter())


def test_a_server_without_the_encryption_that_was_asked_for_gets_nothing(smtp):
    with pytest.raises(post.Unreachable):
        post.send(post.Server(smtp.host, smtp.port, tls=True, timeout=20), letter())
    with pytest.raises(post.Unreachable):
        post.send(post.Server(smtp.host, smtp.port, username="a", password="b", timeout=20), letter())
    assert smtp.received == []


def test_a_password_is_not_in_what_is_logged():
    assert "s3cret" not in repr(post.Server("h", username="a", password="s3cret"))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Un &amp; deux</p>\n<p>Trois<br>quatre</p>", "Un & deux\n\nTrois\nquatre"),
        ("<ul><li>Un</li><li>Deux</li></ul>", "– Un\n– Deux"),
        ('<p class="act"><a class="btn" href="https://x.be/a?b=1&amp;c=2">Entrer</a></p>', "Entrer\nhttps://x.be/a?b=1&c=2"),
        ('<p>Un</p><p class="soft only-html">Copiez <br><a href="https://x.be">x</a></p><p>Deux</p>', "Un\n\nDeux"),
        ('<p>Écrivez à <a href="mailto:a@b.be">a@b.be</a>.</p>', "Écrivez à a@b.be."),
        ("<p>&lt;b&gt; 10 h 30 »</p>", "<b> 10\u00a0h\u00a030\u00a0»".replace(" 10", " 10")),
        ("", ""),
    ],
)  # fmt: skip
def test_html_as_plain_words(html, text):
    assert post.plain(html.replace(" h ", "\u00a0h\u00a0").replace(" »", "\u00a0»")) == text


# ---- what mails say


def contexts(app) -> dict[str, dict]:
    with writing():
        request = db.session.scalars(select(JoinRequest)).first()
        request.name, request.state, request.answer = (
            "Samira Haddad",
            "declined",
            "La table est pleine.\n\nVenez au suivant.",
        )
        samira = by_email(SAMIRA)
        farewell = Farewell(
            id=store.new_id(), person_id=samira.id, asked_by=samira.id, due_at=now() + timedelta(days=7)
        )
        db.session.add(farewell)
        group, els = circle_by_code("GT-PLA"), by_email("els@wijkadem.example")
        asked, invited, answered = (
            SeatRequest(id=store.new_id(), circle_id=group.id, person_id=by_email(who).id, kind=kind, state=state, words="Avec plaisir.",
                        made_by=made_by, answer="À jeudi." if state == "yes" else None, answered_by=els.id)
            for who, kind, state, made_by in (("karim@plateforme.example", "ask", "waiting", None),
                                              (SAMIRA, "invite", "waiting", els.id), (SAMIRA, "ask", "yes", None))
        )  # fmt: skip
        db.session.add_all([asked, invited, answered])
    helped = db.session.scalars(select(Companion)).one()
    return {
        "companion": {"person": helped.person_id, "companion": helped.companion_id},
        "join_waiting": {},
        "leaving": {"farewell": farewell.id},
        "join_declined": {"request": request.id},
        "seat_asked": {"request": asked.id},
        "seat_invited": {"request": invited.id},
        "seat_answered": {"request": answered.id},
        "seat_left": {"circle": group.id, "person": els.id},
        "sign_in": {},
        "password": {"act": "changed"},
        "factor": {"act": "app-added"},
        "library": {"subject": "Sujet", "body": "Un.\n\nDeux."},
        **{name: {} for name in letters.KINDS if name.startswith("fiche")},
    }


# The others have tests of their own: of meetings, of tasks, of news, of exchanges, of common actions, of reports
# (test_meeting_mails.py, test_following.py, test_telling.py, test_exchange_pages.py, test_acting.py, test_gathering.py).
OTHERS = (
    "action_",
    "exchange_",
    "invitation",
    "meeting_",
    "minutes_",
    "news",
    "report_",
    "task_",
    "widening_",
)


@pytest.mark.parametrize(
    "template",
    [name for name in letters.KINDS if not name.startswith(OTHERS)],
)
def test_every_mail_reads_well_twice(posting, smtp, template):
    queue(template, to=SAMIRA, **contexts(posting)[template])
    jobs.sweep()
    [got] = smtp.messages
    subject = str(got.message["Subject"])
    assert 10 <= len(subject) <= 78 or template == "library"
    assert str(got.message["From"]) == "Tablée <table@tablee.example>"
    assert "Samira Haddad" in got.text or template == "library"
    for link in re.findall(r'class="btn" href="([^"]+)"', got.html):
        assert link.replace("&amp;", "&") in got.text.splitlines()
        assert link.startswith("http://localhost")
    assert "<" not in got.text.replace("<b>", "")
    assert "&" not in re.sub(r"https?://\S+", "", got.text)
    assert "\n\n\n" not in got.text
    assert '<html lang="fr">' in got.html
    assert not re.search(r"<(img|script|link)|url\(", got.html)


def test_no_mail_is_without_a_name_or_a_template(app):
    there = {path.stem for path in (ROOT / "templates/mail").glob("*.html")}
    there -= {"layout", "meeting_parts", "task_parts"}
    assert there == set(letters.KINDS)
    told = re.findall(r'\("(fiche_\w+)", _', (ROOT / "models/workflow.py").read_text())
    assert told
    assert set(told) <= set(letters.KINDS)


def test_a_name_is_text_in_every_mail(posting, smtp):
    with writing():
        by_email(NADIA).name = '<img src=x> & "Nadia"'
        find(FICHE).title = "<script>alert(1)</script>\r\nBcc: x@x.be"
    queue()
    jobs.sweep()
    [got] = smtp.messages
    assert "<script>" not in got.html
    assert "<img" not in got.html
    assert "<script>alert(1)</script>" in got.text
    assert got.message["Bcc"] is None
    assert got.recipients == [NADIA]


def test_words_are_read_when_the_mail_leaves(posting, smtp):
    queue()
    with writing():
        find(FICHE).title = "Un titre tout neuf"
    jobs.sweep()
    assert "Un titre tout neuf" in smtp.messages[0].text


def test_a_mail_speaks_a_language_that_the_site_knows(posting, smtp):
    mail_id = queue()
    with writing():
        db.session.get_one(Mail, mail_id).language = "nl"
    jobs.sweep()
    assert smtp.messages[0].message["Content-Language"] == "fr"


def test_who_may_not_read_the_fiche_is_not_told_of_it(posting, smtp):
    mail_id = queue("fiche_new", to=SAMIRA)
    with writing():
        by_email(SAMIRA).active = False
    jobs.sweep()
    assert smtp.received == []
    assert row(mail_id).state == "moot"
    assert "ne peut plus lire" in row(mail_id).error


# ---- links in mails


def tokens_kept(app) -> bytes:
    folder = Path(app.config["INSTANCE"])
    return b"".join(path.read_bytes() for path in folder.glob("*.db*"))


def test_the_link_of_a_mail_is_made_when_it_leaves_and_kept_nowhere(posting, smtp):
    mail_id = queue("sign_in")
    assert row(mail_id).context == {}
    jobs.sweep()
    path = path_in(smtp.messages[0].text)
    token = path.rpartition("/")[2].partition("?")[0]
    kept = tokens_kept(posting)
    assert token.encode() not in kept
    assert NADIA.encode() in kept  # the control
    link = access.find_link(token)
    assert abs(link.expires_at - now() - timedelta(minutes=30)) < timedelta(seconds=30)
    assert open_door(posting.test_client(), path).status_code == 303
    assert row(mail_id).state == "sent"


def test_where_one_wanted_to_go_travels_along(posting, smtp):
    queue("sign_in", next="/fiches/?etat=SOU&q=a%20b")
    jobs.sweep()
    answer = open_door(posting.test_client(), path_in(smtp.messages[0].text))
    assert answer.location == "/fiches/?etat=SOU&q=a%20b"


def test_a_link_that_was_asked_for_long_ago_is_not_sent(posting, smtp):
    mail_id = queue("sign_in")
    with writing():
        db.session.get_one(Mail, mail_id).made_at = now() - timedelta(hours=3)
    jobs.sweep()
    assert smtp.received == []
    assert row(mail_id).state == "moot"


def test_a_sign_in_mail_of_a_closed_account_is_not_sent(posting, smtp):
    mail_id = queue("sign_in")
    with writing():
        access.close_account(by_email(NADIA), by_email(SAMIRA))
    jobs.sweep()
    assert (smtp.received, row(mail_id).state) == ([], "moot")


def test_the_link_points_to_the_public_address_and_never_to_a_forged_host(make_app, smtp):
    app = make_app(
        {"PUBLIC_URL": "https://tablee.example", "MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port}, demo=True
    )
    client = app.test_client()
    options = {"base_url": "https://tablee.example", "headers": {"X-Forwarded-Host": "evil.example"}}
    page = client.get("/enter", **options)
    assert client.get("/enter", base_url="https://evil.example").status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    headers = {**options["headers"], "Referer": "https://tablee.example/enter"}
    data = {"csrf_token": token, "email": NADIA}
    assert (
        client.post("/enter", data=data, base_url="https://tablee.example", headers=headers).status_code
        == 303
    )
    with app.app_context():
        jobs.sweep()
    assert re.findall(r"https?://[^/\s]+", smtp.messages[0].text) == ["https://tablee.example"]
    assert "evil" not in smtp.messages[0].html


# ---- the queue


def test_asking_talks_to_no_server(posting, smtp):
    smtp.mode = "hang"
    client = posting.test_client()
    answer = client.submit(client.get("/enter"), {"email": NADIA}, form="/enter")
    assert answer.status_code == 303
    assert smtp.connections == 0  # the server would hang for ever


def test_without_a_server_mails_wait(make_app):
    app = make_app(demo=True)
    with app.app_context():
        mail_id = queue()
        jobs.sweep()
        assert (row(mail_id).state, row(mail_id).attempts) == ("waiting", 0)


def test_a_mail_that_was_sent_keeps_nothing_of_what_it_said(posting, smtp):
    mail_id = queue()
    jobs.sweep()
    assert (row(mail_id).state, row(mail_id).context) == ("sent", {})
    jobs.sweep()
    assert len(smtp.messages) == 1


def test_a_server_that_says_later_is_asked_later_and_then_takes_it(posting, smtp):
    smtp.mode = "4xx"
    mail_id = queue()
    jobs.sweep()
    for n, delay in enumerate(BACKOFF):
        found = row(mail_id)
        assert (found.state, found.attempts) == ("waiting", n + 1)
        assert abs(found.due_at - now() - delay) < timedelta(seconds=20)
        assert found.error.startswith("451")
        jobs.sweep()
        assert row(mail_id).attempts == n + 1  # not before it is due
        if n == 3:
            break
        make_due()
        jobs.sweep()
    smtp.mode = "normal"
    make_due()
    jobs.sweep()
    assert row(mail_id).state == "sent"
    assert row(mail_id).error is None


def test_a_mail_is_given_up_after_the_last_delay(posting, smtp):
    smtp.mode = "4xx"
    mail_id = queue()
    for _ in range(len(BACKOFF) + 1):
        make_due()
        jobs.sweep()
    assert row(mail_id).state == "dead"
    make_due()
    jobs.sweep()
    assert len(smtp.refused) == len(BACKOFF) + 1


def test_a_server_that_says_never_is_not_asked_again(posting, smtp):
    smtp.mode = "5xx"
    mail_id = queue()
    jobs.sweep()
    found = row(mail_id)
    assert (found.state, found.attempts) == ("dead", 1)
    assert found.error.startswith("550")
    make_due()
    jobs.sweep()
    assert len(smtp.refused) == 1


@pytest.mark.parametrize("mode", ["hang", "drop"])
def test_a_server_that_is_ill_is_asked_once_a_sweep(posting, smtp, mode):
    smtp.mode = mode
    ids = [queue() for _ in range(5)]
    jobs.sweep()
    assert smtp.connections == 1
    assert sorted(row(mail_id).attempts for mail_id in ids) == [0, 0, 0, 0, 1]
    smtp.mode = "normal"
    make_due()
    jobs.sweep()
    assert {row(mail_id).state for mail_id in ids} == {"sent"}
    assert len(smtp.messages) == 5


def test_many_are_written_to_and_nobody_reads_the_address_of_another(posting, smtp):
    """A mail has one reader, so there is no list of addresses that could be seen."""
    everybody = [person.email for _role, person in demo.cast()]
    with writing():
        for email in everybody:
            deliveries.mail(by_email(email), "password", act="changed")
    jobs.sweep()
    assert sorted(got.recipients[0] for got in smtp.messages) == sorted(everybody)
    for got in smtp.messages:
        assert len(got.recipients) == 1
        others = set(everybody) - set(got.recipients)
        assert not [email for email in others if email in got.message.as_string()]


def test_one_bad_mail_does_not_hold_up_the_others(posting, smtp):
    bad, good = queue(template="nothing-of-the-kind"), queue()
    lost = queue(fiche="gone")
    jobs.sweep()
    assert [row(mail_id).state for mail_id in (bad, good, lost)] == ["waiting", "sent", "moot"]


def test_a_mail_that_cannot_be_written_is_tried_again(posting, smtp, monkeypatch):
    mail_id = queue()

    def broken(*_arguments):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(letters, "written", broken)
        jobs.sweep()
    assert (row(mail_id).state, row(mail_id).error) == ("waiting", "a fault of ours")
    make_due()
    jobs.sweep()
    assert row(mail_id).state == "sent"


def test_who_cannot_know_sends_again_under_the_same_name(posting, smtp):
    """The server took the message and died before saying so: twice is better than never, and readable as one."""
    smtp.mode = "drop-data"
    mail_id = queue()
    jobs.sweep()
    assert row(mail_id).state == "waiting"
    smtp.mode = "normal"
    make_due()
    jobs.sweep()
    assert row(mail_id).state == "sent"
    names = [got.message["Message-ID"] for got in smtp.received]
    assert names == [f"<{mail_id}@tablee.example>"] * 2


def test_a_worker_that_dies_while_sending_loses_nothing(posting, smtp, monkeypatch):
    mail_id = queue()

    def died(*_arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(post, "send", died)
        with pytest.raises(SystemExit):
            mail_jobs.send_mails()
    assert (row(mail_id).state, row(mail_id).attempts) == ("waiting", 0)
    jobs.sweep()
    assert len(smtp.messages) == 1


def test_no_transaction_is_open_while_the_server_is_spoken_to(posting, smtp, monkeypatch):
    states, real = [], post.send

    def watched(*arguments):
        states.append((store.is_writing(), db.session.registry().in_transaction()))
        return real(*arguments)

    monkeypatch.setattr(post, "send", watched)
    queue("sign_in")
    queue()
    jobs.sweep()
    assert states == [(False, False)] * 2


def test_a_rolled_back_act_mails_nobody(posting, smtp):
    def act() -> None:
        with writing():
            deliveries.mail(by_email(NADIA), "password", act="changed")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    jobs.sweep()
    assert smtp.received == []


def test_sending_a_fiche_tells_its_author_and_the_office(posting, smtp):
    from models import workflow

    with writing():
        fiche = find(FICHE)
        fiche.state = "BRO"
        db.session.flush()
        workflow.apply(fiche, "submit", by_email(NADIA))
    jobs.sweep()
    told = {got.recipients[0]: str(got.message["Subject"]) for got in smtp.messages}
    assert set(told) == {NADIA, *(p.email for p in people_with("coordination"))}
    assert FICHE in told[NADIA]
    assert "Une fiche est arrivée" in told[SAMIRA]


# ---- the page of the administration


def test_only_the_administration_sees_mails(client_of, demo_app):
    with demo_app.app_context():
        mail_id = queue()
    for role in ("contributor", "committee", "coordination"):
        assert client_of(role).get("/mails").status_code == 403
        assert client_of(role).get(f"/mails/{mail_id}").status_code == 404
    assert client_of("administration").get("/mails").status_code == 200


def test_the_page_lists_what_waits_what_went_and_what_was_given_up(make_app, smtp):
    from tests.support.cast import sign_in

    app = make_app({"MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port}, demo=True)
    admin = sign_in(app.test_client(), "administration")
    page = admin.get("/mails")
    assert "Rien n’attend." in page.text
    assert "Aucun serveur" not in page.text
    with app.app_context():
        queue()
        jobs.sweep()
        smtp.mode = "5xx"
        dead = queue(to=SAMIRA)
        jobs.sweep()
        queue("sign_in", to="bart@ziekenfonds.example")
    text = re.sub(r"\s+", " ", admin.get("/mails").text)
    parts = re.split(r'<h2 id="(?:waiting|dead|moot|sent)"', text)[1:]
    assert [("bart@" in p, SAMIRA in p, NADIA in p) for p in parts] == [
        (True, False, False),
        (False, True, False),
        (False, False, False),
        (False, False, True),
    ]
    assert "550 No such person here" in parts[1]
    smtp.mode = "normal"
    answer = admin.submit(admin.get(f"/mails/{dead}"), form=f"/mails/{dead}/again")
    assert answer.status_code == 303
    with app.app_context():
        jobs.sweep()
        assert row(dead).state == "sent"


@pytest.mark.parametrize("template", ["sign_in", "fiche_received", "password"])
def test_a_preview_shows_the_words_and_never_a_link_that_opens(client_of, demo_app, template):
    with demo_app.app_context():
        mail_id = queue(template)
    page = client_of("administration").get(f"/mails/{mail_id}")
    assert "Bonjour Nadia Bensaïd," in page.text
    assert "/enter/" not in page.text.partition("<main")[2]
    with demo_app.app_context():
        assert db.session.scalars(select(access.AccessLink)).all() == []
        assert row(mail_id).attempts == 0


def test_a_preview_of_an_invitation_opens_nothing(client_of, demo_app):
    with demo_app.app_context():
        with writing():
            who = db.session.get_one(Person, by_email(NADIA).id)
            who.active = False
            token = access.invite(who, by_email(SAMIRA))
        mail_id = db.session.scalars(select(Mail.id)).one()
    page = client_of("administration").get(f"/mails/{mail_id}")
    assert "Samira Haddad vous invite" in page.text
    assert token not in page.text
    assert access.digest(token) not in page.text


def test_a_mail_without_sense_says_so(client_of, demo_app):
    with demo_app.app_context():
        mail_id = queue(fiche="gone")
        queue()
        assert db.session.scalars(select(Fiche)).first()
    page = client_of("administration").get(f"/mails/{mail_id}")
    assert "Il ne partira pas" in page.text
    assert client_of("administration").get("/mails/nothing").status_code == 404


def test_the_mailed_helper_of_the_tests_makes_real_links(demo_app):
    with demo_app.app_context():
        queue("sign_in")
    assert open_door(demo_app.test_client(), path_in(mailed(demo_app, NADIA)[0])).status_code == 303


# ---- R7: whatever becomes of the mail server, no request waits for it and no mail is lost


def test_no_request_of_any_route_talks_to_the_mail_server(posting, smtp):
    """Every route, as the office: the server would hang for ever, and is never even called."""
    from tests.support import cast
    from tests.test_gate import routes

    smtp.mode = "hang"
    client = cast.sign_in(posting.test_client(), "administration")
    client.checks_pages = False
    token = re.search(r'name="csrf_token" value="([^"]+)', client.get("/account").text)[1]
    for path, method, declared in list(routes(posting)):
        if declared and method in ("GET", "POST") and path != "/sign-out":
            client.open(
                path, method=method, data={"csrf_token": token, "email": NADIA} if method == "POST" else None
            )
    assert smtp.connections == 0
    make_due()
    jobs.sweep()
    assert smtp.connections == 1  # the control: the worker does


def test_a_server_that_is_down_gets_everything_once_it_is_back(posting, smtp):
    from tests.support.mailserver import MailServer

    posting.config["MAIL_PORT"] = 1  # nobody listens there
    client = posting.test_client()
    for _ in range(3):
        assert client.submit(client.get("/enter"), {"email": NADIA}, form="/enter").status_code == 303
    ids = [queue() for _ in range(5)]
    for _ in range(4):
        make_due()
        jobs.sweep()
    assert {row(mail_id).state for mail_id in ids} == {"waiting"}
    with MailServer() as back:
        posting.config.update(MAIL_SERVER=back.host, MAIL_PORT=back.port)
        make_due()
        jobs.sweep()
        assert len(back.messages) == 8
        assert len({got.message["Message-ID"] for got in back.messages}) == 8


@pytest.mark.parametrize("mode", ["4xx", "5xx", "hang", "hang-data", "drop", "drop-data"])
def test_no_mail_is_lost_to_an_illness(posting, smtp, mode):
    """Four mails; the server is ill for three rounds, then well; whoever was given up is sent again by the office."""
    ids = [queue() for _ in range(4)]
    smtp.mode = mode
    for _ in range(3):
        make_due()
        jobs.sweep()
    assert not [m for m in smtp.messages if m.taken] or mode in ("hang-data", "drop-data")
    smtp.mode = "normal"
    dead = [mail_id for mail_id in ids if row(mail_id).state == "dead"]
    assert len(dead) == (4 if mode == "5xx" else 0)
    with writing():
        for mail_id in dead:
            deliveries.try_again(db.session.get_one(Mail, mail_id))
    make_due()
    jobs.sweep()
    assert {row(mail_id).state for mail_id in ids} == {"sent"}
    taken = [got.message["Message-ID"] for got in smtp.received if got.taken]
    assert len(taken) == len(set(taken)) == 4


KILLS = 4
CROWD = 12


def test_a_worker_that_is_killed_while_it_sends_loses_nothing(tmp_path, demo_template, smtp):
    """kill -9, again and again, each time while a message is under way: 0 lost, at most one double for each kill."""
    import shutil

    from app import create_app
    from tests.support.site import Program, close, wait_until

    folder = tmp_path / "instance"
    shutil.copytree(demo_template, folder)
    app = create_app({"INSTANCE": str(folder), "TESTING": True})
    with app.app_context():
        ids = [queue() for _ in range(CROWD)]
    environment = {
        "TABLEE_MAIL_SERVER": smtp.host,
        "TABLEE_MAIL_PORT": str(smtp.port),
        "TABLEE_MAIL_SENDER": "table@tablee.example",
    }
    for n in range(KILLS):
        # The message is there in whole, and the worker waits for the answer: nobody can know whether it was taken.
        smtp.mode = "hang-data"
        before = len(smtp.received)
        worker = Program(folder, "worker", environment=environment)
        wait_until(lambda before=before: len(smtp.received) > before, 60)
        if n % 2:
            smtp.mode = "normal"
        worker.kill()
        with app.app_context():
            make_due()
    smtp.mode = "normal"
    worker = Program(folder, "worker", environment=environment)
    with app.app_context():
        wait_until(lambda: all(row(mail_id).state == "sent" for mail_id in ids), 60)
    worker.end()
    close(app)
    came = [str(got.message["Message-ID"]) for got in smtp.received]
    assert set(came) == {f"<{mail_id}@tablee.example>" for mail_id in ids}
    assert len(came) <= CROWD + KILLS
    assert len(came) > CROWD  # the control: the kills did meet messages under way


def test_the_office_sees_what_was_given_up_and_sends_it_again(make_app, smtp):
    from tests.support.cast import sign_in

    app = make_app({"MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port, "MAIL_TIMEOUT": 1}, demo=True)
    smtp.mode = "5xx"
    with app.app_context():
        mail_id = queue()
        jobs.sweep()
        assert row(mail_id).state == "dead"
    admin = sign_in(app.test_client(), "administration")
    assert f"/mails/{mail_id}" in admin.get("/mails").text
    assert "/mails" in admin.get("/").text.partition("<main")[2]  # home says that something was lost
    page = admin.get(f"/mails/{mail_id}")
    assert admin.submit(page, form="/again").status_code == 303
    smtp.mode = "normal"
    with app.app_context():
        jobs.sweep()
        assert row(mail_id).state == "sent"
    assert len(smtp.messages) == 1


# ---- what the administration reads of it


def test_the_administration_reads_no_word_of_a_group_or_of_an_exchange(client_of, demo_app):
    """Somebody is invited into a closed group: the page of that mail names neither the group nor the words."""
    with demo_app.app_context():
        group, other = circle_by_code("GT-FIC"), by_email("leon@amis-du-chemin.example")
        assert group.closed
        with writing():
            gathering.invite(group, other, "Zzmot fermé", by_email("bart@ziekenfonds.example"))
        mail_id = db.session.scalars(select(Mail.id).where(Mail.template == "seat_invited")).one()
        words = letters.compose(mail_id).text
        title = group.title
        known = queue()
    assert title in words  # the control: it says so to its reader
    assert "Zzmot fermé" in words
    admin = client_of("administration")
    page = admin.get(f"/mails/{mail_id}")
    assert page.status_code == 200
    for word in (title, "Zzmot", "vous invite"):
        assert word not in page.text
    assert "n’est lu que par cette personne" in page.text
    assert "Ce qu’il dit" in admin.get(f"/mails/{known}").text


def test_a_kind_of_mail_is_sealed_unless_it_speaks_of_accounts_and_fiches(app):
    work = ("action_", "exchange_", "meeting_", "minutes_", "news", "report_", "seat_", "task_", "widening_")
    shown = {name for name in letters.KINDS if name in letters.SHOWN}
    assert {name for name in letters.KINDS if not name.startswith(work)} == shown
    assert {name.partition("_")[0] for name in letters.KINDS} >= {one.strip("_") for one in work}
