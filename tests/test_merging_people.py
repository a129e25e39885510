"""Two accounts of one person become one: nothing is lost, history reads as it was written, the old address still serves."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from blueprints.accounts import letters
from models import access, companions, leaving, merging, organisations, people, profiles
from models.audit import AuditEvent
from models.circles import circle_by_code
from models.deliveries import Mail
from models.exchanges import Exchange
from models.fiche.fiche import FicheAuthor, Revision, find, revisions
from models.groups import SeatRequest
from models.joint_actions import Partaking
from models.library import Reference
from models.merging import CannotMerge
from models.news import NewsChoice
from models.people import Person, by_email
from models.profiles import DETAILS, MEMBERS
from models.rights import can
from models.store import db, now, writing
from tests.support import exchanges
from tests.support.doors import NADIA, SAMIRA, mailed, open_door, path_in

OLD, LEON, MONIQUE, KARIM = (
    "nadia.b@ancien.example",
    "leon@amis-du-chemin.example",
    "monique@cafe-papote.example",
    "karim@plateforme.example",
)


@pytest.fixture
def twice(demo_app):
    """Nadia, known twice: the old account wrote, belongs, helps and is helped."""
    with demo_app.app_context(), writing():
        nadia, samira = by_email(NADIA), by_email(SAMIRA)
        old = people.add_person(
            "Nadia B.", OLD, ["reader", "contributor"], active=True, organisation="La Passerelle"
        )
        for ref, helps in (("F-2016-002", True), ("F-2016-004", False)):
            db.session.add(FicheAuthor(fiche_id=find(ref).id, person_id=old.id, helps=helps))
        db.session.flush()
        db.session.expire_all()
        db.session.add(Revision(fiche_id=find("F-2016-004").id, rev=99, content={}, person_id=old.id))
        organisations.belong(old, organisations.named("Wijkadem"), samira, function="Marcheuse")
        organisations.belong(old, organisations.named("Maison de quartier La Passerelle"), samira)
        companions.accompany(old, by_email(MONIQUE), samira)
        companions.accompany(by_email(LEON), old, samira)
        companions.accompany(old, nadia, samira)
        profiles.keep(
            old, {"work": "L’ancien texte", "why": "Pour ma voisine"}, dict.fromkeys(DETAILS, MEMBERS), old
        )
        profiles.keep(nadia, {"work": "Le texte neuf"}, dict.fromkeys(DETAILS, MEMBERS), nadia)
        access.invite(old, samira)
        access.add_device(old, shared=False, label="x")
    return demo_app


def merge(app, gone: str = OLD, kept: str = NADIA) -> None:
    with app.app_context(), writing():
        merging.merge_people(by_email(gone), by_email(kept), by_email(SAMIRA))


def tombstone() -> Person:
    return db.session.scalars(select(Person).where(Person.email == OLD)).one()


def test_everything_goes_to_the_kept_account(twice):
    merge(twice)
    with twice.app_context():
        nadia, old = by_email(NADIA), tombstone()
        mine = {
            f.fiche_id: f.helps
            for f in db.session.scalars(select(FicheAuthor).where(FicheAuthor.person_id == nadia.id))
        }
        expected = {"F-2016-002": False, "F-2016-004": False, "F-2016-012": True}
        assert mine == {find(ref).id: helps for ref, helps in expected.items()}
        assert db.session.scalars(select(FicheAuthor).where(FicheAuthor.person_id == old.id)).all() == []
        assert {(m.organisation.name_for("fr"), m.function) for m in organisations.memberships(nadia)} == {
            ("Maison de quartier La Passerelle", "Animatrice"), ("Fédération des habitants", "Volontaire"), ("Wijkadem", "Marcheuse"),
        }  # fmt: skip
        assert [c.companion.email for c in companions.companions_of(nadia)] == [MONIQUE], (
            "nobody accompanies themselves"
        )
        assert LEON in [p.email for p in companions.helped_by(nadia)]
        shown = profiles.details(nadia)
        assert (shown["work"].text, shown["why"].text) == ("Le texte neuf", "Pour ma voisine")
        assert nadia.role_names == {"contributor", "reader"}
        assert (old.active, old.merged_into, old.password, old.roles, access.devices(old)) == (
            False,
            nadia.id,
            None,
            [],
            [],
        )
        assert old.id not in people.known_people()


def test_what_was_over_moves_as_it_is_and_of_two_that_are_open_the_kept_one_stands(twice):
    """Requests for a place, “count me in”, references; the control is what only one of the two has."""
    with twice.app_context(), writing():
        nadia, old, samira = by_email(NADIA), by_email(OLD), by_email(SAMIRA)
        group, other = circle_by_code("GT-PLA"), circle_by_code("GT-FIC")
        for who, circle, state, words in (
            (nadia, group, "no", "kept, answered"), (old, group, "waiting", "gone, waiting"), (old, group, "no", "gone, answered"),
            (nadia, other, "waiting", "kept, waiting"), (old, other, "waiting", "double"), (old, other, "withdrawn", "gone, withdrawn"),
        ):  # fmt: skip
            db.session.add(SeatRequest(circle_id=circle.id, person_id=who.id, kind="ask", state=state, words=words))  # fmt: skip
        walk, talk = (exchanges.action(samira, title=name).id for name in ("Marcher", "Parler"))
        for who, action, words, left in (
            (nadia, walk, "kept, left", now()), (old, walk, "gone, in", None), (nadia, talk, "kept, in", None),
            (old, talk, "double", None), (old, talk, "gone, left", now()),
        ):  # fmt: skip
            db.session.add(Partaking(action_id=action, person_id=who.id, words=words, left_at=left))
        db.session.add(Reference(title="Zzlire", kind="book", language="fr", made_by=old.id))
        ids = {"nadia": nadia.id, "old": old.id}
    merge(twice)
    with twice.app_context():
        for model, words in (
            (
                SeatRequest,
                {"kept, answered", "gone, waiting", "gone, answered", "kept, waiting", "gone, withdrawn"},
            ),
            (Partaking, {"kept, left", "gone, in", "kept, in", "gone, left"}),
        ):
            rows = db.session.scalars(select(model).where(model.person_id.in_(ids.values()))).all()
            mine = {row.words for row in rows if row.person_id == ids["nadia"]}
            assert mine >= words
            assert "double" not in mine
            assert ids["old"] not in {row.person_id for row in rows}
        assert can(by_email(NADIA), "reference.edit", db.session.scalar(select(Reference).where(Reference.title == "Zzlire")))  # fmt: skip


def test_nobody_exchanges_with_themselves(twice):
    with twice.app_context(), writing():
        nadia, old, leon = by_email(NADIA), by_email(OLD), by_email(LEON)
        own = {
            state: exchanges.exchange(nadia, old, None, state).id
            for state in ("proposed", "in_touch", "done")
        }
        other = exchanges.exchange(old, leon, None, "in_touch").id
    merge(twice)
    with twice.app_context():
        rows = {state: db.session.get_one(Exchange, id) for state, id in own.items()}
        assert [row.state for row in rows.values()] == ["ended", "ended", "done"]
        assert rows["proposed"].ended_at
        kept = db.session.get_one(Exchange, other)
        assert (kept.giver_id, kept.state) == (by_email(NADIA).id, "in_touch")


def test_who_mediates_is_told_of_what_ends_and_nobody_mediates_for_themselves(twice):
    with twice.app_context(), writing():
        nadia, old, leon, monique = (by_email(email) for email in (NADIA, OLD, LEON, MONIQUE))
        ended = exchanges.exchange(nadia, old, leon, "proposed").id
        own = {
            state: exchanges.exchange(leon, nadia, old, state).id
            for state in ("proposed", "in_touch", "done")
        }
        other = exchanges.exchange(leon, monique, old, "proposed").id
        db.session.execute(delete(Mail))
    merge(twice)
    with twice.app_context():
        assert db.session.get_one(Exchange, ended).state == "ended"
        rows = {state: db.session.get_one(Exchange, id) for state, id in own.items()}
        assert {(row.state, row.mediator_id) for row in rows.values()} == {(state, None) for state in rows}
        assert db.session.get_one(Exchange, other).mediator_id == by_email(NADIA).id
        asked = select(Mail).where(Mail.template.startswith("exchange_"))
        left = {
            (row.person.email, row.template, row.context["exchange"]) for row in db.session.scalars(asked)
        }
        assert left == {(LEON, "exchange_ended", ended), (SAMIRA, "exchange_asked", own["proposed"])}
        [waits] = db.session.scalars(asked.where(Mail.template == "exchange_asked"))
        assert "plus personne ne met les deux personnes en contact" in letters.compose(waits.id).text


@pytest.mark.parametrize(
    ("mine", "theirs", "stands"),
    [
        ("never", "at_once", "never"), (None, "never", "never"), ("", "never", "never"), ("at_once", None, "at_once"),
        ("at_once", "", "at_once"), (None, None, None),
    ],
)  # fmt: skip
def test_of_two_choices_of_news_the_kept_one_stands(twice, mine, theirs, stands):
    """ "": a row of somebody who chose nothing."""
    with twice.app_context(), writing():
        for email, rhythm in ((NADIA, mine), (OLD, theirs)):
            db.session.execute(delete(NewsChoice).where(NewsChoice.person_id == by_email(email).id))
            if rhythm is not None:
                chosen = {"rhythm": rhythm, "chosen_at": now()} if rhythm else {}
                db.session.add(NewsChoice(person_id=by_email(email).id, **chosen))
    merge(twice)
    with twice.app_context():
        row = db.session.get(NewsChoice, by_email(NADIA).id)
        assert (row and row.rhythm) == stands
        assert bool(row and row.chosen_at) is (stands is not None)
        assert db.session.get(NewsChoice, tombstone().id) is None


def test_history_reads_as_it_was_written(twice):
    with twice.app_context():
        before = [(e.id, e.person_id, e.act) for e in db.session.scalars(select(AuditEvent))]
    merge(twice)
    with twice.app_context():
        after = [(e.id, e.person_id, e.act) for e in db.session.scalars(select(AuditEvent))]
        assert after[: len(before)] == before
        told = {e.act: (e.object_id, e.detail) for e in db.session.scalars(select(AuditEvent))}
        old, nadia = tombstone(), by_email(NADIA)
        assert told["person.merged"] == (old.id, {"into": nadia.id})
        assert told["person.took"] == (nadia.id, {"other": old.id})
        signed = {r.rev: r.person.name for r in revisions(find("F-2016-004")) if r.person}
        assert signed[99] == "Nadia B."


def test_the_old_address_signs_in_as_the_kept_person_through_the_kept_mailbox(twice):
    merge(twice)
    with twice.app_context(), writing():
        for waiting in db.session.scalars(select(Mail)):
            db.session.delete(waiting)  # of how the two accounts came about
    client = twice.test_client()
    client.submit(client.get("/enter"), {"email": OLD}, form="/enter")
    with twice.app_context():
        asked = db.session.scalars(select(Mail).where(Mail.template == "sign_in")).all()
        assert [m.to for m in asked] == [NADIA]
    assert open_door(client, path_in(mailed(twice, NADIA)[0])).status_code == 303
    assert "Bonjour Nadia Bensaïd" in client.get("/").text


def test_no_link_and_no_device_of_the_old_account_opens_any_more(twice):
    with twice.app_context(), writing():
        sign_in = "/enter/" + access.make_link(by_email(OLD), "sign-in")
        token = access.add_device(by_email(OLD), shared=False, label="x")
    client = twice.test_client()
    with client.session_transaction() as session:
        session["device"] = token
    assert client.get("/account").status_code == 200
    merge(twice)
    assert client.get("/account").status_code == 302
    assert twice.test_client().get(sign_in).status_code == 410


def test_a_kept_account_that_never_came_in_opens(twice):
    with twice.app_context(), writing():
        people.add_person("Nadia neuve", "nadia@neuve.example", ["contributor"])
    merge(twice, OLD, "nadia@neuve.example")
    with twice.app_context():
        assert by_email(OLD).email == "nadia@neuve.example"
        assert by_email(OLD).active


def test_a_second_merge_takes_the_first_sign_along(twice):
    merge(twice)
    merge(twice, NADIA, LEON)
    with twice.app_context():
        assert by_email(OLD).email == by_email(NADIA).email == LEON


# ---- what cannot be


def test_what_cannot_be_merged(twice):
    with twice.app_context(), writing():
        samira, old, nadia = by_email(SAMIRA), by_email(OLD), by_email(NADIA)
        for kept, gone, said in (
            (None, old, "connaissons pas"),
            (old, old, "même personne"),
            (nadia, samira, "Vous êtes entré"),
        ):
            with pytest.raises(CannotMerge, match=said):
                merging.check_people(kept, gone, samira)
        merging.merge_people(old, nadia, samira)
        for pair in ((nadia, tombstone()), (tombstone(), nadia)):
            with pytest.raises(CannotMerge, match="déjà réunie"):
                merging.check_people(*pair, samira)


def test_an_account_that_is_about_to_be_deleted_is_not_merged(twice):
    with twice.app_context():
        for email in (OLD, NADIA):
            with writing():
                asked = leaving.ask(by_email(email), by_email(SAMIRA))
            with pytest.raises(CannotMerge, match="va être supprimé"):
                merging.check_people(by_email(NADIA), by_email(OLD), by_email(SAMIRA))
            with writing():
                leaving.cancel(db.session.merge(asked), None)
        assert merging.check_people(by_email(NADIA), by_email(OLD), by_email(SAMIRA))


# ---- the pages


def ids(app) -> tuple[str, str]:
    with app.app_context():
        return tombstone().id, by_email(NADIA).id


def test_looking_shows_what_would_move_and_moves_nothing(twice, client_of):
    old, nadia = ids(twice)
    office = client_of("coordination")
    page = office.get(f"/people/{old}/merge")
    looked = office.submit(page, {"email": NADIA}, form=f"/people/{old}/merge")
    text = looked.text.replace("\u00a0", " ")
    for said in (
        "3 fiches.",
        "2 organisations.",
        "Lit pour le comité",
        f"Avec {OLD}, elle reçoit encore un lien pour entrer ; il arrive à {NADIA}.",
    ):
        assert said in text, said
    with twice.app_context():
        assert tombstone().active
    done = office.submit(looked, form=f"/people/{old}/merge")
    assert done.location == f"/people/{nadia}"
    assert "n’a plus qu’un compte" in office.get(done.location).text.replace("\u00a0", " ")
    assert office.get(f"/people/{old}").location == f"/people/{nadia}"
    assert client_of("outsider").get(f"/directory/people/{old}").location == f"/directory/people/{nadia}"
    assert office.get(f"/people/{old}/merge").location == f"/people/{nadia}"
    assert OLD not in office.get("/people").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("nobody@quai.example", "ne connaissons pas"), ("x", "ne connaissons pas"), (OLD, "la même personne")],
)
def test_an_address_that_does_not_do(twice, client_of, typed, said):
    old, _nadia = ids(twice)
    office = client_of("coordination")
    answer = office.get(f"/people/{old}/merge", query_string={"email": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text


def test_nobody_lifts_anybody_by_merging(twice, client_of):
    """An account of the administration is merged by whoever administers; and nobody takes roles for their own account."""
    old, nadia = ids(twice)
    office, admin = client_of("coordination"), client_of("administration")
    with twice.app_context(), writing():
        chef = people.add_person("Chef", "chef@quai.example", ["administration"], active=True).id
    assert office.get(f"/people/{chef}/merge").status_code == 403
    assert office.get(f"/people/{old}/merge?email=chef@quai.example").status_code == 422
    token = office.get(f"/people/{nadia}").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for target, kept in ((chef, nadia), (old, chef)):
        assert (
            office.post(f"/people/{target}/merge", data={"csrf_token": token, "with": kept}).status_code
            == 403
        )
    with twice.app_context():
        samira = by_email(SAMIRA).id
    assert (
        office.post(f"/people/{old}/merge", data={"csrf_token": token, "with": samira}).status_code == 403
    ), "reader is new to her"
    assert admin.get(f"/people/{chef}/merge?email={NADIA}").status_code == 200
    for role in ("contributor", "committee", "chair"):
        assert client_of(role).get(f"/people/{old}/merge").status_code == 404
    with twice.app_context():
        assert db.session.scalars(select(Person).where(Person.merged_into.is_not(None))).all() == []


def test_merged_twice_by_two_people_says_so(twice, client_of):
    old, nadia = ids(twice)
    office = client_of("coordination")
    looked = office.get(f"/people/{old}/merge?email={NADIA}")
    merge(twice)
    answer = office.submit(looked, form=f"/people/{old}/merge")
    assert answer.status_code == 303
    assert "déjà réunie" in office.get(f"/people/{nadia}").text


def test_a_fresh_proof_is_asked_for(twice, client_of):
    old, _nadia = ids(twice)
    office = client_of("coordination")
    looked = office.get(f"/people/{old}/merge?email={NADIA}")
    with twice.app_context(), writing():
        for device in db.session.scalars(select(access.Device)):
            device.proved_at = now() - timedelta(hours=1)
    answer = office.submit(looked, form=f"/people/{old}/merge")
    assert answer.status_code not in (200, 303)
    with twice.app_context():
        assert tombstone().merged_into is None
