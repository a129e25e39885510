"""My data: one file with everything, for its owner alone; and the way out, with seven days to think again."""

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from blueprints import jobs
from blueprints.accounts import data as pages
from blueprints.accounts import data_jobs
from models import companions, leaving, mydata
from models.audit import AuditEvent
from models.deliveries import Mail, mail
from models.fiche.fiche import Fiche, find
from models.fiche.journal import HeldEdit
from models.forgetting import NAMELESS, TIES
from models.leaving import CannotLeave, Farewell
from models.mydata import DataExport
from models.people import Person, by_email, give_roles
from models.store import Base, db, new_id, now, writing
from tests.support import cast, exchanges
from tests.support.doors import NADIA, SAMIRA, mailed, path_in

FICHE = "F-2016-002"
KARIM = "karim@plateforme.example"
SECRETS = re.compile(r"hash|secret|password|token|uniquifier|public_key|fingerprint|credential")


def ready(app, client) -> DataExport:
    """A file that was asked for through the page, and made."""
    assert client.submit(client.get("/account/data"), form="/account/data").status_code == 303
    assert client.get("/account/data").headers["Refresh"] == "3"
    with app.app_context():
        jobs.sweep()
        return db.session.scalar(select(DataExport).order_by(DataExport.made_at.desc()))


def taken(client) -> zipfile.ZipFile:
    page = client.get("/account/data")
    answer = client.submit(page, form="/file")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=mes-donnees-")
    assert answer.headers["Cache-Control"] == "private, no-store"
    return zipfile.ZipFile(io.BytesIO(answer.data))


# ---- the file


@pytest.fixture
def lived(demo_app):
    """Nadia has written, been written to, and has an edit that waits."""
    with demo_app.app_context():
        fiche = find(FICHE)
        with writing():
            nadia = by_email(NADIA)
            mail(nadia, "password", act="changed")
            words = {**find(FICHE).content, "resume": "Un texte qui attend"}
            db.session.add(
                HeldEdit(op_id=new_id(), fiche_id=fiche.id, person_id=nadia.id, base={}, content=words)
            )
    return demo_app


def test_the_file_holds_everything_about_me(lived, client_of):
    client = client_of("contributor")
    ready(lived, client)
    archive = taken(client)
    data = json.loads(archive.read("data.json"))
    assert data["person"]["email"] == NADIA
    assert data["roles"] == ["contributor"]
    assert [f["number"] for f in data["fiches"]] == [FICHE]
    assert data["fiches"][0]["content"]["titre"]
    assert [v["rev"] for v in data["fiches"][0]["versions"]] == [1]
    assert {c["list"] for c in data["fiches"][0]["consents"]} == {"bilan.temoignages", "photos"}
    assert data["tables"]["device"][0]["label"] == "test"
    assert data["tables"]["held_edit"][0]["content"]["resume"] == "Un texte qui attend"
    assert data["tables"]["mail"][0]["to"] == NADIA
    assert "data.asked" in [e["act"] for e in data["events"]]
    with lived.app_context():
        pictures = [a.sha256 for a in mydata.attachments([find(FICHE)])]
    names = [n for n in archive.namelist() if n.startswith("images/")]
    assert [n[7:23] for n in names] == [p[:16] for p in pictures] != []
    page = archive.read("lisez-moi.html").decode()
    assert "Nadia Bensaïd" in page
    assert "a demandé le fichier de ses données" in page
    assert "<script" not in page


def test_who_stands_on_several_sides_of_something_finds_each_row_once_and_nobody_else_in_it(demo_app):
    with demo_app.app_context():
        with writing():
            nadia, samira, leon = by_email(NADIA), by_email(SAMIRA), cast.person("outsider")
            for name, giver, receiver, mediator in (
                ("donné", nadia, leon, samira), ("reçu", leon, nadia, samira), ("noué", leon, samira, nadia), ("les deux", nadia, leon, nadia),
                ("d’autres", leon, samira, None),
            ):  # fmt: skip
                exchanges.exchange(giver, receiver, mediator, subject=name)
            companions.accompany(nadia, leon, samira)
            companions.accompany(samira, nadia, samira)
        tables = mydata.collect(by_email(NADIA))["tables"]
        mine = {row["subject"]: row for row in tables["exchange"]}
        assert {name: row["you"] for name, row in mine.items() if name in ("donné", "reçu", "noué", "les deux", "d’autres")} == {
            "donné": "giver_id", "reçu": "receiver_id", "noué": "mediator_id", "les deux": "giver_id, mediator_id",
        }  # fmt: skip
        assert len(mine) == len(tables["exchange"])
        assert not {"giver_id", "receiver_id", "mediator_id"} & {key for row in mine.values() for key in row}
        assert {"person_id", "companion_id"} == {row["you"] for row in tables["companion"]}
        page = data_jobs.readable(mydata.collect(by_email(NADIA)), by_email(NADIA)).replace("&#39;", "’")
    rows = re.findall(r"<tr>(.*?)</tr>", page[page.index("Qui écrit avec vous, ") :].partition("</table>")[0])
    assert len({row.count("</t") for row in rows}) == 1, "each row has the columns of the head"
    assert "Échanges où vous donnez, Échanges où vous recevez, Échanges que vous avez aidé à nouer" in page


def test_no_secret_and_nobody_else_s_words_are_in_it(lived, client_of):
    client = client_of("contributor")
    ready(lived, client)
    text = taken(client).read("data.json").decode()
    data = json.loads(text)
    keys = {key for rows in data["tables"].values() for row in rows for key in row}
    assert [k for k in keys if SECRETS.search(k)] == []
    with lived.app_context():
        others = [p.email for p in db.session.scalars(select(Person)) if p.email != NADIA]
        tokens = list(db.session.scalars(select(Base.metadata.tables["device"].c.token_hash)))
    assert [e for e in others if e in text] == []
    assert tokens
    assert [t for t in tokens if t in text] == []


def test_every_tie_hides_what_is_secret(app):
    """The control of the rule above: each secret column of the schema is named by its tie."""
    open_ones = []
    for tie in TIES:
        if tie.told is not None:
            columns = Base.metadata.tables[tie.table].c
            open_ones += [
                f"{tie.table}.{c.name}" for c in columns if SECRETS.search(c.name) and c.name not in tie.hide
            ]
    assert open_ones == []
    assert SECRETS.search("token_hash")


def test_only_its_owner_takes_it(demo_app, client_of):
    mine = client_of("contributor")
    export_id = ready(demo_app, mine).id
    for role in ("administration", "coordination", "committee", "outsider"):
        other = client_of(role)
        token = re.search(r'name="csrf_token" value="([^"]+)', other.get("/account").text)[1]
        answer = other.post(f"/account/data/{export_id}/file", data={"csrf_token": token})
        assert answer.status_code == 404, role
        missing = other.post("/account/data/nothing/file", data={"csrf_token": token})
        assert missing.status_code == 404
        assert export_id not in other.get("/account/data").text
    assert demo_app.test_client().post(f"/account/data/{export_id}/file").status_code in (401, 403)
    assert taken(mine)
    with demo_app.app_context():
        acts = [e.act for e in db.session.scalars(select(AuditEvent))]
    assert acts.count("data.taken") == 1


def test_a_second_request_while_one_is_made_is_the_same(demo_app, client_of):
    client = client_of("contributor")
    page = client.get("/account/data")
    for _ in range(3):
        client.submit(page, form="/account/data")
    with demo_app.app_context():
        assert len(list(db.session.scalars(select(DataExport)))) == 1


def test_after_seven_days_it_is_not_handed_out_and_then_it_is_gone(demo_app, client_of):
    client = client_of("contributor")
    export = ready(demo_app, client)
    page = client.get("/account/data")
    folder = Path(demo_app.config["INSTANCE"]) / "exports"
    assert len(list(folder.glob("*/*"))) == 1
    with demo_app.app_context():
        with writing():
            row = db.session.get_one(DataExport, export.id)
            row.ready_at = now() - timedelta(days=7)
        assert mydata.latest(by_email(NADIA)).state == "over"
    assert client.submit(page, form="/file").status_code == 303
    assert "Télécharger" not in client.get("/account/data").text
    with demo_app.app_context():
        from models import retention

        with writing():
            retention.apply(now())
        jobs.sweep()
        assert list(db.session.scalars(select(DataExport))) == []
    assert list(folder.glob("*/*")) == []


def test_the_sweep_of_files_leaves_those_that_are_wanted(demo_app, client_of):
    ready(demo_app, client_of("contributor"))
    ready(demo_app, client_of("committee"))
    folder = Path(demo_app.config["INSTANCE"]) / "exports"
    with demo_app.app_context():
        with writing():
            mine = select(DataExport).where(DataExport.person_id == by_email(NADIA).id)
            db.session.delete(db.session.scalar(mine))
            from models.deliveries import job

            job("sweep-exports", None)
        jobs.sweep()
        [left] = db.session.scalars(select(DataExport))
    assert [p.parent.name + p.name for p in folder.glob("*/*")] == [left.sha256]


def test_a_job_whose_owner_has_gone_leaves_no_file(demo_app, client_of):
    client = client_of("contributor")
    client.submit(client.get("/account/data"), form="/account/data")
    with demo_app.app_context():
        with writing():
            db.session.query(DataExport).delete()
        jobs.sweep()
    assert not list((Path(demo_app.config["INSTANCE"]) / "exports").glob("*/*"))


# ---- the way out


def ask(client, path="/account/leave", **values):
    return client.submit(client.get(path), values or {"sure": True})


def pass_a_week(app):
    with app.app_context():
        with writing():
            for row in db.session.scalars(select(Farewell)):
                row.due_at -= timedelta(days=7, seconds=1)
        jobs.sweep()


def test_the_page_says_what_goes_and_what_stays(client_of):
    page = client_of("contributor").get("/account/leave")
    assert "Ce qui part" in page.text
    assert "Ce qui reste, et pourquoi" in page.text
    assert "Ancien membre" in page.text


def test_without_the_box_nothing_happens(demo_app, client_of):
    answer = ask(client_of("contributor"), sure=False)
    assert answer.status_code == 422
    assert "Cochez la case" in answer.text
    with demo_app.app_context():
        assert leaving.farewell_of(by_email(NADIA).id) is None


def test_for_seven_days_nothing_goes_and_then_the_person_does(demo_app, client_of):
    client = client_of("contributor")
    assert ask(client).status_code == 303
    assert ask(client_of("committee"), sure=True).status_code == 303
    with demo_app.app_context():
        ids = {NADIA: by_email(NADIA).id}
        jobs.sweep()
        assert by_email(NADIA).active
        [mine] = [m for m in db.session.scalars(select(Mail)) if m.to == NADIA]
        assert mine.template == "leaving"
    assert "sera supprimé le" in client.get("/account/data").text
    pass_a_week(demo_app)
    with demo_app.app_context():
        assert by_email(NADIA) is None
        gone = db.session.get_one(Person, ids[NADIA])
        assert (gone.name, gone.email, gone.active, gone.roles) == (NAMELESS, None, False, [])
    assert client.get("/account").status_code == 302


def test_the_mail_undoes_it_with_a_button_and_a_scanner_undoes_nothing(demo_app, client_of):
    ask(client_of("contributor"))
    [text] = mailed(demo_app, NADIA)
    path = path_in(text)
    stranger = demo_app.test_client()
    for method in ("HEAD", "GET", "OPTIONS"):
        assert stranger.open(path, method=method).status_code == 200
    with demo_app.app_context():
        assert leaving.farewell_of(by_email(NADIA).id)
    answer = stranger.submit(stranger.get(path))
    assert (answer.status_code, answer.location) == (303, "/enter")
    assert stranger.get("/account").status_code == 302  # it signs nobody in
    assert stranger.get(path).status_code == 410
    pass_a_week(demo_app)
    with demo_app.app_context():
        assert by_email(NADIA).active


@pytest.mark.parametrize("token", ["x", "x.y", "", "a" * 500])
def test_a_forged_link_undoes_nothing(demo_app, client_of, token):
    ask(client_of("contributor"))
    with demo_app.app_context():
        farewell = leaving.farewell_of(by_email(NADIA).id)
        genuine = pages.signer().dumps(farewell.id)
        assert pages.by_token(genuine)
        assert pages.by_token(genuine[:-2] + "xx") is None
    assert demo_app.test_client().get(f"/stay/{token}").status_code == 404


def test_it_is_undone_on_the_page_too(demo_app, client_of):
    client = client_of("contributor")
    ask(client)
    assert client.submit(client.get("/account/data"), form="/account/stay").status_code == 303
    assert client.submit(client.get("/account/leave")).status_code == 422  # it can be asked again
    pass_a_week(demo_app)
    with demo_app.app_context():
        assert by_email(NADIA).active


def test_the_office_asks_for_somebody_who_wrote_a_letter(demo_app, client_of):
    office = client_of("coordination")
    with demo_app.app_context():
        nadia = by_email(NADIA).id
    assert "vive voix" in office.get(f"/people/{nadia}").text
    assert ask(office, f"/people/{nadia}/leave").status_code == 303
    [text] = mailed(demo_app, NADIA)
    assert "Samira Haddad a noté" in text
    page = office.get(f"/people/{nadia}/leave")
    assert office.submit(page, form=f"/people/{nadia}/stay").status_code == 303
    with demo_app.app_context():
        assert leaving.farewell_of(nadia) is None
        acts = [
            (e.act, e.person_id)
            for e in db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == nadia))
        ]
        samira = by_email(SAMIRA).id
    assert [(a, p) for a, p in acts if "ing" in a] == [("person.leaving", samira), ("person.staying", samira)]


@pytest.mark.parametrize("role", ["contributor", "committee", "chair"])
def test_nobody_else_asks_for_somebody(demo_app, client_of, role):
    with demo_app.app_context():
        els = by_email("els@wijkadem.example").id
    assert client_of(role).get(f"/people/{els}/leave").status_code == 404


def test_the_last_who_administers_cannot_go(demo_app, client_of):
    client = client_of("administration")
    page = client.get("/account/leave")
    assert "Donnez d’abord ce rôle" in page.text
    assert 'name="sure"' not in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)', page.text)[1]
    answer = client.post("/account/leave", data={"csrf_token": token, "sure": "1"})
    assert answer.status_code == 422
    with demo_app.app_context(), writing(), pytest.raises(CannotLeave):
        leaving.ask(by_email(KARIM), by_email(SAMIRA))
    # The control: with a second one the first may.
    with demo_app.app_context(), writing():
        give_roles(by_email(SAMIRA), ["administration"])
    assert ask(client).status_code == 303


def test_who_has_become_the_last_in_those_seven_days_stays_until_there_is_another(demo_app, client_of):
    with demo_app.app_context(), writing():
        give_roles(by_email(SAMIRA), ["administration"])
    ask(client_of("administration"))
    with demo_app.app_context(), writing():
        by_email(SAMIRA).roles = [r for r in by_email(SAMIRA).roles if r.name != "administration"]
    pass_a_week(demo_app)
    with demo_app.app_context():
        assert by_email(KARIM).active
        with writing():
            give_roles(by_email(SAMIRA), ["administration"])
        jobs.sweep()
        assert by_email(KARIM) is None


def test_a_person_without_an_account_or_address_can_be_forgotten(demo_app):
    with demo_app.app_context(), writing():
        from models.people import add_person

        row = add_person("Sans Adresse", None)
        leaving.ask(row, by_email(SAMIRA))
        person_id = row.id
    pass_a_week(demo_app)
    with demo_app.app_context():
        assert db.session.get_one(Person, person_id).name == NAMELESS


def test_history_reads_on_with_nobody_in_the_name_s_place(demo_app, client_of):
    ask(client_of("contributor"))
    pass_a_week(demo_app)
    office = client_of("coordination")
    assert office.get(f"/fiches/{FICHE}/history").status_code == 200
    assert office.get(f"/fiches/{FICHE}/writers").status_code == 200
    assert NAMELESS in office.get("/audit").text
    assert "Nadia" not in office.get("/audit").text
    with demo_app.app_context():
        assert db.session.scalar(select(Fiche.state).where(Fiche.number == FICHE))


def test_the_cast_is_whole(demo_app):
    with demo_app.app_context():
        assert cast.person("contributor").email == NADIA
