"""The register in the domain: who finds what, how it is narrowed and counted, what was replaced or taken away."""

import pytest
from sqlalchemy import select, text

from models import preparing, published, register
from models.circles import CHAIR, circle_by_code
from models.decisions import Decision, decision_by_number
from models.editions import Edition
from models.meetings import MeetingState
from models.people import Person
from models.recommendations import STATES, Recommendation
from models.register import Query
from models.replies import Reply
from models.rights import can
from models.store import db, now, writing
from tests.support import meetings as made
from tests.support.queries import counted_queries
from tests.support.register import adopted, decision, held, recommendation

MET = (MeetingState.CONVENED, MeetingState.HELD, MeetingState.PROPOSED, MeetingState.APPROVED)


@pytest.fixture
def cast(app):
    """Name → id. A is closed, B is open; Gus is a guest of each meeting; of each state of a meeting one decision."""
    with app.app_context():
        with writing():
            people = {n: made.somebody(n) for n in ("Ana", "Bo", "Cy", "Gus", "Out", "Left")}
            people["Office"] = made.somebody("Office", "coordination")
            made.circle("A", (people["Ana"], CHAIR), (people["Bo"], "member"), closed=True)
            made.circle("B", (people["Cy"], CHAIR), (people["Bo"], "observer"))
            people["Left"].active = False
            for code in ("A", "B"):
                circle = circle_by_code(code)
                for state in MET:
                    meeting = made.meeting(circle, people["Ana"])
                    meeting.title = f"{code} {state}"
                    db.session.add(Reply(meeting_id=meeting.id, person_id=people["Gus"].id, guest=True))
                    row = decision(meeting, f"Décidé en {code}, {state}.")
                    if state == MeetingState.HELD:
                        row.removed_at = now()
                    held(meeting, state)
                for state in STATES:
                    recommendation(circle, f"{code} {state}", state=state, decision_id=None if state == "proposed" else row.id)  # fmt: skip
                recommendation(circle, f"{code} jamais adoptée", state="closed")
            ids = {name: p.id for name, p in people.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def found(person, **more) -> list[str]:
    """The numbers that this person finds."""
    chosen = {k: v for k, v in more.items() if k != "words"}
    return [row.number for row in register.listing(person, Query(more.get("words", ""), chosen)).rows]


def test_sql_says_what_the_rights_say(cast):
    """For each person and each row; the control is that both answers are met for both kinds."""
    db.session.expire_all()
    seen = {True: 0, False: 0}
    for name in cast:
        person = who(cast, name)
        if not person.active:
            continue
        for model, where, right in (
            (Decision, register.may_see_decision(person), "decision.see"),
            (Recommendation, register.may_see_recommendation(person), "recommendation.see"),
        ):
            ids = set(db.session.scalars(select(model.id).where(where)))
            for row in db.session.scalars(select(model)):
                said = row.text
                assert (row.id in ids) is can(person, right, row), (name, said)
                seen[row.id in ids] += 1
    assert min(seen.values()) > 20, seen


def test_an_outsider_finds_what_an_open_circle_approved_and_nothing_else(cast):
    out = [row.text for row in register.listing(who(cast, "Out"), Query()).rows]
    assert sorted(out) == sorted(
        ["Décidé en B, minutes_approved.", "B adopted", "B sent", "B answered", "B closed"]
    )
    whole = [row.text for row in register.listing(who(cast, "Office"), Query()).rows]
    assert len(whole) == 2 * (len(MET) + len(STATES) + 1)
    assert not any(t.startswith(("A", "Décidé en A")) for t in out)
    counts = register.listing(who(cast, "Out"), Query()).counts
    assert list(counts["circle"]) == [circle_by_code("B").id], "a facet names no closed circle"


def test_what_was_taken_away_keeps_its_number_and_not_its_words(cast):
    office = who(cast, "Office")
    gone = db.session.scalars(select(Decision).where(Decision.removed_at.is_not(None))).all()
    assert sorted(found(office, state="removed")) == sorted(row.number for row in gone)
    assert gone[0].number in found(office, words=gone[0].number)
    assert found(office, words="held") == [], "its words are not searched any more"
    assert len(found(office, words="convened")) == 2, "the control"


def test_what_was_replaced_says_by_which_where_that_may_be_seen(cast):
    office, out = who(cast, "Office"), who(cast, "Out")
    with writing():
        old = db.session.scalars(
            select(Decision).where(Decision.text == "Décidé en B, minutes_approved.")
        ).one()
        meeting = made.meeting(circle_by_code("B"), who(cast, "Cy"))
        new = decision(meeting, "Autrement.", replaces_id=old.id)
        held(meeting, MeetingState.PROPOSED)
        numbers = old.number, new.number
    old = decision_by_number(numbers[0])
    assert register.successors(office, [old])[old.id].number == numbers[1]
    assert found(office, state="replaced") == [numbers[0]]
    assert register.successors(out, [old]) == {}, "the minutes of the new one are not approved yet"
    assert found(out, state="adopted", kind="decision") == [numbers[0]]
    for change in ({"removed_at": now()}, {"removed_at": None, "outcome": "postponed"}, {"outcome": "adopted", "opened_at": now()}):  # fmt: skip
        with writing():
            for name, value in change.items():
                setattr(decision_by_number(numbers[1]), name, value)
        assert found(office, state="replaced") == [], change
    with writing():
        decision_by_number(numbers[1]).closed_at = now()
    assert found(office, state="replaced") == [numbers[0]]


def test_words_are_found_without_accents_in_any_order(cast):
    office = who(cast, "Office")
    with writing():
        row = recommendation(circle_by_code("B"), "L’école ouvre sa cour l’été.", addressee="Échevine", words="Réponse reçue.")  # fmt: skip
        number = row.number
    for words in ("ecole ete", "ÉCHEVINE cour", "reponse", number, number.lower()):
        assert number in found(office, words=words), words
    assert number not in found(office, words="ecole hiver")


def test_each_filter_narrows_and_says_how_many_it_would_leave(cast):
    office = who(cast, "Office")
    with writing():
        edition = Edition(code="BIE-2017", title="Une biennale", year=2017)
        db.session.add(edition)
        db.session.flush()
        circle = circle_by_code("B")
        recommendation(circle, "Une", level="commune", determinants=["EN3", "LS1"], edition_id=edition.id)
        recommendation(circle, "Deux", level="region", determinants=["LS1"], number="RC-2015-07")
        ids = {"circle": circle.id, "edition": edition.id}
    expected = {"level": ("commune", 1), "determinant": ("LS1", 2), "year": ("2015", 1), "edition": (ids["edition"], 1),
                "kind": ("decision", 8), "circle": (ids["circle"], 12), "state": ("proposed", 4)}  # fmt: skip
    whole = register.listing(office, Query())
    for name, (code, count) in expected.items():
        got = register.listing(office, Query(chosen={name: code}))
        assert (got.total, whole.counts[name][code]) == (count, count), name
        assert got.counts[name] == whole.counts[name], "what is chosen does not narrow its own values"
    both = register.listing(office, Query(chosen={"determinant": "LS1", "level": "region"}))
    assert [row.text for row in both.rows] == ["Deux"]
    assert both.counts["level"] == {"commune": 1, "region": 1}
    assert both.counts["year"] == {"2015": 1}
    assert register.listing(office, Query(chosen={"level": "rien-de-tel"})).total == 0


def test_pages_hold_fifty_and_cost_the_same(cast):
    office = who(cast, "Office")
    few = counted_queries(lambda: register.listing(office, Query()))
    with writing():
        meeting = made.meeting(circle_by_code("B"), office)
        for n in range(60):
            decision(meeting, f"Décision {n}")
            recommendation(circle_by_code("B"), f"Recommandation {n}")
    db.session.expire_all()
    office = who(cast, "Office")
    assert office.role_names
    first = register.listing(office, Query())
    assert (len(first.rows), first.pages) == (50, 3)
    db.session.expire_all()
    office = who(cast, "Office")
    assert office.role_names
    assert counted_queries(lambda: register.listing(office, Query())) == few
    seen = [row.id for n in (1, 2, 3) for row in register.listing(office, Query(page=n)).rows]
    assert len(seen) == len(set(seen)) == first.total
    assert register.listing(office, Query(page=99)).page == 3


def test_what_may_stand_on_paper_is_counted_as_sql_counts_it(cast):
    """The same sums from statements of their own."""
    with writing():
        edition = Edition(code="BIE-2017", title="Une biennale", year=2017)
        db.session.add(edition)
        db.session.flush()
        for row in db.session.scalars(select(Recommendation)):
            row.edition_id = edition.id
        meeting = made.meeting(circle_by_code("B"), who(cast, "Cy"))
        meeting.edition_id = edition.id
        kept = decision(meeting, "Adoptée")
        kept.edition_id = None  # that of its meeting counts
        for more in ({"outcome": "rejected"}, {"removed_at": now()}, {"opened_at": now()}):
            decision(meeting, "Pas sur le papier", **more)
        closed = made.meeting(circle_by_code("A"), who(cast, "Ana"))
        decision(closed, "Fermée", edition_id=edition.id)
        adopted(circle_by_code("A"), kept, "Fermée", edition_id=edition.id)
        held(meeting), held(closed)
    decisions = text(
        "SELECT count(*) FROM decision d JOIN meeting m ON m.id = d.meeting_id JOIN circle c ON c.id = m.circle_id WHERE NOT c.closed AND m.state = "
        "'minutes_approved' AND d.outcome = 'adopted' AND d.removed_at IS NULL AND NOT (d.opened_at IS NOT NULL AND d.closed_at IS NULL) "
        "AND coalesce(d.edition_id, m.edition_id) = (SELECT id FROM edition)"
    )
    others = text(
        "SELECT count(*) FROM recommendation r JOIN circle c ON c.id = r.circle_id WHERE NOT c.closed AND r.decision_id IS NOT NULL"
    )
    counted = published.counted(db.session.scalars(select(Edition)).one())
    assert counted == (db.session.scalar(decisions), db.session.scalar(others)) == (1, 4)


def test_an_edition_that_is_deleted_leaves_the_register_as_it_is(cast):
    """Also where the minutes are approved."""
    with writing():
        edition = Edition(code="BIE-2031", title="Une biennale", year=2031)
        db.session.add(edition)
        db.session.flush()
        meeting = made.meeting(circle_by_code("B"), who(cast, "Cy"))
        row = decision(meeting, "Reste.", edition_id=edition.id)
        adopted(circle_by_code("B"), row, "Reste aussi.", edition_id=edition.id)
        held(meeting)
    with writing():
        preparing.delete(db.session.scalars(select(Edition)).one(), who(cast, "Office"))
    assert len(found(who(cast, "Out"), words="reste")) == 2


def test_the_year_is_that_of_the_number():
    assert [register.year_of(n) for n in ("D-2016-01", "RC-2015-107", "D2016", "")] == [
        "2016",
        "2015",
        "",
        "",
    ]
