"""A meeting while it is held: who is there and which voices count, the clock, lines and decisions, two people at once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import noting, planning, sitting
from models.agenda import AgendaItem
from models.audit import AuditEvent
from models.circles import circle_by_code
from models.contributions import Attendance, Contribution, contributions_of
from models.decisions import Decision, decisions_of
from models.editions import LOCAL
from models.fiche.journal import Operation
from models.fiche.saving import Reused
from models.meetings import Meeting, meeting_by_code
from models.people import Person
from models.replies import Reply
from models.sides import mark, merge, seen_of
from models.sitting import Act, BadNote, NotYours, Shut, attend, clock, welcome
from models.store import db, new_id, now, writing
from tests.support import meetings as made


def act(name: str, **more) -> Act:
    return Act(more.pop("op_id", new_id()), db.session.scalars(select(Person).where(Person.name == name)).one(), **more)  # fmt: skip


def ref(name: str) -> str:
    return db.session.scalars(select(Person.id).where(Person.name == name)).one()


@pytest.fixture
def held(app):
    """(code, ids of two items) of a meeting that begins now: Ana chairs, Bo keeps the secretariat, Cy and Di sit there,
    Ed observes. Cy gives his voice to Di; Bo said that he comes."""
    with app.app_context():
        with writing():
            who = {
                name: made.somebody(name, "contributor") for name in ("Ana", "Bo", "Cy", "Di", "Ed", "Zoe")
            }
            roles = zip(("chair", "secretary", "member", "member", "observer"), who.values(), strict=False)
            circle = made.circle("TABLE", *((person, role) for role, person in roles), quorum=3)
            row = made.meeting(circle, who["Ana"], starts=now().replace(microsecond=0) - timedelta(minutes=5))
            items = [made.item(row, title, 20, who["Ana"]).id for title in ("Un", "Deux")]
            row.state, row.convened_at = "convened", now()
            for name, answer in (("Bo", "OUI"), ("Cy", "PRO"), ("Di", "ATT"), ("Ed", "IND")):
                carrier = who["Di"].id if answer == "PRO" else None
                db.session.add(
                    Reply(meeting_id=row.id, person_id=who[name].id, answer=answer, proxy_id=carrier)
                )
            code = row.code
        yield code, items


def here(code: str) -> Meeting:
    db.session.rollback()
    return meeting_by_code(code)


def states(code: str) -> dict[str, str]:
    return {p.name: p.state for p in sitting.roll(here(code))}


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


LINE = {"text": "On commence.", "kind": "note", "who": "", "item_id": ""}
DECISION = {"text": "On y va.", "mode": "consent", "outcome": "adopted", "objections": "", "how": "", "votes_for": "",
            "votes_against": "", "votes_abstain": "", "replaces": "", "item_id": ""}  # fmt: skip


# ---- who is there


def test_before_anybody_comes_the_answers_say_who_is_expected(held):
    code, _items = held
    assert states(code) == {"Ana": "unknown", "Bo": "expected", "Cy": "excused", "Di": "unknown", "Ed": "excused"}  # fmt: skip
    carried = {p.name: p.carrier.name for p in sitting.roll(here(code)) if p.carrier}
    assert carried == {"Cy": "Di"}
    assert sitting.voices(here(code)) == []
    assert count(Attendance) == 0  # looking writes nothing


def test_voices_are_those_who_are_there_and_what_they_carry(held):
    code, _items = held
    at = here(code).id
    for name in ("Ana", "Ed"):
        attend(at, ref(name), "here", act("Ana"))
    assert [(v.person.name, v.carrier) for v in sitting.voices(here(code))] == [("Ana", None)]  # Ed observes
    attend(at, ref("Di"), "remote", act("Bo"))
    there = sitting.voices(here(code))
    assert {(v.person.name, v.carrier.name if v.carrier else "") for v in there} == {("Ana", ""), ("Di", ""), ("Cy", "Di")}  # fmt: skip
    assert sitting.quorum(here(code), there) == sitting.Quorum(3, 3)
    assert sitting.voice_of(here(code), ref("Cy")) in there
    attend(at, ref("Cy"), "here", act("Ana"))  # he comes after all: his voice is his own, and counted once
    assert len(sitting.voices(here(code))) == 3
    attend(at, ref("Di"), "leave", act("Ana"))
    left = sitting.voices(here(code))
    assert {v.person.name for v in left} == {"Ana", "Cy"}
    alone = {name: sitting.voice_of(here(code), ref(name)) for name in ("Ana", "Bo", "Cy", "Di", "Ed", "Zoe")}
    assert {voice for voice in alone.values() if voice} == set(left)
    assert not sitting.quorum(here(code), left).reached


def test_who_comes_late_or_leaves_has_an_hour_and_who_comes_back_keeps_it(held):
    code, items = held
    at = here(code).id
    attend(at, ref("Ana"), "here", act("Ana"))
    clock(at, items[0], "begin", act("Ana"))
    late = now() - timedelta(minutes=2)
    attend(at, ref("Bo"), "here", act("Ana", at=late))
    rows = {row.person.name: row for row in db.session.scalars(select(Attendance))}
    assert rows["Ana"].arrived_at is None
    assert rows["Bo"].arrived_at == late
    attend(at, ref("Bo"), "leave", act("Ana"))
    assert states(code)["Bo"] == "left"
    attend(at, ref("Bo"), "here", act("Ana"))
    row = db.session.scalars(select(Attendance).where(Attendance.person_id == ref("Bo"))).one()
    assert (row.state, row.left_at, row.arrived_at) == ("here", None, late)
    attend(at, ref("Bo"), "excused", act("Ana"))
    assert states(code)["Bo"] == "excused"


def test_the_clock_of_a_device_that_runs_ahead_or_is_far_behind_is_not_believed():
    for wrong in (now() + timedelta(hours=1), now() - timedelta(days=400)):
        assert abs(sitting.moment(wrong) - now()) < timedelta(minutes=1)
    told = now() - timedelta(hours=3)
    assert sitting.moment(told) == told


def test_somebody_who_is_not_in_the_base_comes_by_name_and_who_is_known_is_not_doubled(held):
    code, _items = held
    at = here(code).id
    welcome(at, "Madame Voisine", act("Ana"))
    welcome(at, "madame  voisine", act("Bo"))
    welcome(at, "ANA", act("Bo"))
    assert states(code)["Madame Voisine"] == "here"
    assert states(code)["Ana"] == "here"
    assert count(Attendance) == 2
    assert len(sitting.voices(here(code))) == 1  # a guest has no voice
    with pytest.raises(BadNote, match="nom de la personne"):
        welcome(at, " … ", act("Ana"))


# ---- one op_id, one effect; who may


def test_one_op_id_has_one_effect_and_means_one_thing(held):
    code, _items = held
    at, op = here(code).id, new_id()
    first = noting.add_line(at, LINE, act("Ana", op_id=op, late=True))
    again = noting.add_line(at, LINE, act("Ana", op_id=op, late=True))
    assert (first.receipt, first.replayed, again.replayed) == (again.receipt, False, True)
    assert first.receipt["id"] == op
    with pytest.raises(Reused):
        noting.add_line(at, {**LINE, "text": "Autre chose."}, act("Ana", op_id=op, late=True))
    with pytest.raises(Reused):
        noting.add_line(at, LINE, act("Bo", op_id=op, late=True))
    assert count(Contribution) == 1
    noting.add_line(
        at, {**LINE, "text": "Encore."}, act("Ana", op_id=op)
    )  # a page that is sent twice: a line of its own
    assert count(Contribution) == 2
    assert "On commence" not in str([e.detail for e in db.session.scalars(select(AuditEvent))])
    assert "On commence" not in str([(o.receipt, o.content) for o in db.session.scalars(select(Operation))])


@pytest.mark.parametrize("name", ["Cy", "Ed", "Zoe"])
def test_who_does_not_lead_writes_nothing(held, name):
    code, items = held
    at = here(code).id
    for attempt in (
        lambda: noting.add_line(at, LINE, act(name)), lambda: noting.add_decision(at, DECISION, act(name)),
        lambda: attend(at, ref("Ana"), "here", act(name)), lambda: clock(at, items[0], "begin", act(name)),
        lambda: welcome(at, "X", act(name)),
    ):  # fmt: skip
        with pytest.raises(NotYours):
            attempt()
    assert count(Contribution) == count(Decision) == count(Attendance) == 0


@pytest.mark.parametrize(("state", "words"), [("prepared", "pas encore convoquée"), ("cancelled", "annulée"), ("minutes_approved", "approuvé")])  # fmt: skip
def test_a_meeting_that_is_not_written_says_why(held, state, words):
    code, _items = held
    with writing():
        here(code).state = state
    with pytest.raises(Shut, match=words):
        noting.add_line(here(code).id, LINE, act("Ana"))


def test_a_meeting_is_written_from_twelve_hours_before(held):
    code, _items = held
    for hours, opens in ((13, False), (11, True)):
        with writing():
            here(code).starts_at = now() + timedelta(hours=hours)
        assert (sitting.shut(here(code)) == "") is opens
    with writing():
        here(code).starts_at = now() + timedelta(hours=13)
    with pytest.raises(Shut, match="pas encore commencé"):
        noting.add_line(here(code).id, LINE, act("Ana"))


def test_a_right_that_is_lost_meanwhile_is_asked_again_at_the_act(held):
    from models import seating
    from models.circles import seat_here

    code, _items = held
    bo = act("Bo")
    with writing():
        seating.end_seat(seat_here(circle_by_code("TABLE"), bo.by.id), bo.by)
    with pytest.raises(NotYours):
        noting.add_line(here(code).id, LINE, bo)


# ---- the clock


def test_to_begin_an_item_ends_the_one_before(held):
    code, (one, two) = held
    at, first, then = here(code).id, now() - timedelta(minutes=30), now() - timedelta(minutes=10)
    clock(at, one, "begin", act("Ana", at=first))
    clock(at, two, "begin", act("Ana", at=then))
    rows = {row.id: (row.begun_at, row.ended_at) for row in db.session.scalars(select(AgendaItem))}
    assert rows == {one: (first, then), two: (then, None)}
    assert sitting.current(db.session.scalars(select(AgendaItem))).id == two
    clock(at, two, "end", act("Bo"))
    assert sitting.current(db.session.scalars(select(AgendaItem))) is None
    clock(at, one, "begin", act("Ana"))  # taken up again
    assert db.session.get(AgendaItem, one).begun_at == first
    with pytest.raises(NotYours):
        clock(at, new_id(), "begin", act("Ana"))


# ---- lines


def test_a_line_is_of_a_person_or_of_a_name_and_can_be_taken_away_and_put_back(held):
    code, (one, _two) = held
    at = here(code).id
    said = noting.add_line(at, {**LINE, "kind": "reaction", "who": "di", "item_id": one}, act("Ana")).receipt["id"]  # fmt: skip
    noting.add_line(at, {**LINE, "kind": "comment", "who": "Une voisine"}, act("Bo"))
    rows = contributions_of(here(code))
    assert [(r.who, r.person_id == ref("Di"), r.speaker) for r in rows] == [("Di", True, None), ("Une voisine", False, "Une voisine")]  # fmt: skip
    line = db.session.get(Contribution, said)
    noting.do(line, "remove", act("Bo"))
    assert [r.who for r in contributions_of(here(code))] == ["Une voisine"]
    noting.do(db.session.get(Contribution, said), "back", act("Ana"))
    assert len(contributions_of(here(code))) == 2
    for bad, field in (({"text": ""}, "text"), ({"kind": "cri"}, "kind"), ({"kind": "comment"}, "who"), ({"item_id": "x"}, "item_id"), ({"text": "a" * 5000}, "text")):  # fmt: skip
        with pytest.raises(BadNote) as caught:
            noting.add_line(at, {**LINE, **bad}, act("Ana"))
        assert list(caught.value.problems) == [field]


def test_an_item_under_which_one_wrote_is_not_removed(held):
    code, (one, two) = held
    line = noting.add_line(here(code).id, {**LINE, "item_id": one}, act("Ana")).receipt["id"]
    noting.do(db.session.get(Contribution, line), "remove", act("Ana"))
    with pytest.raises(planning.BadItem, match="écrit sous ce point"), writing():
        planning.remove_item(db.session.get(AgendaItem, one), act("Ana").by)
    with writing():
        planning.remove_item(
            db.session.get(AgendaItem, two), act("Ana").by
        )  # the control: nothing is under it
    assert [i.id for i in db.session.scalars(select(AgendaItem))] == [one]


# ---- two at once


def test_what_each_touched_is_merged_and_what_both_touched_is_named():
    stands = {"a": "1", "b": "lui", "c": "lui"}
    seen = {name: mark(text) for name, text in (("a", "1"), ("b", "1"), ("c", "1"))}
    assert merge(stands, {"a": "moi", "b": "1", "c": "moi"}, seen) == (
        {"a": "moi", "b": "lui", "c": "lui"},
        ["c"],
    )
    assert merge(stands, {"b": "lui"}, seen) == (stands, [])  # both wrote the same
    assert merge(stands, {"a": "moi"}, {}) == (
        stands,
        ["a"],
    )  # who did not say what they saw overwrites nothing


@pytest.fixture
def two_texts(held):
    """A line that Ana and Bo have both open: (its id, what its form carried)."""
    code, (one, _two) = held
    line = noting.add_line(here(code).id, {**LINE, "item_id": one}, act("Ana")).receipt["id"]
    row = db.session.get(Contribution, line)
    return code, line, noting.line_texts(row), seen_of(noting.line_texts(row))


def edit(line: str, texts, seen: str, name: str, **more):
    return noting.change(db.session.get(Contribution, line), texts, seen, act(name, **more)).receipt


def test_two_who_change_different_fields_both_have_their_way(two_texts):
    _code, line, texts, seen = two_texts
    edit(line, {**texts, "text": "Plus clair."}, seen, "Ana")
    told = edit(line, {**texts, "kind": "comment", "who": "Di"}, seen, "Bo")
    row = db.session.get(Contribution, line)
    assert (row.text, row.kind, row.who, told["merged"], "beside" in told) == ("Plus clair.", "comment", "Di", True, False)  # fmt: skip
    assert count(Contribution) == 1


@pytest.mark.parametrize(("choice", "stands"), [("first", ["D’Ana"]), ("late", ["De Bo"]), ("both", ["D’Ana", "De Bo"])])  # fmt: skip
def test_the_same_field_changed_twice_loses_nothing_and_a_person_chooses(two_texts, choice, stands):
    code, line, texts, seen = two_texts
    edit(line, {**texts, "text": "D’Ana"}, seen, "Ana")
    told = edit(line, {**texts, "text": "De Bo", "kind": "comment", "who": "Di"}, seen, "Bo")
    other = db.session.get(Contribution, told["beside"])
    assert (other.beside_id, other.text, other.kind) == (line, "De Bo", "comment")
    kept = contributions_of(here(code))
    assert [(r.text, r.kind) for r in kept] == [("D’Ana", "comment")]  # what only Bo changed is there already
    noting.do(db.session.get(Contribution, other.id), choice, act("Ana"))
    assert {r.text for r in contributions_of(here(code))} == set(stands)
    noting.do(db.session.get(Contribution, other.id), "late", act("Bo"))  # it was chosen: that stands
    assert {r.text for r in contributions_of(here(code))} == set(stands)


def test_who_goes_on_from_their_own_act_does_not_meet_themselves(two_texts):
    _code, line, texts, seen = two_texts
    op = new_id()
    edit(line, {**texts, "text": "Une"}, seen, "Ana", op_id=op, late=True)
    told = edit(line, {**texts, "text": "Deux"}, seen, "Ana", base=f"op:{op}", late=True)
    assert "beside" not in told
    assert db.session.get(Contribution, line).text == "Deux"
    clash = edit(line, {**texts, "text": "De Bo"}, seen, "Bo", base=f"op:{op}", late=True)
    assert "beside" in clash  # the control: another's act is no base of mine


# ---- decisions


def test_a_decision_has_its_number_when_it_arrives_and_keeps_it_when_it_is_taken_away(held):
    code, (one, _two) = held
    at, year = here(code).id, here(code).starts_at.astimezone(LOCAL).year
    first = noting.add_decision(at, {**DECISION, "item_id": one}, act("Ana")).receipt
    assert first["number"] == f"D-{year}-01"
    noting.do(db.session.get(Decision, first["id"]), "remove", act("Ana"))
    second = noting.add_decision(at, DECISION, act("Bo")).receipt  # fmt: skip
    assert second["number"] == f"D-{year}-02"
    third = noting.add_decision(at, {**DECISION, "replaces": second["number"]}, act("Bo")).receipt
    assert db.session.get(Decision, third["id"]).replaces.number == second["number"]
    assert [d.number for d in decisions_of(here(code))] == [second["number"], third["number"]]
    with pytest.raises(BadNote, match="n’est pas une décision de ce groupe"):
        noting.add_decision(at, {**DECISION, "replaces": first["number"]}, act("Bo"))


def test_two_texts_of_one_decision_are_kept_and_the_late_one_has_a_number_only_if_it_stays(held):
    code, _items = held
    at = here(code).id
    made_one = noting.add_decision(at, DECISION, act("Ana")).receipt
    row = db.session.get(Decision, made_one["id"])
    texts, seen = noting.decision_texts(row), seen_of(noting.decision_texts(row))
    noting.change(row, {**texts, "text": "D’Ana"}, seen, act("Ana"))
    told = noting.change(
        db.session.get(Decision, made_one["id"]), {**texts, "text": "De Bo", "objections": "Une."}, seen, act("Bo")
    ).receipt  # fmt: skip
    assert [(d.text, d.objections) for d in decisions_of(here(code))] == [("D’Ana", "Une.")]
    noting.do(db.session.get(Decision, told["beside"]), "both", act("Ana"))
    assert [d.number[-3:] for d in decisions_of(here(code))] == ["-01", "-02"]


def test_what_was_taken_away_while_somebody_changed_it_stands_again(held):
    code, _items = held
    one = noting.add_decision(here(code).id, DECISION, act("Ana")).receipt["id"]
    row = db.session.get(Decision, one)
    texts, seen = noting.decision_texts(row), seen_of(noting.decision_texts(row))
    noting.do(row, "remove", act("Bo"))
    noting.change(db.session.get(Decision, one), {**texts, "text": "Mieux."}, seen, act("Ana"))
    assert [d.text for d in decisions_of(here(code))] == ["Mieux."]
