"""Profiles: each detail, each choice of who sees it, each reader; and the page on which it is chosen."""

import re

import pytest
from sqlalchemy import select

from models import people, profiles
from models.audit import AuditEvent
from models.people import by_email
from models.profiles import CIRCLE, DETAILS, ME, MEMBERS, SEEN_BY, BadProfile, ProfileDetail
from models.store import db, writing
from tests.support import cast
from tests.support.doors import NADIA, statements

READERS = {
    "self": {ME, CIRCLE, MEMBERS}, "contributor": {MEMBERS}, "companion": {MEMBERS}, "reader": {MEMBERS}, "group_member": {MEMBERS},
    "administration": {MEMBERS}, "committee": {CIRCLE, MEMBERS}, "chair": {CIRCLE, MEMBERS}, "coordination": {CIRCLE, MEMBERS},
}  # fmt: skip
# A text for each detail that stands nowhere else.
CANARY = {
    **{name: f"canari{name}" for name, d in DETAILS.items() if d.kind == "text"},
    "languages": "vgt", "phone": "081 98 76 54", "email": "zoe.canari@quai.example",
}  # fmt: skip
SAID = {**CANARY, "languages": "Langue des signes"}


def zoe(seen_by: str) -> str:
    """Somebody who said everything, for one circle of readers."""
    with writing():
        person = people.add_person("Zoé Lambrecht", CANARY["email"], ["contributor"], active=True)
        profiles.keep(person, CANARY, dict.fromkeys(DETAILS, seen_by), person)
        return person.id


def client_for(app, reader: str, person_id: str):
    if reader != "self":
        return cast.sign_in(app.test_client(), reader)
    from models import access

    client = app.test_client()
    with app.app_context(), writing():
        token = access.add_device(db.session.get_one(people.Person, person_id), shared=False, label="test")
    with client.session_transaction() as session:
        session["device"] = token
    return client


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_each_detail_is_shown_to_whom_its_person_chose_and_is_in_no_source_else(demo_app, reader, seen_by):
    with demo_app.app_context():
        person_id = zoe(seen_by)
    page = client_for(demo_app, reader, person_id).get(f"/directory/people/{person_id}")
    assert page.status_code == 200
    expected = set(SAID) if seen_by in READERS[reader] else set()
    assert {name for name, text in SAID.items() if text in page.text} == expected
    # Nor in what a browser does not show: attributes, addresses to write or to call, another answer.
    for name, text in CANARY.items():
        if name not in expected and name != "languages":
            assert text not in page.text
            assert re.sub(r"\D", "", text) not in re.sub(r"[ .]", "", page.text) or name != "phone"
    if not expected:
        assert "mailto:" not in page.text.partition("<main")[2].partition("</main>")[0]


def test_one_detail_hidden_does_not_hide_the_others(demo_app, client_of):
    with demo_app.app_context():
        person_id = zoe(MEMBERS)
        for hidden in DETAILS:
            with writing():
                person = db.session.get_one(people.Person, person_id)
                profiles.keep(person, CANARY, dict.fromkeys(DETAILS, MEMBERS) | {hidden: ME}, person)
            page = client_of("outsider").get(f"/directory/people/{person_id}").text
            assert {name for name, text in SAID.items() if text not in page} == {hidden}


def test_what_a_person_did_not_choose_is_as_the_declaration_says(demo_app):
    with demo_app.app_context():
        shown = profiles.details(by_email("christelle@locataires.example"))
        assert {name: one.seen_by for name, one in shown.items()} == {
            **dict.fromkeys(("work", "place", "role", "expertise", "why", "knowledge", "languages"), MEMBERS),
            "phone": CIRCLE, "email": CIRCLE,
        }  # fmt: skip


def test_who_cannot_come_in_reads_nothing(demo_app):
    with demo_app.app_context():
        person_id = zoe(MEMBERS)
        with writing():
            reader = people.add_person("Fermé", "ferme@quai.example", ["coordination"])
        assert profiles.shown(db.session.get_one(people.Person, person_id), reader) == []


def test_a_page_is_for_members_and_of_members(demo_app, client_of):
    with demo_app.app_context():
        person_id = zoe(MEMBERS)
    path = f"/directory/people/{person_id}"
    assert demo_app.test_client().get(path).status_code == 302
    assert client_of("outsider").get(path).status_code == 200
    with demo_app.app_context(), writing():
        db.session.get_one(people.Person, person_id).active = False
    assert client_of("outsider").get(path).status_code == 404
    assert client_of("coordination").get(path).status_code == 200


def test_the_page_takes_as_many_queries_for_many_details(demo_app, client_of):
    client, counts = client_of("outsider"), []
    with demo_app.app_context():
        person_id = zoe(ME)
    for seen in (ME, MEMBERS):
        with demo_app.app_context(), writing():
            person = db.session.get_one(people.Person, person_id)
            profiles.keep(person, CANARY, dict.fromkeys(DETAILS, seen), person)
        with statements(demo_app) as found:
            client.get(f"/directory/people/{person_id}")
        counts.append(len([s for s in found if s.startswith("SELECT")]))
    assert counts[0] == counts[1]


# ---- the form


FORM = "/account/profile"


def test_a_profile_is_kept_with_each_choice_and_told_without_its_words(demo_app, client_of):
    nadia = client_of("contributor")
    values = {
        "work": "Je <b>marche</b>.\n\nSouvent.",
        "seen-work": ME,
        "phone": "02 555 99 88",
        "seen-phone": MEMBERS,
        "languages": ["fr", "vgt"],
    }
    answer = nadia.submit(nadia.get(FORM), values, form=FORM)
    assert answer.status_code == 303
    page = nadia.get(answer.location)
    assert "Je &lt;b&gt;marche&lt;/b&gt;." in page.text
    assert "Moi seulement" in page.text
    other = client_of("outsider").get(answer.location)
    assert "marche&lt;" not in other.text
    assert "02 555 99 88" in other.text
    assert "Langue des signes" in other.text
    with demo_app.app_context():
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "profile.changed")).one()
        assert told.detail == {"details": ["work", "languages", "phone"]}
        rows = db.session.scalars(
            select(ProfileDetail).where(ProfileDetail.person_id == by_email(NADIA).id)
        ).all()
        assert "email" not in {r.name for r in rows if r.text}, "the address is kept once, in its place"


def test_the_same_again_changes_nothing(demo_app, client_of):
    nadia = client_of("contributor")
    for _ in range(2):
        assert nadia.submit(nadia.get(FORM), form=FORM).status_code == 303
    with demo_app.app_context():
        assert db.session.scalars(select(AuditEvent).where(AuditEvent.act == "profile.changed")).all() == []


@pytest.mark.parametrize(
    ("values", "said", "control"),
    [
        ({"work": "x" * 2001}, "Raccourcissez-le à 2\u00a0000", "d-work"), ({"phone": "12"}, "un numéro complet", "d-phone"),
        ({"phone": "02 555 01 00 le soir"}, "en chiffres", "d-phone"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_said_and_everything_typed_is_kept(demo_app, client_of, values, said, control):
    nadia = client_of("contributor")
    typed = {"place": "Le quai neuf", "seen-place": ME, "languages": ["it"], **values}
    answer = nadia.submit(nadia.get(FORM), typed, form=FORM)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{control}"' in answer.text
    again = nadia.submit(answer, {next(iter(values)): ""}, form=FORM)
    assert again.status_code == 303
    with demo_app.app_context():
        kept = profiles.details(by_email(NADIA))
        assert (kept["place"].text, kept["place"].seen_by, kept["languages"].codes) == (
            "Le quai neuf",
            ME,
            ["it"],
        )


def test_nobody_chooses_a_circle_or_a_language_that_there_is_not(demo_app):
    with demo_app.app_context(), writing():
        nadia = by_email(NADIA)
        good = dict.fromkeys(DETAILS, ME)
        for texts, seen in (({}, {**good, "work": "world"}), ({}, {}), ({"languages": "fr klingon"}, good)):
            with pytest.raises(BadProfile):
                profiles.keep(nadia, texts, seen, nadia)
        assert profiles.details(nadia)["work"].seen_by == MEMBERS


# ---- my organisations, from here


def test_what_was_typed_at_the_invitation_is_offered_first(demo_app, client_of):
    outsider = client_of("outsider")
    page = outsider.get(FORM)
    assert "« Union des locataires »" in page.text.replace("\u00a0", " ")
    assert "Elle est déjà dans l’annuaire" in page.text
    answer = outsider.submit(page, {"function": "Voisine", "since": "3/2015"}, form="/account/organisations")
    assert answer.status_code == 303
    assert "Christelle Renard" in outsider.get(answer.location).text
    page = outsider.get(FORM)
    assert "Voisine" in page.text
    assert "depuis mars 2015" in page.text.replace("\u00a0", " ")
    assert "À l’invitation" not in page.text


def test_an_organisation_that_nobody_knows_is_added(demo_app, client_of):
    nadia = client_of("contributor")
    answer = nadia.submit(nadia.get(FORM), {"organisation": "Le four à pain"}, form="/account/organisations")
    assert "Le four à pain" in nadia.get(answer.location).text
    wrong = nadia.submit(
        nadia.get(FORM), {"organisation": "", "since": "jadis"}, form="/account/organisations"
    )
    assert wrong.status_code == 422
    assert "Écrivez une année" in wrong.text
    assert "Écrivez le nom" in wrong.text
    assert 'value="jadis"' in wrong.text
