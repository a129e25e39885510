"""Who writes for whom: a companion helps in every fiche of a person, and in no other."""

import pytest
from sqlalchemy import select

from models import companions
from models.audit import AuditEvent
from models.companions import BadCompanion, Companion
from models.deliveries import Mail
from models.fiche.content import blank
from models.fiche.fiche import Fiche, FicheAuthor, find
from models.fiche.saving import adopt
from models.people import by_email
from models.store import db, writing
from tests.support.doors import NADIA, SAMIRA, mailed

MONIQUE, LEON, ELS = "monique@cafe-papote.example", "leon@amis-du-chemin.example", "els@wijkadem.example"
FICHE = "F-2016-002"  # Nadia writes it


def authors(ref: str) -> dict[str, bool]:
    return {a.person.email: a.helps for a in find(ref).authors}


def test_a_companion_sees_and_edits_what_the_person_writes_until_taken_away(demo_app, client_of):
    nadia, monique = client_of("contributor"), client_of("companion")
    with demo_app.app_context(), writing():
        draft = adopt({**blank(), "titre": "Le jardin de la gare", "langue": "fr"}, owner=by_email(NADIA)).id
        monique_id = by_email(MONIQUE).id
    assert monique.get(f"/fiches/{draft}").status_code == 404
    page = nadia.get("/account/companions")
    assert nadia.submit(page, {"email": MONIQUE.upper()}, form="ajouter").status_code == 303
    with demo_app.app_context():
        assert authors(draft) == authors(FICHE) == {NADIA: False, MONIQUE: True}
    assert monique.get(f"/fiches/{draft}/edit").status_code == 200
    [text] = mailed(demo_app, MONIQUE)
    assert "Nadia Bensaïd a besoin de vous" in text
    assert mailed(demo_app, NADIA) == []
    page = nadia.get("/account/companions")
    assert nadia.submit(page, button="remove", form=f"sans-{monique_id}").status_code == 303
    with demo_app.app_context():
        assert authors(draft) == authors(FICHE) == {NADIA: False}
        acts = [e.act for e in db.session.scalars(select(AuditEvent)) if e.act.startswith("companion")]
        assert acts == ["companion.made", "companion.ended"]
    assert monique.get(f"/fiches/{draft}").status_code == 404


def test_fiches_to_come_have_the_companion_too(demo_app, client_of):
    with demo_app.app_context(), writing():
        nadia = by_email(NADIA)
        companions.accompany(nadia, by_email(MONIQUE), nadia)
    client = client_of("contributor")
    answer = client.submit(client.get("/fiches/new"), {"titre": "Une action neuve"}, form="/fiches/")
    assert answer.status_code == 303
    with demo_app.app_context():
        made = db.session.scalars(select(Fiche).where(Fiche.title == "Une action neuve")).one()
        assert authors(made.id) == {NADIA: False, MONIQUE: True}


def test_a_companion_begins_a_fiche_for_the_person(demo_app, client_of):
    """Monique writes for Léon in the demonstration."""
    monique = client_of("companion")
    page = monique.get("/fiches/new")
    assert "Pour Léon Marchal" in page.text
    with demo_app.app_context():
        leon = by_email(LEON).id
    # The choice is kept when the page comes back.
    wrong = monique.submit(page, {"titre": "", "pour": leon}, form="/fiches/")
    assert wrong.status_code == 422
    assert monique.submit(wrong, {"titre": "Les bancs du chemin"}, form="/fiches/").status_code == 303
    with demo_app.app_context():
        made = db.session.scalars(select(Fiche).where(Fiche.title == "Les bancs du chemin")).one()
        assert authors(made.id) == {LEON: False, MONIQUE: True}
    assert client_of("committee").get(f"/fiches/{made.id}/edit").status_code == 200


def test_nobody_writes_in_the_name_of_somebody_they_do_not_help(demo_app, client_of):
    els = client_of("group_member")
    page = els.get("/fiches/new")
    assert "Pour qui" not in page.text
    with demo_app.app_context():
        leon = by_email(LEON).id
    page.data = page.data.replace(b'name="titre"', b'name="titre" data-x', 1).replace(
        b'<input type="hidden" name="op_id"', f'<input type="hidden" name="pour" value="{leon}"><input type="hidden" name="op_id"'.encode(), 1
    )  # fmt: skip
    assert els.submit(page, {"titre": "En douce"}, form="/fiches/").status_code == 303
    with demo_app.app_context():
        made = db.session.scalars(select(Fiche).where(Fiche.title == "En douce")).one()
        assert authors(made.id) == {ELS: False}


def test_the_coordination_sets_it_and_both_learn_of_it(demo_app, client_of):
    office = client_of("coordination")
    with demo_app.app_context():
        path = f"/people/{by_email(NADIA).id}/companions"
    answer = office.submit(office.get(path), {"email": ELS}, form="ajouter")
    assert answer.status_code == 303
    assert "Els Peeters" in office.get(path).text
    assert "Samira Haddad l’a noté ainsi" in mailed(demo_app, NADIA)[0]
    assert "Samira Haddad l’a noté ainsi" in mailed(demo_app, ELS)[0]
    for role in ("committee", "contributor", "administration"):
        assert client_of(role).get(path).status_code == (403 if role == "administration" else 404)


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("nobody@habitants.example", "ne connaissons pas"),
        (NADIA, "la même personne"),
        ("x", "ne connaissons pas"),
    ],
)
def test_who_cannot_be_a_companion(demo_app, client_of, email, said):
    nadia = client_of("contributor")
    answer = nadia.submit(nadia.get("/account/companions"), {"email": email}, form="ajouter")
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{email}"' in answer.text
    with demo_app.app_context():
        assert len(db.session.scalars(select(Companion)).all()) == 1, "that of the demonstration"
        assert db.session.scalars(select(Mail)).all() == []


def test_whoever_helps_two_writers_of_a_fiche_stays_for_the_other(demo_app):
    with demo_app.app_context(), writing():
        nadia, monique, samira = by_email(NADIA), by_email(MONIQUE), by_email(SAMIRA)
        fiche = find(FICHE)
        fiche.authors.append(FicheAuthor(person_id=by_email(LEON).id, helps=False))
        db.session.flush()
        companions.accompany(nadia, monique, samira)
        companions.part(nadia, monique.id, samira)
        assert MONIQUE in authors(FICHE), "for Léon"
        assert not companions.part(nadia, monique.id, samira)
        with pytest.raises(BadCompanion):
            companions.accompany(nadia, nadia, samira)
