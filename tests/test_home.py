"""The first page: what waits for each person; and the health of the instance."""

import re
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from adapters import locks
from blueprints import alike
from blueprints.home import routes
from models import access, deliveries, people, waiting
from models.circles import Circle, Seat, circle_by_code
from models.dossiers import Dossier
from models.editions import LOCAL, Call, edition_by_code
from models.fiche.content import blank
from models.fiche.erasing import erase
from models.fiche.fiche import Fiche, find
from models.fiche.saving import adopt
from models.groups import Production, SeatRequest
from models.meetings import Meeting
from models.people import by_email
from models.store import db, new_id, now, writing
from models.tasks import Task, today
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA, statements
from tests.support.tasks import due, task


def draft(owner: str | None, title: str, **row) -> None:
    person = by_email(owner) if owner else None
    adopt({**blank(), "titre": title, "langue": "fr"}, owner=person, **row)


def section(page, name: str) -> str:
    """The words of one part of the page."""
    found = re.search(rf'aria-labelledby="{name}">(.*?)</section>', page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).replace("\u00a0", " ").split())


def test_a_stranger_is_sent_to_the_door(demo_client):
    assert demo_client.get("/").location == "/enter?next=/"


def test_what_the_committee_asks_stands_first(client_of):
    page = client_of("companion").get("/")
    waits = section(page, "attend")
    assert waits.startswith("Ce qui vous attend « Le café papote » : des précisions sont demandées")
    assert "L’appel ferme le" in waits
    assert page.text.count('class="btn main"') == 1
    assert "Marche du mardi" in waits


def test_a_draft_says_what_is_missing_and_a_whole_one_that_it_can_leave(demo_app, client_of):
    with demo_app.app_context(), writing():
        draft(NADIA, "Le jardin de la gare")
        whole = find("F-2016-002")
        whole.state = "BRO"
    page = client_of("contributor").get("/")
    waits = section(page, "attend")
    assert re.search(r"« Le jardin de la gare » \d+ réponses manquent avant l’envoi", waits)
    assert "« Les pas du quartier » Tout y est. Elle peut partir au comité." in waits
    assert 'href="/fiches/F-2016-002/check"' in page.text
    assert "Aucune partie complète sur 12" in section(page, "mes")
    assert "12 parties complètes sur 12" in section(page, "mes")


def test_who_has_no_fiche_is_invited_to_begin(client_of):
    page = client_of("outsider").get("/")
    assert section(page, "attend") == "Ce qui vous attend Rien ne vous attend aujourd’hui."
    assert "Encore aucune fiche à votre nom" in section(page, "mes")
    assert 'href="/fiches/new"' in page.text


def test_who_does_not_write_is_not_asked_to(client_of):
    page = client_of("administration").get("/")
    assert 'id="mes"' not in page.text
    assert "Premier appel à fiches" not in page.text
    assert 'href="/fiches/new"' not in page.text


@pytest.mark.parametrize(
    ("role", "reads"), [("reader", True), ("committee", True), ("chair", True), ("contributor", False)]
)
def test_readers_see_how_many_fiches_wait(demo_app, client_of, role, reads):
    with demo_app.app_context():
        waiting = db.session.scalars(select(Fiche).where(Fiche.state.in_(("SOU", "REL")))).all()
        assert len(waiting) == 2
        title = waiting[0].title
    waits = section(client_of(role).get("/"), "attend")
    assert ("2 fiches attendent une lecture" in waits) is reads
    assert (title in waits) is reads


def test_the_coordination_sees_drafts_without_author_and_open_invitations(demo_app, client_of):
    with demo_app.app_context(), writing():
        draft(None, "Repris d’un papier")
        office = by_email(SAMIRA)
        for n in range(3):
            access.invite(people.invited(f"P{n}", f"p{n}@example.org", ["reader"]), office)
        gone = people.invited("Q", "q@example.org", ["reader"])
        token = access.invite(gone, office)
        access.find_link(token).expires_at = now() - timedelta(days=1)
    waits = section(client_of("coordination").get("/"), "attend")
    for words in (
        "Un brouillon n’a pas d’auteur",
        "Repris d’un papier",
        "3 invitations attendent une réponse",
        "Une autre a expiré",
    ):
        assert words in waits
    for role in ("committee", "administration", "contributor"):
        assert "invitation" not in section(client_of(role).get("/"), "attend")
        assert "Repris d’un papier" not in client_of(role).get("/").text


def test_a_mail_of_one_invitation_does_not_count_twice(demo_app, client_of):
    with demo_app.app_context(), writing():
        who = people.invited("P", "p@example.org", ["reader"])
        token = access.invite(who, by_email(SAMIRA))
        access.make_link(who, "invitation", until=access.find_link(token).expires_at)
    assert "Une invitation attend une réponse" in section(client_of("coordination").get("/"), "attend")


def test_the_administration_sees_mails_that_could_not_leave(demo_app, client_of):
    with demo_app.app_context(), writing():
        deliveries.mail(by_email(NADIA), "password", act="added")
        db.session.flush()
        deliveries.mail_failed(deliveries.mails("waiting")[0].id, "550", final=True)
        deliveries.mail(by_email(NADIA), "sign_in")
        db.session.flush()
        deliveries.mail_moot(deliveries.mails("waiting")[0].id, "trop tard")
    assert "Un courriel n’a pas pu partir" in section(client_of("administration").get("/"), "attend")
    assert "courriel" not in section(client_of("coordination").get("/"), "attend")


def test_the_call_says_how_long_it_is_open(demo_app, client_of):
    client = client_of("outsider")
    assert "jours encore" in client.get("/").text
    with demo_app.app_context(), writing():
        db.session.scalars(select(Call)).one().closes_at = datetime.combine(today(), time.max, LOCAL)
    page = client.get("/")
    assert "C’est le dernier jour" in page.text
    with demo_app.app_context(), writing():
        db.session.scalars(select(Call)).one().closes_at = now() - timedelta(hours=2)
    assert "Aucun appel n’est ouvert" in client.get("/").text


def test_an_empty_instance_has_a_first_page(app):
    with app.app_context(), writing():
        people.first_person("Ada", "ada@example.org")
        token = access.add_device(by_email("ada@example.org"), shared=False, label="")
    client = app.test_client()
    with client.session_transaction() as session:
        session["device"] = token
    page = client.get("/")
    assert "Rien ne vous attend" in page.text
    assert "Aucun appel n’est ouvert" in page.text


def test_an_account_that_is_to_go_says_so_and_is_kept_from_there(client_of):
    client = client_of("contributor")
    assert "Ce compte sera supprimé" not in client.get("/").text
    client.submit(client.get("/account/leave"), {"sure": True})
    home = client.get("/")
    assert "Ce compte sera supprimé" in home.text
    assert client.submit(home, {}, form="/account/stay").status_code == 303
    assert "Ce compte sera supprimé" not in client.get("/").text


def test_my_groups_say_what_comes_next_in_each(demo_app, client_of):
    with demo_app.app_context(), writing():
        bart = cast.person("reader")
        for meeting in db.session.scalars(select(Meeting)):
            meeting.starts_at = meeting.starts_at and meeting.starts_at - timedelta(days=4000)
            meeting.ends_at = meeting.ends_at and meeting.ends_at - timedelta(days=4000)
            if meeting.starts_at is None:
                meeting.state = "cancelled"
        for row in db.session.scalars(select(Production)):
            row.ended_at = now()
        closed = circle_by_code("GT-FIC").id
        for days in (-3, 5, 9):
            db.session.add(
                Production(circle_id=closed, title=f"Texte {days}", due_on=due(days), made_by=bart.id)
            )
        gone = Circle(code="GT-FINI", kind="GDT", title="Un groupe terminé", ended_at=now())
        db.session.add(gone)
        db.session.flush()
        db.session.add(Seat(circle_id=gone.id, person_id=bart.id, role="member"))
    groups = section(client_of("reader").get("/"), "groupes")
    assert groups.startswith("Mes groupes Groupe « Fiches et catalogue » « Texte 5 » pour le")
    assert "Comité de pilotage Rien de prévu pour l’instant" in groups
    assert "terminé" not in groups
    # The closed group is on nobody else's page; who has no group is shown the open ones.
    for role in ("contributor", "administration"):
        assert "Fiches et catalogue" not in client_of(role).get("/").text
    assert section(client_of("administration").get("/"), "groupes") == (
        "Mes groupes Vous n’êtes encore dans aucun groupe. Voir les groupes ouverts"
    )


def test_what_presses_waits_and_the_other_tasks_stand_apart(demo_app, client_of):
    with demo_app.app_context(), writing():
        nadia, circle = cast.person("contributor"), circle_by_code("COPIL")
        for row in db.session.scalars(select(Task).where(Task.person_id == nadia.id)):
            row.state = "dropped"
        for what, days in (("Tard", -2), ("Bientôt", 2), *((f"Plus tard {n}", 20 + n) for n in range(5))):
            task(circle, nadia, None, what, days=days)
    page = client_of("contributor").get("/")
    waits, later = section(page, "attend"), section(page, "taches")
    assert waits.index("Tard") < waits.index("Bientôt")
    assert "Plus tard" not in waits
    assert "Tard " not in later.replace("Plus tard", "")
    assert [n for n in range(5) if f"Plus tard {n}" in later] == [0, 1, 2, 3]
    assert "Toutes mes tâches" in later
    assert 'id="taches"' not in client_of("administration").get("/").text


def test_who_asks_to_come_in_waits_for_who_leads_and_an_invitation_for_who_is_invited(demo_app, client_of):
    with demo_app.app_context(), writing():
        for row in db.session.scalars(select(SeatRequest)):
            row.state = "no"
        plaidoyer, closed = circle_by_code("GT-PLA").id, circle_by_code("GT-FIC").id
        outsider = cast.person("outsider")
        db.session.add(SeatRequest(circle_id=plaidoyer, person_id=outsider.id, kind="ask"))
        db.session.add(SeatRequest(circle_id=closed, person_id=outsider.id, kind="invite"))
    assert "Christelle Renard demande à entrer : Groupe « Plaidoyer »" in section(
        client_of("chair").get("/"), "attend"
    )
    assert "Une place vous est proposée : Groupe « Fiches et catalogue »" in section(
        client_of("outsider").get("/"), "attend"
    )
    for role in ("contributor", "committee", "administration"):
        waits = section(client_of(role).get("/"), "attend")
        assert "demande à entrer" not in waits
        assert "Une place vous est proposée" not in waits


def printed(kind: str, code: str | None, *fiches: str, **more) -> str:
    """The id of a PDF that was made a minute ago and holds these fiches. Inside writing()."""
    ids = [find(number).id for number in fiches]
    edition = edition_by_code(code) if code else None
    row = Dossier(id=new_id(), kind=kind, key="k", sha256=new_id(), pages=3, size=9, fiches=ids, made_by=by_email(SAMIRA).id,
                  edition_id=edition.id if edition else None, ready_at=now() - timedelta(minutes=1), **more)  # fmt: skip
    db.session.add(row)
    return row.id


def test_a_pdf_that_went_with_a_quote_is_told_to_the_coordination_until_it_is_made_again(
    demo_app, client_of, monkeypatch
):
    """Not one of a single fiche, which is for who asked for it; not one that went for another reason."""
    office, chair, told = client_of("coordination"), client_of("chair"), "PDF à refaire"
    with demo_app.app_context(), writing():
        held = printed("D3", "BIE-2017", "F-2016-002", "F-2016-003")
        printed("D1", None, fiche_id=find("F-2016-002").id)
        other = printed("D10", "BIE-2017", "F-2016-003")
    with demo_app.app_context(), writing():
        db.session.get_one(Dossier, other).sha256 = None  # as the rule of retention does
    assert told not in office.get("/").text
    with demo_app.app_context(), writing():
        fiche = find("F-2016-002")
        erase(fiche, fiche.content["bilan"]["temoignages"][0]["id"], cast.person("contributor"))
    page = office.get("/")
    waits = section(page, "attend")
    assert waits.count(f"{told} : Dossier de la biennale 2017") == waits.count(told) == 1
    assert f'href="/dossiers/{held}"' in page.text
    assert told not in chair.get("/").text
    with monkeypatch.context() as later:
        for module in (waiting, alike):  # the page is kept for a minute at the most
            later.setattr(module, "now", lambda: now() + waiting.TOLD + timedelta(minutes=1))
        assert told not in office.get("/").text
    with demo_app.app_context(), writing():
        again = printed("D3", "BIE-2017", "F-2016-003", language="nl")
        db.session.get_one(Dossier, again).ready_at = now()
    assert told in office.get("/").text, "made in another language, it is another one"
    with demo_app.app_context(), writing():
        db.session.get_one(Dossier, again).language = ""
    assert told not in office.get("/").text


def test_titles_are_text(demo_app, client_of):
    with demo_app.app_context(), writing():
        draft(NADIA, "<script>alert(1)</script>")
        draft(None, '"><img src=x onerror=alert(1)>')
    for role in ("contributor", "coordination"):
        page = client_of(role).get("/")
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_the_page_takes_as_many_queries_for_many(demo_app, client_of):
    client, counts = client_of("coordination"), []
    client.get("/")
    for more in (1, 2, 47):
        with demo_app.app_context(), writing():
            for n in range(more):
                draft(SAMIRA, f"Fiche {more} {n}")
                draft(None, f"Orpheline {more} {n}")
        with statements(demo_app) as seen:
            assert client.get("/").status_code == 200
        counts.append(len([s for s in seen if s.startswith("SELECT")]))
    # Fewer at the end: the twenty that are shown are then all drafts, which answer no call.
    assert counts[0] == counts[1] >= counts[2]
    assert "Voir mes 51 fiches" in client.get("/").text


# ---- health


@pytest.fixture
def health(demo_app, demo_client):
    def ask():
        answer = demo_client.get("/healthz")
        assert answer.mimetype == "application/json"
        return answer.status_code, answer.json

    return ask


def test_a_healthy_instance(demo_app, health):
    with locks.hold(routes.Path(demo_app.config["INSTANCE"]) / "worker.lock"):
        assert health() == (200, {"status": "ok", "database": True, "worker": True, "disk": True})


def test_without_a_worker_it_is_not_well(health):
    assert health() == (503, {"status": "bad", "database": True, "worker": False, "disk": True})


def test_with_a_full_disk_it_is_not_well(health, monkeypatch):
    monkeypatch.setattr(routes, "ROOM", 10**18)
    assert health()[0] == 503
    assert health()[1]["disk"] is False


def test_without_its_tables_it_is_not_well(make_app, tmp_path):
    from app import create_app
    from tests.conftest import close

    app = create_app({"INSTANCE": str(tmp_path / "bare"), "TESTING": True})
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["database"]) == (503, False)
    close(app)


def test_health_tells_nothing_about_people_or_versions(demo_app, demo_client):
    text = demo_client.get("/healthz").text
    assert not re.search(r"\d\.\d|@|/", text)
    assert cast.OUTSIDER not in text
