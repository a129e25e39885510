"""Common actions in the domain: two organisations of two sectors, and what an action becomes."""

import pytest
from sqlalchemy import select

from models import acting, circles
from models.acting import BadAction
from models.circles import CHAIR
from models.deliveries import Mail
from models.fiche.fiche import Fiche
from models.joint_actions import DROPPED, IDEA, UNDER_WAY, JointAction
from models.mediating import BadNotice
from models.organisations import Organisation, belong, confirm
from models.people import Person
from models.rights import can
from models.seating import BadCircle, Stale
from models.store import db, writing
from models.workflow import Refused
from tests.support import exchanges as made
from tests.support import meetings
from tests.support.queries import counted_queries


@pytest.fixture
def cast(app):
    """Name → id; Ana is of the houses Un (housing) and Deux (housing), Bo of Trois (health), Cy of none."""
    with app.app_context():
        with writing():
            people = {n: meetings.somebody(n, "contributor") for n in ("Ana", "Bo", "Cy")}
            people["Office"] = meetings.somebody("Office", "coordination")
            houses = {
                "Un": made.house("Un", "LOG", people=(people["Ana"],)),
                "Deux": made.house("Deux", "LOG", people=(people["Cy"],)),
                "Trois": made.house("Trois", "SAN", people=(people["Bo"],)),
                "Sans": made.house("Sans", people=(people["Cy"],)),
            }
            ids = {name: one.id for name, one in {**people, **houses}.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def idea(ids, house="Un", by="Ana", **more) -> JointAction:
    with writing():
        return made.action(who(ids, by), organisation_id=ids.get(house), **more)


def joins(ids, row, name, house="") -> None:
    with writing():
        acting.join(row, who(ids, name), ids.get(house), "")


def missing(row) -> str:
    return acting.round_of(row).missing().replace("\u00a0", " ")


def step(ids, row, name, by="Ana", words="") -> None:
    with writing():
        acting.apply(row, name, who(ids, by), words)


def test_it_is_under_way_with_two_organisations_of_two_sectors_and_says_what_lacks(cast):
    row = idea(cast, "")
    assert (row.number[:2], row.state) == ("A-", IDEA)
    assert missing(row) == "Il manque deux organisations, de deux secteurs différents."
    joins(cast, row, "Ana", "Un")
    assert missing(row) == "Il manque une deuxième organisation. Déjà là : Logement."
    with pytest.raises(Refused, match="deuxième organisation"):
        step(cast, row, "start")
    joins(cast, row, "Cy", "Deux")
    assert missing(row) == "Il manque un deuxième secteur. Déjà là : Logement."
    with pytest.raises(Refused, match="deuxième secteur"):
        step(cast, row, "start")
    joins(cast, row, "Bo")
    assert missing(row).startswith("Il manque un deuxième secteur"), (
        "somebody for themselves is no organisation"
    )
    joins(cast, row, "Bo", "Trois")
    assert missing(row) == ""
    with pytest.raises(Refused, match="ne pouvez pas"):
        step(cast, row, "start", by="Bo")
    assert row.state == IDEA
    step(cast, row, "start")
    assert row.state == UNDER_WAY
    told = {m.person_id for m in db.session.scalars(select(Mail).where(Mail.template == "action_news"))}
    assert told == {cast["Bo"], cast["Cy"]}
    with writing():
        acting.leave(row, who(cast, "Bo"))
        acting.leave(row, who(cast, "Bo"))
    assert row.state == UNDER_WAY
    assert missing(row).startswith("Il manque un deuxième secteur")


def test_organisations_that_do_not_say_their_sector(cast):
    row = idea(cast, "Sans", by="Cy")
    assert "le secteur de Sans" in missing(row)
    with writing():
        other = made.house("Autre", people=(who(cast, "Bo"),))
    joins({**cast, "Autre": other.id}, row, "Bo", "Autre")
    assert missing(row).startswith("Aucune des organisations ne dit encore son secteur")


def test_one_speaks_for_an_organisation_one_is_of_and_says_it_once(cast):
    row = idea(cast)
    with pytest.raises(BadAction), writing():
        acting.join(row, who(cast, "Bo"), cast["Un"], "")
    assert len(acting.round_of(row).rows) == 1
    joins(cast, row, "Bo", "Trois")
    joins(cast, row, "Bo", "Trois")
    assert [p.person_id for p in acting.round_of(row).rows] == [cast["Ana"], cast["Bo"]]
    [mail] = db.session.scalars(select(Mail).where(Mail.template == "action_joined"))
    assert mail.person_id == cast["Ana"]
    with pytest.raises(BadAction), writing():
        made.action(who(cast, "Bo"), organisation_id=cast["Un"])
    with pytest.raises(BadAction) as bad, writing():
        made.action(who(cast, "Bo"), title="", axis="ZZZ")
    assert set(bad.value.problems) == {"title", "axis"}


def test_who_only_says_that_they_are_of_an_organisation_does_not_speak_for_it(cast):
    """Neither in an action nor on the board, nor as who carries a fiche; once another member confirmed it, they do."""
    with writing():
        own = belong(who(cast, "Cy"), db.session.get_one(Organisation, cast["Trois"]), who(cast, "Cy"))
    assert not own.confirmed
    row = idea(cast, "Deux", by="Cy")
    joins(cast, row, "Bo", "Trois")
    with pytest.raises(BadAction), writing():
        acting.join(row, who(cast, "Cy"), cast["Trois"], "")
    with pytest.raises(BadNotice), writing():
        made.notice(who(cast, "Cy"), organisation_id=cast["Trois"])
    with writing():
        acting.leave(row, who(cast, "Cy"))
        fiche = acting.to_fiche(row, who(cast, "Cy"))
    content = db.session.get_one(Fiche, fiche.id).content
    assert [p["nom"] for p in content["partenaires"]] == ["Trois"]
    with writing():
        confirm(own, who(cast, "Bo"))
        acting.join(row, who(cast, "Cy"), cast["Trois"], "")
    assert acting.round_of(row).of(who(cast, "Cy")).organisation_id == cast["Trois"]


def test_dropped_with_a_word_taken_up_again_and_a_stale_change(cast):
    row = idea(cast)
    with pytest.raises(Refused, match="pourquoi"):
        step(cast, row, "drop")
    step(cast, row, "drop", words="Plus de salle")
    assert (row.state, row.words) == (DROPPED, "Plus de salle")
    with pytest.raises(Refused), writing():
        acting.join(row, who(cast, "Bo"), None, "")
    with pytest.raises(Refused):
        step(cast, row, "done")
    step(cast, row, "reopen")
    assert (row.state, row.words, row.ended_at) == (IDEA, None, None)
    with pytest.raises(Stale), writing():
        acting.change(row, {"title": "Autre"}, 1, who(cast, "Ana"))
    assert [r.id for r in acting.open_actions(5)] == [row.id]
    assert acting.ended_actions() == []


def test_it_becomes_a_group_in_which_those_who_count_sit(cast):
    row = idea(cast)
    joins(cast, row, "Bo", "Trois")
    with pytest.raises(BadCircle), writing():
        acting.to_group(row, "pas un code", "Marcher", who(cast, "Office"))
    assert row.circle_id is None
    with writing():
        circle = acting.to_group(row, "GT-MARCHE", "Marcher", who(cast, "Office"))
    assert {s.person_id: s.role for s in circles.seats(circle)} == {cast["Ana"]: CHAIR, cast["Bo"]: "member"}
    with pytest.raises(Refused, match="déjà son groupe"), writing():
        acting.ask_group(row, who(cast, "Ana"))
    assert not can(who(cast, "Ana"), "circle.make")


def test_a_group_is_asked_for_once(cast):
    row = idea(cast)
    assert not acting.group_asked(row)
    with writing():
        acting.ask_group(row, who(cast, "Ana"))
    with pytest.raises(Refused, match="déjà demandé"), writing():
        acting.ask_group(row, who(cast, "Ana"))
    [mail] = db.session.scalars(select(Mail).where(Mail.template == "action_group"))
    assert mail.person_id == cast["Office"]
    assert not acting.group_asked(idea(cast)), "another action is another question"


def test_nothing_comes_of_what_was_dropped_until_it_is_taken_up_again(cast):
    row = idea(cast)
    step(cast, row, "drop", words="Plus de salle")
    with pytest.raises(Refused, match="a pris fin"), writing():
        acting.to_group(row, "GT-MARCHE", "Marcher", who(cast, "Office"))
    with pytest.raises(Refused, match="a pris fin"), writing():
        acting.ask_group(row, who(cast, "Ana"))
    with pytest.raises(Refused, match="abandonnée"), writing():
        acting.to_fiche(row, who(cast, "Ana"))
    assert (row.circle_id, row.fiche_id, circles.circle_by_code("GT-MARCHE")) == (None, None, None)
    step(cast, row, "reopen")
    with writing():
        acting.to_fiche(row, who(cast, "Ana"))
        assert acting.to_group(row, "GT-MARCHE", "Marcher", who(cast, "Office")).code == "GT-MARCHE"


def test_it_becomes_a_draft_fiche_that_says_what_is_known(cast):
    row = idea(cast, about="Trois quartiers, une journée.", axis="RAS", place="Namur")
    joins(cast, row, "Bo", "Trois")
    with writing():
        fiche = acting.to_fiche(row, who(cast, "Ana"))
    content = db.session.get_one(Fiche, fiche.id).content
    assert (fiche.state, fiche.title, fiche.author_ids) == ("BRO", "Marcher ensemble", {cast["Ana"]})
    assert (content["descriptif"], content["axes"]) == ("Trois quartiers, une journée.", ["RAS"])
    assert content["structure_porteuse"]["nom"] == "Un"
    assert [p["nom"] for p in content["partenaires"]] == ["Trois"]
    with pytest.raises(Refused, match="déjà sa fiche"), writing():
        acting.to_fiche(row, who(cast, "Ana"))


def test_the_list_takes_as_many_queries_for_thirty_as_for_one(cast):
    def read() -> list[str]:
        rows = acting.open_actions()
        found = acting.tables(rows)
        return [found[row.id].missing() + (row.maker.name if row.maker else "") for row in rows]

    idea(cast)
    db.session.expire_all()
    few = counted_queries(read)
    for n in range(30):
        idea(cast, title=f"Action {n}")
    db.session.expire_all()
    assert counted_queries(read) <= few
    assert len({row.number for row in acting.open_actions()}) == 31
