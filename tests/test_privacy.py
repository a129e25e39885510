"""Privacy in plain words, the list of who can read what, and the agreements behind quotes and pictures."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import consents, demo
from models.access import Device
from models.dossiers import Dossier, took
from models.fiche.content import get, normal
from models.fiche.fiche import find
from models.people import by_email, set_roles
from models.rights import READERS
from models.store import db, now, writing
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA
from tests.support.queries import counted_queries

FICHE = "F-2016-002"


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]))


# ---- the page for everybody


def test_anybody_reads_it_and_every_page_leads_there(make_app):
    app = make_app({"CONTACT_NAME": "Le secrétariat", "CONTACT_MAIL": "aide@tablee.example"}, demo=True)
    client = app.test_client()
    page = client.get("/privacy")
    assert page.status_code == 200
    assert "aide@tablee.example" in page.text
    assert "Autorité de protection des données" in page.text
    reader = cast.sign_in(app.test_client(), "contributor")
    for who, path in ((client, "/enter"), (client, "/enter/password"), (client, "/nowhere"), (client, "/privacy"),
                      (reader, "/"), (reader, "/account"), (reader, "/fiches/"), (reader, f"/fiches/{FICHE}")):  # fmt: skip
        foot = who.get(path).text.partition("<footer")[2]
        assert 'href="/privacy"' in foot, path


def test_it_leads_to_where_each_right_is_used(demo_client):
    page = demo_client.get("/privacy").text.partition("<main")[2]
    for path in ("/account/data", "/account", "/consents", "/account/leave"):
        assert f'href="{path}"' in page


# ---- who has access


def test_the_list_names_who_can_read_fiches_under_way_and_nobody_else(client_of, demo_app):
    page = words(client_of("coordination").get("/access-list"))
    with demo_app.app_context():
        for role, person in demo.cast():
            assert (person.name in page) == bool(person.role_names & READERS), role


@pytest.mark.parametrize("role", ["contributor", "reader", "committee", "chair"])
def test_others_do_not_see_the_list(client_of, role):
    assert client_of(role).get("/access-list").status_code == 403


def test_since_when_and_seen_when(client_of, demo_app):
    with demo_app.app_context():
        bart = by_email("bart@ziekenfonds.example")
        with writing():
            bart.created_at = now() - timedelta(days=400)
        with writing():
            set_roles(by_email(NADIA), ["contributor", "reader"], by_email(SAMIRA))
            db.session.add(Device(token_hash="x", person_id=bart.id, seen_at=now() - timedelta(days=3)))
    rows = re.findall(
        r"<tr><th scope=\"row\">.*?</tr>", client_of("coordination").get("/access-list").text, re.DOTALL
    )
    cells = {re.sub(r"<[^>]+>", "|", row).split("|")[2]: row for row in rows}
    from blueprints.formats import day

    with demo_app.test_request_context():
        assert day(now() - timedelta(days=400)) in cells["Bart Claes"]
        assert day(now() - timedelta(days=3)) in cells["Bart Claes"]
        assert day(now()) in cells["Nadia Bensaïd"]
    assert "jamais" in cells["Nadia Bensaïd"]
    with demo_app.app_context(), writing():
        set_roles(by_email(NADIA), ["contributor"], by_email(SAMIRA))
    assert "Nadia" not in words(client_of("coordination").get("/access-list"))


def test_the_list_asks_no_more_of_the_database_for_more_people(client_of, demo_app):
    from models.people import add_person

    client, counts = client_of("coordination"), []
    client.get("/access-list")
    for n in (1, 3, 50):
        with demo_app.app_context():
            with writing():
                for i in range(n):
                    add_person(f"Lecteur {n} {i}", f"l{n}-{i}@quai.example", ["reader"], active=True)
            counts.append(counted_queries(lambda: client.get("/access-list")))
    assert len(set(counts)) == 1


# ---- agreements


def test_a_writer_sees_the_agreements_of_their_fiches_and_no_others(client_of, demo_app):
    with demo_app.app_context():
        mine = normal(find(FICHE).content)["bilan"]["temoignages"]
        others = [
            c.words for c in consents.given(None) if c.fiche.number != FICHE and not c.picture and c.words
        ]
    page = client_of("contributor").get("/consents").text
    assert mine[0]["texte"][:20] in page.replace("&#39;", "'")
    assert others
    assert [w for w in others if w[:25] in page] == []
    assert "Retirées" not in page


def test_the_office_sees_them_all_but_no_private_draft(client_of, demo_app):
    from models.fiche.saving import adopt

    with demo_app.app_context(), writing():
        content = normal(find(FICHE).content)
        content["bilan"]["temoignages"][0]["texte"] = "Un mot dans un brouillon"
        adopt({**content, "photos": []}, owner=by_email(NADIA))
    assert "Un mot dans un brouillon" in client_of("contributor").get("/consents").text
    assert "Un mot dans un brouillon" not in client_of("coordination").get("/consents").text


def test_they_are_narrowed_by_state_and_by_use(client_of):
    client = client_of("coordination")
    whole = int(re.search(r"(\d+) paroles", words(client.get("/consents")))[1])
    yes = int(re.search(r"(\d+) paroles", words(client.get("/consents?etat=oui")))[1])
    assert 0 < yes < whole
    assert "Aucun accord ne répond" in client.get("/consents?etat=non&usage=presse").text
    assert client.get("/consents?etat=rien&usage=%00&page=x").status_code == 200


def test_who_has_nothing_is_told_so(client_of):
    assert "Aucune parole, aucune image" in client_of("outsider").get("/consents").text


def test_withdrawing_leads_to_the_erasing_and_the_office_sees_who_took_it_along(client_of, demo_app):
    with demo_app.app_context():
        fiche = find(FICHE)
        item = get(fiche.content, "bilan.temoignages")[0]["id"]
        with writing():
            held = Dossier(
                kind="D3", key="k", sha256="0" * 64, fiches=[fiche.id], ready_at=now() - timedelta(days=1)
            )
            other = Dossier(
                kind="D3", key="o", sha256="1" * 64, fiches=["another"], ready_at=now() - timedelta(days=1)
            )
            db.session.add_all([held, other])
            db.session.flush()
            took(held, by_email("leon@amis-du-chemin.example"))
            took(other, by_email("bart@ziekenfonds.example"))
    writer = client_of("contributor")
    path = f"/fiches/{FICHE}/erase/{item}"
    assert path in writer.get("/consents").text
    writer.submit(writer.get(path))
    assert path not in writer.get("/consents").text
    with demo_app.app_context(), writing():
        late = Dossier(kind="D3", key="l", sha256="2" * 64, fiches=[find(FICHE).id], ready_at=now())
        db.session.add(late)
        db.session.flush()
        took(late, by_email("am.lhoest@habitants.example"))
    page = words(client_of("coordination").get("/consents"))
    told = page.partition("Retirées")[2]
    assert "Léon Marchal" in told
    assert "Bart Claes" not in told
    assert "Anne-Marie Lhoest" not in told  # hers was made without it
    with demo_app.app_context():
        assert len(list(db.session.scalars(select(Dossier)))) == 3


def test_the_agreements_ask_no_more_of_the_database_for_more_fiches(client_of, demo_app):
    from models.fiche.saving import adopt

    client, counts = client_of("coordination"), []
    client.get("/consents")
    for n in (1, 3, 50):
        with demo_app.app_context():
            with writing():
                content = {**normal(find(FICHE).content), "photos": []}
                for _ in range(n):
                    adopt(content, owner=by_email(NADIA), state="SOU", received_at=now())
            counts.append(counted_queries(lambda: client.get("/consents")))
    assert len(set(counts)) == 1, counts
