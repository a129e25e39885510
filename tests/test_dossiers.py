"""Dossiers as people ask for them: who may, what is made once, what the worker does, who took it along; the commands."""

import copy
import re
import subprocess

import pytest
from sqlalchemy import select

from adapters import storage
from adapters.pdf.engine import Limits, RenderFailed
from blueprints import jobs
from blueprints.dossiers import building, commands
from blueprints.dossiers import jobs as making
from blueprints.dossiers.routes import file_name
from models.audit import events_of
from models.deliveries import Job
from models.dossiers import Dossier, Download, downloads, holding, order
from models.editions import Edition, current_edition
from models.fiche.content import put
from models.fiche.erasing import erase
from models.fiche.fiche import Fiche, find
from models.fiche.saving import store
from models.meetings import meeting_by_code
from models.store import db, new_id, writing
from tests.support.cast import ROLES, person
from tests.support.queries import counted_queries


def change(number: str, **answers) -> None:
    with writing():
        fiche = find(number)
        content = copy.deepcopy(fiche.content)
        for key, value in answers.items():
            put(content, key.replace("__", "."), value)
        store(fiche, content, None, None)


def leave_out_all_but(*numbers: str) -> None:
    """Few fiches are set in a moment; the dossier of them all is in test_from_the_button_to_the_file."""
    with writing():
        for fiche in db.session.scalars(select(Fiche).where(Fiche.number.not_in(numbers))):
            fiche.state = "ANN"


def ask(client, page="/dossiers/", **values) -> str:
    """Press the button that makes a PDF; the address of its page."""
    shown = client.get(page)
    answer = client.submit(shown, values, form="make" if page == "/dossiers/" else f"/{new_form(shown.text)}")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def new_form(text: str) -> str:
    return re.search(r'action="/(fiches/[^"]+/dossiers)"', text)[1]


def work(app) -> None:
    with app.app_context():
        jobs.sweep()


def take(client, address: str):
    return client.submit(client.get(address), form=f"{address}/downloads")


def words(data: bytes) -> str:
    run = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


def row(app, address: str) -> Dossier:
    return db.session.get(Dossier, address.rpartition("/")[2])


@pytest.fixture
def quick(monkeypatch):
    """A renderer that sets nothing, for tests about what surrounds it. quick.fail: what it raises, by what it sees."""

    class Quick:
        made = 0
        fail = None

        def set_all(self, work, _child):
            Quick.made += 1
            if self.fail:
                raise self.fail
            html = work.html()
            return building.Pdf(b"%PDF-1.7 " + html.encode()[:200], 3, {}, (), False, (), 0.1, 1)

    quick = Quick()
    monkeypatch.setattr(building._Work, "set_all", lambda work, child: quick.set_all(work, child))
    return quick


# ------------------------------------------------------------------------------------------------ the way


def test_from_the_button_to_the_file(demo_app, client_of):
    chair = client_of("chair")
    address = ask(chair)
    waiting = chair.get(address)
    assert waiting.headers["Refresh"] == "2"
    assert "En attente" in waiting.text
    work(demo_app)
    ready = chair.get(address)
    assert "Refresh" not in ready.headers
    with demo_app.app_context():
        made = row(demo_app, address)
        assert made.job.state == "done"
        assert f"<dd>{made.pages}</dd>" in ready.text
        assert storage.exists(building.files_folder(), made.sha256)
        assert made.size == len(storage.read(building.files_folder(), made.sha256))
        name = file_name(made)
    assert "Anne-Marie Lhoest" in ready.text
    assert "1 citation sans accord pour cet usage reste hors du PDF." in ready.text
    file = take(chair, address)
    assert file.mimetype == "application/pdf"
    assert file.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert file.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Cache-Control"] == "private, no-store"
    text = words(file.data)
    assert "Des habitantes marchent ensemble" in text
    assert "établie par Anne-Marie Lhoest" in text


def test_who_took_it_is_noted_and_shown(demo_app, client_of, quick):
    chair, reader = client_of("chair"), client_of("reader")
    address = ask(chair)
    work(demo_app)
    assert "Personne encore." in chair.get(address).text
    assert take(reader, address).status_code == 200
    with demo_app.app_context():
        made = row(demo_app, address)
        assert [d.person.name for d in downloads(made)] == ["Bart Claes"]
        acts = [(e.act, e.person_id, e.detail.get("sha256")) for e in events_of("dossier", made.id)]
        assert acts == [
            ("dossier.download", person("reader").id, made.sha256),
            ("dossier.make", person("chair").id, None),
        ]
    assert "Bart Claes" in chair.get(address).text


def test_progress_is_shown_while_it_is_made(demo_app, client_of, quick):
    chair = client_of("chair")
    address = ask(chair)
    with demo_app.app_context():
        job = row(demo_app, address).job
        with writing():
            db.session.get_one(Job, job.id).state = "running"
        jobs.progress(job.id, 7, 16, "Mise en page")
    page = chair.get(address)
    assert '<progress value="7" max="16"' in page.text
    assert page.headers["Refresh"] == "2"


def test_the_worker_tells_how_far_it_is(demo_app, client_of, monkeypatch):
    """The worker reports pages as they are laid out, of about as many as there will be."""
    monkeypatch.setattr(building, "PAUSE", 0)
    with demo_app.app_context():
        leave_out_all_but("F-2016-002", "F-2016-003", "F-2016-008")
    told = []
    real = jobs.progress
    monkeypatch.setattr(jobs, "progress", lambda *values: (told.append(values[1:]), real(*values)))
    address = ask(client_of("chair"))
    work(demo_app)
    with demo_app.app_context():
        pages = row(demo_app, address).pages
    assert max(done for done, _total, _label in told) == pages
    assert all(done <= total for done, total, _label in told)
    assert {"Mise en page", "Écriture du fichier"} <= {label for _done, _total, label in told}
    assert 0.5 * pages < told[0][1] < 2 * pages


# ----------------------------------------------------------------------------------------------- made once


def test_the_same_is_made_once_and_an_edit_makes_another(demo_app, client_of, quick):
    chair, reader = client_of("chair"), client_of("reader")
    first = ask(chair)
    assert ask(chair) == first  # while it waits
    work(demo_app)
    assert ask(chair) == ask(reader) == first  # when it is ready, and for others
    assert quick.made == 1
    with demo_app.app_context():
        change("F-2016-002", titre="Autrement dit")
    second = ask(chair)
    assert second != first
    work(demo_app)
    assert quick.made == 2


def test_the_fiche_of_one_person_is_not_that_of_another(demo_app, client_of, quick):
    nadia, chair = client_of("contributor"), client_of("chair")
    hers, theirs = ask(nadia, "/fiches/F-2016-002"), ask(chair, "/fiches/F-2016-002")
    assert hers != theirs
    assert ask(nadia, "/fiches/F-2016-002") == hers
    work(demo_app)
    assert chair.get(hers).status_code == 404
    assert nadia.get(hers).status_code == 200


def test_a_file_that_is_gone_is_made_again(demo_app, client_of, quick):
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    with demo_app.app_context():
        storage.remove(building.files_folder(), row(demo_app, address).sha256)
    shown = chair.get(address)
    assert "n’est plus gardé ici" in shown.text
    assert f"{address}/downloads" not in shown.text
    again = chair.submit(shown, form="/dossiers/")
    assert again.headers["Location"] != address
    work(demo_app)
    assert take(chair, again.headers["Location"]).status_code == 200


def test_one_that_held_a_quote_that_was_withdrawn_says_why_and_who_took_it(demo_app, client_of, quick):
    """Scene 12. It was made, so it did not fail; one whose file went for another reason says only that."""
    chair, reader, office = client_of("chair"), client_of("reader"), client_of("coordination")
    held, other = ask(chair), ask(chair, "/fiches/F-2016-003")
    work(demo_app)
    assert take(reader, held).status_code == 200
    with demo_app.app_context(), writing():
        fiche = find("F-2016-002")
        erase(fiche, fiche.content["bilan"]["temoignages"][0]["id"], person("contributor"))
        row(demo_app, other).sha256 = None  # as the rule of retention does
    why = "effacé parce qu’une parole ou une image a été retirée"
    for client in (chair, office):
        shown = client.get(held).text
        assert why in shown
        assert "Bart Claes" in shown
        assert "n’a pas pu être fait" not in shown + client.get("/dossiers/").text
        assert f"{held}/downloads" not in shown
    assert "#retires" in office.get(held).text
    assert "#retires" not in chair.get(held).text  # that page lists them for the office alone
    plain = chair.get(other).text
    assert "n’est plus gardé ici" in plain
    assert why not in plain
    again = chair.submit(chair.get(held), form="/dossiers/")
    assert again.headers["Location"] != held
    work(demo_app)
    assert take(chair, again.headers["Location"]).status_code == 200


def test_a_later_text_is_warned_of(demo_app, client_of, quick):
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    warning = "Des textes ont changé depuis."
    assert warning not in chair.get("/dossiers/").text + chair.get(address).text
    with demo_app.app_context():
        change("F-2016-002", resume="Un autre résumé.")
    assert warning in chair.get("/dossiers/").text
    assert warning in chair.get(address).text
    assert take(chair, address).status_code == 200  # it is still what it was


def test_a_warning_does_not_depend_on_who_looks(demo_app, client_of, quick):
    chair, reader = client_of("chair"), client_of("reader")
    with demo_app.app_context(), writing():
        person("reader").language = "nl"
    address = ask(chair)
    work(demo_app)
    with demo_app.app_context():
        content = row(demo_app, address).content
    assert ask(reader) == address
    with demo_app.test_request_context(headers={"Accept-Language": "nl"}):
        from blueprints.dossiers.jobs import order_of

        assert order_of(row(demo_app, address)).content == content


@pytest.mark.parametrize(
    "lose", [{"consentements__accord_structure": False}, {"consentements__publication": "interne"}, None]
)
def test_one_that_holds_a_fiche_that_was_taken_back_is_not_handed_out(demo_app, client_of, quick, lose):
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    shown = chair.get(address)
    with demo_app.app_context():
        if lose:
            change("F-2016-008", **lose)
        else:
            with writing():
                find("F-2016-008").state = "ANN"
    refused = chair.submit(shown, form=f"{address}/downloads")
    assert refused.status_code == 303
    after = chair.get(address)
    assert "Mon dos compte" in after.text
    assert "Ne l’envoyez plus." in after.text
    assert "Ne l’envoyez plus." in chair.get("/dossiers/").text
    assert f"{address}/downloads" not in after.text
    with demo_app.app_context():
        assert db.session.query(Download).count() == 0


def test_it_is_known_which_dossiers_hold_a_fiche(demo_app, client_of, quick):
    chair = client_of("chair")
    both = {ask(chair), ask(chair, "/fiches/F-2016-002")}
    work(demo_app)
    with demo_app.app_context():
        assert {f"/dossiers/{d.id}" for d in holding(find("F-2016-002"))} == both
        assert len(holding(find("F-2016-003"))) == 1
        assert holding(find("F-2016-006")) == []


# ------------------------------------------------------------------------------------------------- rights


def test_who_may_see_the_page_and_ask(demo_app, client_of, quick):
    allowed = {"reader", "committee", "chair", "coordination"}
    for role in ROLES:
        client = client_of(role)
        page = client.get("/dossiers/")
        assert page.status_code == (200 if role in allowed else 403), role
        if role not in allowed:
            assert post(client, "/dossiers/", kind="D3").status_code == 403
    with demo_app.app_context():
        assert db.session.query(Dossier).count() == 0


def post(client, path: str, **values):
    """A post with a valid token, from a page that this person may see."""
    page = client.get("/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return client.post(path, data={"csrf_token": token, **values}, headers={"Referer": "http://localhost/"})


def test_an_outsider_finds_nothing(demo_app, client_of, quick):
    chair, outsider = client_of("chair"), client_of("outsider")
    dossier, alone = ask(chair), ask(chair, "/fiches/F-2016-002")
    work(demo_app)
    for address in (dossier, alone, f"/dossiers/{new_id()}", "/dossiers/x"):
        assert outsider.get(address).status_code == 404
        assert post(outsider, f"{address}/downloads").status_code == 404
    assert post(outsider, "/fiches/F-2016-002/dossiers").status_code == 404
    with demo_app.app_context():
        assert db.session.query(Download).count() == 0
        assert db.session.query(Dossier).count() == 2


def test_a_stranger_is_sent_to_sign_in(demo_app, client_of, quick):
    address = ask(client_of("chair"))
    stranger = demo_app.test_client()
    for path in (address, "/dossiers/"):
        answer = stranger.get(path)
        assert answer.status_code == 302
        assert "/dossiers" in answer.headers["Location"]
        assert answer.headers["Location"].startswith("/")


def test_a_fiche_that_one_may_no_longer_read_is_no_longer_handed_out(demo_app, client_of, quick):
    chair = client_of("chair")
    address = ask(chair, "/fiches/F-2016-002")
    work(demo_app)
    assert take(chair, address).status_code == 200
    with demo_app.app_context(), writing():
        find("F-2016-002").state = "BRO"
    assert chair.get(address).status_code == 404
    assert post(chair, f"{address}/downloads").status_code == 404


def test_the_worker_reads_the_rights_again(demo_app, client_of, quick):
    from models.people import Person

    reader = client_of("reader")
    address = ask(reader)
    with demo_app.app_context():
        who = person("reader").id
        with writing():
            db.session.get_one(Person, who).roles = []
    work(demo_app)
    assert quick.made == 0
    with demo_app.app_context():
        failed = row(demo_app, address)
        assert failed.sha256 is None
        assert failed.notes == [
            "Vous n’avez plus le droit de faire ce document. Le secrétariat peut vous aider."
        ]


def test_a_fiche_that_was_withdrawn_meanwhile_is_not_printed(demo_app, client_of, quick):
    nadia = client_of("contributor")
    address = ask(nadia, "/fiches/F-2016-002")
    with demo_app.app_context(), writing():
        find("F-2016-002").state = "ANN"
    work(demo_app)
    assert "a été retirée" in nadia.get(address).text
    again = nadia.submit(nadia.get(address), form="/fiches/")
    assert again.headers["Location"].startswith("/fiches/")
    assert "a été retirée" in nadia.get(again.headers["Location"]).text
    assert quick.made == 0


def quote(*usages: str, text: str = "Zzparole.") -> dict:
    """A quote whose person agreed to these uses."""
    agreed = {"statut": "oui" if usages else "retire", "usages": list(usages), "date": "2016-05-01"}
    return {"id": "6f0c8a52-9f0d-4f5e-8a53-0c5a1d9b7e11", "texte": text, "consentement": agreed}


@pytest.mark.parametrize("kind", ["D1", "D3", "D5", "D10"])
def test_what_is_taken_back_while_a_paper_is_set_is_not_handed_over(demo_app, monkeypatch, kind):
    """Whoever takes their words back, or their fiche, is not in it; what takes nothing back sets nothing anew."""
    every = ("intranet", "catalogue")
    with demo_app.app_context():
        change("F-2016-002", bilan__temoignages=[quote(*every)])
        with writing():
            what = {"edition": current_edition()}
            if kind == "D1":
                what = {"fiche": find("F-2016-002")}
            if kind == "D5":  # it hangs on an item; published, all at that table may read it
                what, find("F-2016-002").state = {"meeting": meeting_by_code("R-2016-01")}, "PUB"
            made = order(kind, person("chair"), "k", "c", **what)
            dossier_id, job_id, fiche_id = made.id, made.job_id, find("F-2016-002").id

        def kept(meanwhile) -> bool:
            """Whether what was set while this happened is handed over."""

            def build(_order, _report):
                meanwhile()
                return building.Built(b"%PDF-1.7 mot", 1, [fiche_id], [], "k", "c")

            monkeypatch.setattr(making, "build", build)
            before = making._made(job_id, dossier_id)
            assert bool(db.session.get_one(Dossier, dossier_id).sha256) == before
            with writing():
                db.session.get_one(Dossier, dossier_id).sha256 = None
            return before

        def withdrawn():
            with writing():
                find("F-2016-002").state = "ANN"

        def erased():
            with writing():
                erase(find("F-2016-002"), quote()["id"], person("chair"))

        assert kept(lambda: None)
        assert kept(lambda: change("F-2016-002", resume="Un autre mot."))
        assert not kept(lambda: change("F-2016-002", bilan__temoignages=[quote()]))
        assert kept(
            lambda: change("F-2016-002", bilan__temoignages=[quote(*every)])
        )  # more is said, nothing less
        assert not kept(erased)
        assert kept(lambda: None)
        assert not kept(withdrawn)


# ------------------------------------------------------------------------------------------------ failing


def test_one_that_fails_says_which_and_why_and_can_be_tried_again(demo_app, client_of, quick):
    chair = client_of("chair")
    quick.fail = building.NotMade("« Les pas du quartier » : trop long.")
    address = ask(chair, "/fiches/F-2016-002")
    work(demo_app)
    failed = chair.get(address)
    assert "« Les pas du quartier » : trop long." in failed.text
    assert "Refresh" not in failed.headers
    quick.fail = None
    again = chair.submit(failed, form="/fiches/")
    assert again.headers["Location"] != address
    work(demo_app)
    assert take(chair, again.headers["Location"]).status_code == 200


def test_an_error_of_ours_is_no_sentence_of_a_machine(demo_app, client_of, quick):
    chair = client_of("chair")
    quick.fail = ZeroDivisionError("division by zero")
    address = ask(chair)
    work(demo_app)
    failed = chair.get(address)
    assert "division" not in failed.text
    assert "Le travail s’est arrêté en route." in failed.text
    assert "Voir pourquoi" in chair.get("/dossiers/").text


def test_a_full_disk_is_said(demo_app, client_of, quick, monkeypatch):
    def full(*_values):
        raise storage.NoRoom(28, "No space left on device")

    monkeypatch.setattr(storage, "keep", full)
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    assert "plus de place" in chair.get(address).text


@pytest.mark.pdf
def test_a_fiche_that_kills_the_renderer_is_replaced_and_the_rest_is_delivered(
    demo_app, client_of, monkeypatch
):
    lines = [f"Ligne {n}. " + "Des mots qui prennent de la place. " * 60 for n in range(60)]
    with demo_app.app_context():
        change("F-2016-008", perspectives=lines)
        leave_out_all_but("F-2016-002", "F-2016-008")
    monkeypatch.setattr(building, "limits", lambda n: Limits(pages=40))
    monkeypatch.setattr(building, "ALONE", Limits(pages=8))
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    page = chair.get(address)
    assert re.search(
        r"«\xa0Mon dos compte\xa0»\xa0: Le document a trop de pages.* Une page tient sa place\.", page.text
    )
    text = words(take(chair, address).data)
    assert "Fiche non imprimée" in text
    assert "Ligne 3." not in text
    assert "Les pas du quartier" in text


def test_no_transaction_is_held_while_a_page_is_set(demo_app, client_of, monkeypatch):
    """A reader that stays open for minutes would keep the database from tidying its journal."""
    from adapters.pdf.engine import Session

    held = []

    def look(self, *_values, **_options):
        held.append(db.session().in_transaction())
        raise RenderFailed("crash")

    monkeypatch.setattr(Session, "render", look)
    address = ask(client_of("chair"), "/fiches/F-2016-002")
    work(demo_app)
    assert held == [False]
    with demo_app.app_context():
        assert "La mise en page s’est arrêtée en route." in row(demo_app, address).notes[0]


# ------------------------------------------------------------------------------------------------ the page


def test_before_making_one_sees_what_will_be_left_out(demo_app, client_of):
    with demo_app.app_context():
        change("F-2016-002", consentements__accord_structure=False)
        change("F-2016-008", consentements__publication="interne")
    page = client_of("chair").get("/dossiers/").text
    assert "«\xa0Les pas du quartier\xa0»\xa0: accord à demander." in page
    assert "«\xa0Mon dos compte\xa0»\xa0: sa structure la garde dans cet outil." in page
    assert "Il contient 3 fiches" in page


def test_an_edition_without_fiches_says_why_instead_of_making_nothing(demo_app, client_of, quick):
    with demo_app.app_context(), writing():
        for number in ("F-2016-002", "F-2016-003", "F-2016-008", "F-2016-009", "F-2016-011"):
            find(number).state = "SOU"
    chair = client_of("chair")
    page = chair.get("/dossiers/")
    assert "Aucune fiche n’est encore prête" in page.text
    for kind in ("D3", "D10"):
        assert f'value="{kind}"' not in page.text
    assert 'value="D8"' in page.text, "the register needs no fiche"
    refused = post(chair, "/dossiers/", kind="D3")
    assert refused.status_code == 422
    assert "Aucune fiche de cette édition n’est prête à être imprimée." in refused.text


def test_an_instance_without_an_edition_says_so(demo_app, client_of):
    with demo_app.app_context(), writing():
        from models.decisions import Decision
        from models.editions import Call
        from models.fiche.fiche import Fiche
        from models.joining import JoinRequest
        from models.meetings import Meeting
        from models.recommendations import Recommendation

        for fiche in db.session.query(Fiche):
            fiche.call_id = None
        for model in (Meeting, Decision, Recommendation):
            db.session.query(model).update({"edition_id": None})
        db.session.flush()
        db.session.query(JoinRequest).delete()
        db.session.query(Call).delete()
        db.session.query(Edition).delete()
    assert "Pas encore d’édition" in client_of("chair").get("/dossiers/").text


def test_another_edition_may_be_chosen(demo_app, client_of, quick):
    with demo_app.app_context(), writing():
        db.session.add(Edition(code="BIE-2019", title="La suivante", year=2019))
    chair = client_of("chair")
    assert "Aucune fiche n’est encore prête" in chair.get("/dossiers/").text  # the latest
    page = chair.get("/dossiers/?edition=BIE-2017")
    address = chair.submit(page, form="make").headers["Location"]
    with demo_app.app_context():
        assert row(demo_app, address).edition.code == "BIE-2017"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "D1"}, "Pour une seule fiche, ouvrez-la"),
        ({"kind": "D99"}, "Ce document n’est pas proposé."),
        ({"kind": "D3", "edition": "BIE-1999"}, "Cette édition n’existe pas."),
        ({"kind": "D3", "lang": "klingon"}, "Cette langue n’est pas proposée."),
    ],
)
def test_a_bad_order_gets_a_sentence(demo_app, client_of, quick, values, sentence):
    answer = post(client_of("chair"), "/dossiers/", **values)
    assert answer.status_code == 422
    assert sentence in answer.text
    with demo_app.app_context():
        assert db.session.query(Dossier).count() == 0


def test_the_list_asks_as_little_for_many_as_for_one(demo_app, client_of, quick):
    chair = client_of("chair")
    address = ask(chair)
    work(demo_app)
    counts = []
    for more in (0, 2, 47):
        with demo_app.app_context(), writing():
            first = row(demo_app, address)
            kept = [c.name for c in Dossier.__table__.columns if c.name not in ("id", "job_id")]
            for _ in range(more):
                db.session.add(Dossier(**{name: getattr(first, name) for name in kept}))
        with demo_app.app_context():
            counts.append(counted_queries(lambda: chair.get("/dossiers/")))
    assert counts[0] == counts[1] == counts[2] > 0


# ------------------------------------------------------------------------------------------------ commands


@pytest.fixture
def command(demo_app):
    return lambda *words: demo_app.test_cli_runner().invoke(args=["dossier", *words])


def test_the_kinds_are_listed(command):
    listed = dict(line.split("\t") for line in command("kinds").stdout.splitlines())
    assert (
        listed.items() >= {"D1": "Fiche", "D3": "Dossier de la biennale", "D5": "Dossier de réunion"}.items()
    )


def test_a_fiche_is_made_here_and_now(command, tmp_path):
    out = tmp_path / "fiche.pdf"
    result = command("build", "D1", "--fiche", "F-2016-003", "--out", str(out))
    assert (result.exit_code, result.output) == (0, "")
    assert "Buren koken elke week" in words(out.read_bytes())
    assert list(tmp_path.glob(".dossier-*")) == []


@pytest.mark.pdf
def test_the_dossier_is_made_here_and_now_in_a_language(demo_app, command, tmp_path):
    with demo_app.app_context():
        leave_out_all_but("F-2016-002")
    out = tmp_path / "d3.pdf"
    result = command("build", "D3", "--edition", "bie-2017", "--lang", "nl", "--out", str(out))
    assert (result.exit_code, result.output) == (0, "")
    assert "Belangenbehartiging" in words(out.read_bytes())


BAD = [
    ((), "Dites quel document faire"),
    (("D99",), "n’est pas un document connu"),
    (("D3",), "Dites quelle édition imprimer"),
    (("D3", "--edition", "BIE-1999", "--out", "{folder}/x.pdf"), "L’édition « BIE-1999 » n’existe pas ici."),
    (("D1",), "Dites quelle fiche imprimer"),
    (("D1", "--fiche", "F-2016-777", "--out", "{folder}/x.pdf"), "La fiche « F-2016-777 » n’existe pas ici"),
    (("D1", "--fiche", "F-2016-002"), "Dites où écrire le PDF"),
    (
        ("D1", "--fiche", "F-2016-002", "--lang", "xx", "--out", "{folder}/x.pdf"),
        "« xx » n’est pas une langue connue",
    ),
    (("D1", "--fiche", "F-2016-002", "--out", "{folder}/absent/x.pdf"), "n’existe pas : créez-le d’abord"),
    (("D1", "--fiche", "F-2016-002", "--out", "{folder}"), "est un dossier : nommez un fichier"),
]


@pytest.mark.parametrize(("words_typed", "sentence"), BAD)
def test_a_bad_command_gets_one_sentence(command, tmp_path, words_typed, sentence):
    result = command("build", *(w.format(folder=tmp_path) for w in words_typed))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert sentence in result.stderr.replace("\u00a0", " ")
    assert list(tmp_path.rglob("*.pdf")) == []


def test_a_folder_that_cannot_be_written_is_said(command, tmp_path, monkeypatch):
    monkeypatch.setattr(commands.os, "access", lambda *_values: False)
    result = command("build", "D1", "--fiche", "F-2016-002", "--out", str(tmp_path / "x.pdf"))
    assert result.exit_code == 1
    assert "On ne peut pas écrire dans" in result.stderr


def test_a_write_that_fails_leaves_nothing_behind(command, tmp_path, monkeypatch, quick):
    def full(*_values):
        raise OSError(28, "No space left on device")

    target = tmp_path / "x.pdf"
    target.write_bytes(b"what was there")
    monkeypatch.setattr(commands.os, "replace", full)
    result = command("build", "D1", "--fiche", "F-2016-002", "--out", str(target))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["x.pdf"]
    assert target.read_bytes() == b"what was there"


def test_an_edition_without_fiches_is_refused_in_a_sentence(demo_app, command, tmp_path):
    with demo_app.app_context(), writing():
        for fiche in building.selection(current_edition()).fiches:
            fiche.state = "SOU"
    result = command("build", "D3", "--edition", "BIE-2017", "--out", str(tmp_path / "x.pdf"))
    assert result.exit_code == 1
    assert "Aucune fiche de cette édition n’est prête" in result.stderr


def test_a_terminal_sees_a_bar(demo_app, capsys, monkeypatch):
    with demo_app.app_context():
        monkeypatch.setattr(commands.sys.stderr, "isatty", lambda: True, raising=False)
        with commands.progress_bar() as report:
            report(3, 6, "layout")
        with_terminal = capsys.readouterr()
        monkeypatch.setattr(commands.sys.stderr, "isatty", lambda: False, raising=False)
        with commands.progress_bar() as report:
            report(3, 6, "layout")
        without = capsys.readouterr()
    assert "50%" in with_terminal.err
    assert with_terminal.out == without.out == without.err == ""
