"""Recommendations in the domain: made, changed, adopted by a decision, carried, answered; which fiches support them."""

import pytest
from sqlalchemy import select

from models import recommending, register
from models.audit import AuditEvent
from models.circles import CHAIR, circle_by_code
from models.contributions import Contribution
from models.decisions import Decision, decision_by_number
from models.fiche.fiche import find
from models.meetings import Meeting
from models.people import Person
from models.recommendations import Recommendation, recommendation_by_number
from models.recommending import BadRecommendation
from models.rights import can
from models.seating import Stale
from models.store import db, now, writing
from models.workflow import Refused
from tests.support import cast as players
from tests.support import meetings as made
from tests.support.register import decision, held, values


@pytest.fixture
def app(demo_app):
    """The demonstration, with the circle A that Léon chairs and where Nadia sits."""
    with demo_app.app_context():
        with writing():
            made.circle("A", (players.person("committee"), CHAIR), (players.person("contributor"), "member"))
        yield demo_app


def leon() -> Person:
    return players.person("committee")


def new(**more) -> Recommendation:
    with writing():
        return recommending.make(circle_by_code("A"), values(**more), leon())


def again(row: Recommendation) -> Recommendation:
    found = recommendation_by_number(row.number)
    assert found
    return found


def decided(text: str = "On adopte.", code: str = "A", **more) -> Decision:
    with writing():
        meeting = made.meeting(circle_by_code(code), leon())
        row = decision(meeting, text, **more)
        held(meeting)
        return row


def act(row, name, person=None, rev=None, **more) -> Recommendation:
    with writing():
        recommending.apply(again(row), name, person or leon(), rev, **more)
    return again(row)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": None}, "text"), ({"text": "x" * 2001}, "text"), ({"kind": "wish"}, "kind"), ({"level": "planet"}, "level"),
        ({"cause": "x" * 3001}, "cause"), ({"determinants": ["ZZ9"]}, "determinants"),
        ({"determinants": ["SE1", "SE2", "SE3", "SE4", "EN1", "EN2", "EN3"]}, "determinants"),
        ({"fiches": "F-1999-999"}, "fiches"), ({"fiches": "un quartier"}, "fiches"), ({"fiches": " ".join(f"F-2016-{n:03}" for n in range(21))}, "fiches"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_said_beside_its_field(app, change, field):
    assert recommending.problems(values(), leon()) == {}
    assert list(recommending.problems(values(**change), leon())) == [field]
    with pytest.raises(BadRecommendation), writing():
        recommending.make(circle_by_code("A"), values(**change), leon())


def test_numbers_come_one_after_the_other_and_say_where_it_stands(app):
    first, second = new(), new()
    stem, _dash, n = first.number.rpartition("-")
    assert second.number == f"{stem}-{int(n) + 1:02}"
    assert (first.state, first.circle_id, first.edition_id is not None) == (
        "proposed",
        circle_by_code("A").id,
        True,
    )


def test_a_fiche_supports_it_where_its_writer_may_read_that_fiche(app):
    """A draft of somebody else is as unknown as one that is not; an address serves as a number."""
    draft = find("F-2016-001")
    assert draft.state == "BRO"
    assert not can(leon(), "fiche.see", draft)
    row = new(fiches="https://ici.example/fiches/f-2016-002/ ; F-2016-009,F-2016-002")
    assert [f.number for f in again(row).fiches] == ["F-2016-002", "F-2016-009"]
    for number in ("F-2016-001", "F-1999-001"):
        found = recommending.problems(values(fiches=number), leon())
        assert str(found["fiches"]) == str(recommending.problems(values(fiches="F-1999-001"), leon())["fiches"]).replace("F-1999-001", number)  # fmt: skip
    with writing():
        again(row).fiches.append(draft)
    seen, more = recommending.seen_fiches(again(row), leon())
    assert ([f.number for f in seen], more) == (["F-2016-002", "F-2016-009"], 1)
    with writing():
        recommending.change(again(row), values(fiches="F-2016-009"), 1, leon())
    assert {f.number for f in again(row).fiches} == {"F-2016-001", "F-2016-009"}, "what one cannot read stays"
    assert row.number in [r.number for r in register.supported_by(leon(), find("F-2016-009"))]
    assert row.number not in [r.number for r in register.supported_by(leon(), find("F-2016-002"))], (
        "not any more"
    )


def test_who_writes_second_changes_nothing(app):
    row = new()
    with writing():
        assert recommending.change(again(row), values("Autre chose."), 1, leon()) == ["text"]
        assert recommending.change(again(row), values("Autre chose."), 2, leon()) == []
    with pytest.raises(Stale), writing():
        recommending.change(again(row), values("Trop tard."), 1, leon())
    assert (again(row).text, again(row).rev) == ("Autre chose.", 2)


def test_from_the_proposal_to_the_answer(app):
    """Each step leaves its words and its mark in the audit; what was adopted keeps its sentence."""
    row, by = new(), decided()
    with pytest.raises(Refused):
        act(row, "send")
    for number in (None, "D-1999-01"):
        with pytest.raises(Refused):
            act(row, "adopt", decision=number)
    assert again(row).state == "proposed"
    row = act(row, "adopt", decision=by.number)
    assert (row.state, row.decision_id) == ("adopted", by.id)
    assert list(recommending.problems(values("Autrement."), leon(), row)) == ["text"]
    assert recommending.problems(values(row.text, cause="Elle a une cause."), leon(), row) == {}
    act(row, "send", words="Remise en main propre.")
    with pytest.raises(Refused):
        act(row, "answer")
    act(row, "answer", words="On y réfléchit.")
    row = act(row, "close", words="Deux écoles ouvrent leur cour.")
    assert row.state == "closed"
    assert row.words == "Remise en main propre.\n\nOn y réfléchit.\n\nDeux écoles ouvrent leur cour."
    assert [t.name for t in recommending.possible(leon(), row)] == ["reopen"]
    assert act(row, "reopen").state == "adopted"
    acts = db.session.scalars(
        select(AuditEvent.act).where(AuditEvent.object_id == row.id).order_by(AuditEvent.id)
    )
    assert list(acts) == [
        f"recommendation.{n}" for n in ("made", "adopt", "send", "answer", "close", "reopen")
    ]


def test_what_is_not_kept_stays_in_its_circle(app):
    """Dropped with a reason; never adopted, it is nobody's but the circle's, and may be proposed anew."""
    outsider, row = players.person("outsider"), new()
    with pytest.raises(Refused):
        act(row, "drop")
    row = act(row, "drop", words="Une autre le dit mieux.")
    assert row.state == "closed"
    assert not can(outsider, "recommendation.see", row)
    assert can(players.person("contributor"), "recommendation.see", row), "who sits there"
    assert [t.name for t in recommending.possible(leon(), row)] == ["resume"]
    with pytest.raises(Refused):
        act(row, "reopen")
    row = act(row, "resume")
    assert row.state == "proposed"
    assert can(outsider, "recommendation.see", act(row, "adopt", decision=decided().number)), "the control"


def test_a_decision_that_does_not_stand_adopts_nothing(app):
    row = new()
    for more in ({"outcome": "rejected"}, {"removed_at": now()}, {"opened_at": now()}):
        with pytest.raises(Refused):
            act(row, "adopt", decision=decided(**more).number)
    with writing():
        made.circle("F", (players.person("reader"), CHAIR), closed=True)
    hidden = decided(code="F")
    assert hidden.number not in [d.number for d in recommending.adoptable(leon(), again(row))]
    with pytest.raises(Refused):
        act(row, "adopt", decision=hidden.number)
    other = decided("Du comité.", code="COPIL")
    own = decided("Du groupe.")
    offered = [d.number for d in recommending.adoptable(leon(), again(row))]
    assert offered.index(own.number) < offered.index(other.number), "those of its circle come first"
    assert act(row, "adopt", decision=other.number).state == "adopted"


def test_two_at_once_and_who_does_not_lead(app):
    row, by = new(), decided()
    number = by.number
    for role in ("contributor", "outsider", "reader"):
        with pytest.raises(Refused):
            act(row, "adopt", players.person(role), decision=number)
    act(row, "adopt", rev=1, decision=number)
    with pytest.raises(Refused):
        act(row, "adopt", rev=1, decision=number)
    with pytest.raises(Refused):
        act(row, "send", rev=1)
    with pytest.raises(Refused):
        act(row, "send", words="x" * 2001)
    assert again(row).state == "adopted"


def test_what_was_said_in_a_meeting_becomes_one_once(app):
    with writing():
        meeting = made.meeting(circle_by_code("A"), leon())
        point = made.item(meeting, "Tour", 10, leon())
        for kind, text, gone in (("recommendation", "Ouvrir les cours.", None), ("recommendation", "Retirée.", now()), ("note", "Une note.", None)):  # fmt: skip
            db.session.add(Contribution(meeting_id=meeting.id, item_id=point.id, kind=kind, text=text, speaker="Rosa", removed_at=gone))  # fmt: skip
    meeting = db.session.get_one(Meeting, meeting.id)
    said = recommending.waiting(meeting)
    assert [line.text for line in said] == ["Ouvrir les cours."]
    with writing():
        row = recommending.make(circle_by_code("A"), values(said[0].text), leon(), contribution=said[0])
    assert (row.meeting_id, row.item_id, row.contribution_id) == (meeting.id, point.id, said[0].id)
    assert recommending.waiting(meeting) == []
    assert recommending.made_of(said[0]).number == row.number
    assert [r.number for r in register.recommendations_at(leon(), meeting)] == [row.number]
    assert register.recommendations_at(players.person("outsider"), meeting) == []


def test_a_decision_names_what_it_adopted(app):
    row, by = new(), decided()
    number = by.number
    act(row, "adopt", decision=number)
    assert [r.number for r in register.adopted_by(leon(), decision_by_number(number))] == [row.number]
