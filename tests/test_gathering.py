"""Coming into a group and leaving it; what a group makes; what it reports. The rules, without a page."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from blueprints.accounts import letters
from models import convening, gathering, planning, producing, reporting, seating
from models.circles import CHAIR, circle_by_code
from models.deliveries import Mail
from models.gathering import BadWork
from models.groups import DONE, DROPPED, MAKING, SENT, YES, Production, Report, SeatRequest
from models.meetings import MeetingState
from models.people import Person
from models.rights import can, report_open
from models.seating import BadCircle, Stale, today
from models.store import db, now, writing
from models.tasks import TaskState
from models.workflow import Refused
from tests.support import meetings as made
from tests.support import register
from tests.support.groups import asks
from tests.support.tasks import task


@pytest.fixture
def group(app):
    """An open group A (Ana chairs, Bo sits), a closed one F (Fay chairs), a committee C (Ana and Cy). Ids by name."""
    with app.app_context():
        with writing():
            people = {name: made.somebody(name) for name in ("Ana", "Bo", "Cy", "Zoe", "Fay")}
            people["Sam"] = made.somebody("Sam", "coordination")
            made.circle("A", (people["Ana"], CHAIR), (people["Bo"], "member"))
            made.circle("F", (people["Fay"], CHAIR), closed=True)
            made.circle("C", (people["Ana"], "member"), (people["Cy"], CHAIR), kind="NOY")
            ids = {name: person.id for name, person in people.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def told(template: str) -> list[str]:
    return sorted(db.session.scalars(select(Mail.to).where(Mail.template == template)))


def seated(code: str) -> set[str]:
    return set(circle_by_code(code).member_ids)


# ---- asking


def test_who_asks_sits_there_once_the_leader_says_yes_and_is_told(group):
    with writing():
        row = gathering.ask(circle_by_code("A"), who(group, "Zoe"), "J’aimerais écrire avec vous.")
    assert told("seat_asked") == ["ana@test.example"]
    assert [r.id for r in gathering.waiting_for(who(group, "Ana"))] == [row.id]
    assert gathering.waiting_for(who(group, "Bo")) == gathering.waiting_for(who(group, "Zoe")) == []
    assert group["Zoe"] not in seated("A")
    with writing():
        gathering.answer(row, True, who(group, "Ana"), "Bienvenue.")
    assert group["Zoe"] in seated("A")
    assert told("seat_answered") == ["zoe@test.example"]
    assert gathering.waiting_for(who(group, "Ana")) == []


def test_one_request_waits_at_most_whatever_races(group):
    with writing():
        gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
    with pytest.raises(Refused, match="attend déjà une réponse"), writing():
        gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
    with pytest.raises(Refused, match="attend déjà une réponse"), writing():
        gathering.invite(circle_by_code("A"), who(group, "Zoe"), None, who(group, "Ana"))
    with pytest.raises(IntegrityError), writing():  # and where the check is passed by
        asks(circle_by_code("A"), who(group, "Zoe"))


def test_the_first_answer_counts(group):
    with writing():
        row = gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
        seating.change_seat(gathering.seat_here(circle_by_code("A"), group["Bo"]), "secretary", None)
    with writing():
        gathering.answer(row, False, who(group, "Bo"), "Nous sommes déjà huit.")
    with pytest.raises(Refused, match="Bo a déjà répondu"), writing():
        gathering.answer(row, True, who(group, "Ana"))
    assert group["Zoe"] not in seated("A")
    with writing():  # a no closes no door: one may ask again
        again = gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
        gathering.withdraw(again, who(group, "Zoe"))
    with pytest.raises(Refused, match="retirée"), writing():
        gathering.answer(again, True, who(group, "Ana"))


def test_a_seat_that_was_given_at_once_answers_what_waited(group):
    with writing():
        row = gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
        seating.take_seat(circle_by_code("A"), who(group, "Zoe"), who(group, "Ana"))
    assert db.session.get_one(SeatRequest, row.id).state == YES


@pytest.mark.parametrize("name", ["Zoe", "Bo", "Cy"])
def test_a_closed_group_is_entered_by_invitation_alone(group, name):
    person, closed = who(group, name), circle_by_code("F")
    assert not can(person, "circle.ask", closed)
    assert not can(person, "circle.see", closed)
    with pytest.raises(Refused, match="fermé"), writing():
        gathering.ask(closed, person, None)
    assert not can(person, "circle.ask", circle_by_code("C"))  # a committee is widened


def test_an_invitation_is_answered_by_who_is_invited(group):
    with writing():
        row = gathering.invite(circle_by_code("F"), who(group, "Zoe"), "Venez.", who(group, "Fay"))
    assert told("seat_invited") == ["zoe@test.example"]
    assert [r.id for r in gathering.waiting_for(who(group, "Zoe"))] == [row.id]
    assert can(who(group, "Zoe"), "seat.answer", row)
    assert not can(who(group, "Fay"), "seat.answer", row)
    assert not can(who(group, "Zoe"), "circle.see", circle_by_code("F"))
    with writing():
        gathering.answer(row, True, who(group, "Zoe"))
    assert told("seat_answered") == ["fay@test.example"]
    assert can(who(group, "Zoe"), "circle.see", circle_by_code("F"))


# ---- leaving, ending


def test_the_last_who_leads_hands_over_before_they_go(group):
    with pytest.raises(Refused, match="seule personne"), writing():
        gathering.leave(circle_by_code("A"), who(group, "Ana"))
    with writing():
        seating.change_seat(gathering.seat_here(circle_by_code("A"), group["Bo"]), CHAIR, None)
        gathering.leave(circle_by_code("A"), who(group, "Ana"))
    assert seated("A") == {group["Bo"]}
    assert told("seat_left") == ["bo@test.example"]
    with writing():  # whoever is alone may go
        gathering.leave(circle_by_code("A"), who(group, "Bo"))
    assert seated("A") == set()


def test_what_ended_is_read_alone_and_can_begin_again(group):
    with writing():
        row = gathering.ask(circle_by_code("A"), who(group, "Zoe"), None)
        ahead = made.meeting(circle_by_code("A"), who(group, "Ana"))
    with pytest.raises(Refused, match="encore prévues"), writing():
        gathering.end(circle_by_code("A"), who(group, "Ana"))
    with writing():
        ahead.state = MeetingState.CANCELLED
        gathering.end(circle_by_code("A"), who(group, "Ana"))
    ended, ana = circle_by_code("A"), who(group, "Ana")
    assert db.session.get_one(SeatRequest, row.id).state == "withdrawn"
    assert can(ana, "circle.see", ended)
    for right in ("circle.invite", "work.write", "meeting.make", "task.make", "recommendation.make", "report.write"):  # fmt: skip
        assert not can(ana, right, ended), right
    assert not can(who(group, "Zoe"), "circle.ask", ended)
    values = {name: getattr(ended, name) for name in seating.FIELDS}
    with pytest.raises(BadCircle, match="Rouvrez"), writing():
        seating.change_circle(ended, {**values, "title": "Autre"}, ended.rev, ana)
    with writing():
        gathering.reopen(circle_by_code("A"), who(group, "Ana"))
    assert can(who(group, "Ana"), "meeting.make", circle_by_code("A"))


def test_the_decision_behind_a_group_is_one_that_its_writer_may_read(group):
    with writing():
        hidden = register.decision(made.meeting(circle_by_code("F"), who(group, "Fay")), "Secrète").number
        known = register.decision(made.meeting(circle_by_code("A"), who(group, "Ana")), "Connue").number
    circle = circle_by_code("A")
    values = {name: getattr(circle, name) for name in seating.FIELDS}
    for number in (hidden, "D-1999-01"):
        with pytest.raises(BadCircle) as bad, writing():
            seating.change_circle(circle, {**values, "decided_by": number}, circle.rev, who(group, "Ana"))
        assert list(bad.value.problems) == ["decided_by"]
    with writing():
        seating.change_circle(circle_by_code("A"), {**values, "decided_by": known, "territory": "La vallée"}, circle.rev, who(group, "Ana"))  # fmt: skip
    assert circle_by_code("A").decided_by == known
    with writing():  # who may not read it changes the rest, and leaves it where it is
        circle = circle_by_code("A")
        seating.change_circle(circle, {**values, "decided_by": known, "place": "Ici"}, circle.rev, who(group, "Sam"))  # fmt: skip
    assert circle_by_code("A").place == "Ici"


# ---- productions


def test_a_production_goes_its_way_and_what_changed_meanwhile_is_said(group):
    values = {"title": "Deux pages", "about": None, "person_id": group["Bo"], "due_on": today() - timedelta(days=1), "at": None, "fiche": None}  # fmt: skip
    with pytest.raises(BadWork) as bad, writing():
        producing.add_production(circle_by_code("A"), {**values, "title": "", "person_id": group["Zoe"], "fiche": "F-1-1", "at": "note:x"}, who(group, "Ana"))  # fmt: skip
    assert set(bad.value.problems) == {"title", "person_id", "fiche", "at"}
    with writing():
        row = producing.add_production(circle_by_code("A"), values, who(group, "Ana"))
    assert row.late
    assert can(who(group, "Bo"), "production.edit", row)
    assert can(who(group, "Zoe"), "production.see", row)
    assert not can(who(group, "Zoe"), "production.edit", row)
    with pytest.raises(Stale), writing():
        producing.change_production(row, values, 0, who(group, "Ana"))
    with pytest.raises(Refused, match="pourquoi"), writing():
        producing.mark(row, DROPPED, who(group, "Bo"))
    with writing():
        producing.mark(row, DONE, who(group, "Bo"), "Imprimées, cent fois.")
    row = db.session.get_one(Production, row.id)
    assert (row.late, row.words, row.ended_at is None) == (False, "Imprimées, cent fois.", False)
    assert gathering.productions_of(row.circle_id, open_only=True) == []
    with pytest.raises(Refused), writing():
        producing.mark(row, DROPPED, who(group, "Bo"), "Non.")
    with writing():
        producing.mark(row, MAKING, who(group, "Bo"))
    row = db.session.get_one(Production, row.id)
    assert (row.ended_at, row.words) == (None, "Imprimées, cent fois.")  # how it was finished stays readable
    with pytest.raises(Refused, match="pourquoi"), writing():
        producing.mark(row, DROPPED, who(group, "Bo"))  # and is no reason to drop it
    with writing():
        producing.mark(row, DROPPED, who(group, "Bo"), "Plus de papier.")
    assert db.session.get_one(Production, row.id).words == "Plus de papier."


# ---- reports


def spring(ids, code: str = "A") -> Report:
    """A report on what was done lately in a group: a meeting, a decision, a task, a production."""
    with writing():
        circle, by = circle_by_code(code), who(ids, "Ana" if code == "A" else "Fay")
        held = made.meeting(circle, by, title="Soirée tenue")
        held.state, held.starts_at = MeetingState.HELD, now() - timedelta(days=3)
        register.decision(held, "Deux pages, pas trois.")
        one = task(circle, by, by, "Relire les épreuves", days=5)
        one.state, one.ended_at = TaskState.DONE, now()
        producing.mark(producing.add_production(circle, {"title": "Affiche"}, by), DONE, by)
        return reporting.add_report(circle, {"first_on": today() - timedelta(days=30), "last_on": today()}, by)  # fmt: skip


def test_a_report_begins_with_what_was_done(group):
    body = spring(group).body
    for words in ("Soirée tenue", "Deux pages, pas trois.", "Relire les épreuves", "Affiche"):
        assert words in body
    with writing():
        before = {"first_on": today() - timedelta(days=60), "last_on": today() - timedelta(days=31)}
        assert "Rien n’est noté" in reporting.add_report(circle_by_code("A"), before, who(group, "Ana")).body
    with pytest.raises(BadWork), writing():
        reporting.add_report(circle_by_code("A"), {"first_on": today(), "last_on": today() - timedelta(days=1)}, who(group, "Ana"))  # fmt: skip


def test_of_a_closed_group_it_says_how_many_and_names_nothing(group):
    body = spring(group, "F").body
    assert "Tâches faites" in body
    for words in ("Soirée tenue", "Deux pages, pas trois.", "Relire les épreuves", "Affiche"):
        assert words not in body


def test_a_report_is_sent_to_a_committee_frozen_and_read_by_those_of_the_meeting(group):
    row = spring(group)
    with writing():
        meeting = made.meeting(circle_by_code("C"), who(group, "Cy"))
        item = made.item(meeting, "Nouvelles des groupes", 10, who(group, "Cy"))
        other = made.meeting(circle_by_code("F"), who(group, "Fay"))
    assert not can(who(group, "Cy"), "report.see", row)  # a draft is its group's
    # Ana sits in the committee and does not prepare its meetings: its items are not hers to give.
    assert can(who(group, "Ana"), "meeting.propose", meeting)
    for by, wrong, item_id in (
        ("Ana", None, None),
        ("Ana", other, None),
        ("Sam", meeting, "nothing"),
        ("Ana", meeting, item.id),
    ):
        with pytest.raises(BadWork), writing():
            reporting.send(row, wrong, item_id, who(group, by))
    with writing():
        reporting.send(row, meeting, item.id, who(group, "Sam"))
    row = db.session.get_one(Report, row.id)
    assert (row.state, row.item_id, report_open(row)) == (SENT, item.id, False)
    assert told("report_sent") == ["cy@test.example"]
    assert can(who(group, "Cy"), "report.see", row)
    assert not can(who(group, "Zoe"), "report.see", row)
    assert [r.id for r in reporting.attached([item])[item.id]] == [row.id]
    with pytest.raises(Refused), writing():
        reporting.change_report(row, {"title": "Autre", "body": "Autre"}, row.rev, who(group, "Ana"))
    with pytest.raises(Refused), writing():
        reporting.send(row, meeting, item.id, who(group, "Ana"))
    with pytest.raises(Refused), writing():
        reporting.remove(row, who(group, "Ana"))
    with writing():  # its item goes from the agenda: it can be attached to another
        planning.remove_item(item, who(group, "Cy"))
    row = db.session.get_one(Report, row.id)
    db.session.refresh(row)
    assert report_open(row)
    assert can(who(group, "Ana"), "report.edit", row)
    assert not can(who(group, "Cy"), "report.see", row)


@pytest.mark.parametrize("end", ["declined", "cancelled"])
def test_a_report_that_opens_again_is_read_by_its_group_alone(group, app, end):
    """It is written again: neither its page, nor the pack, nor the mail gives it to those of the meeting."""
    row = spring(group)
    with writing():
        meeting = made.meeting(circle_by_code("C"), who(group, "Cy"))
        item = reporting.send(row, meeting, None, who(group, "Ana"))
    queued = db.session.scalars(select(Mail).where(Mail.template == "report_sent")).one()
    assert can(who(group, "Cy"), "report.see", row)  # the control
    assert [r.id for r in reporting.attached([item])[item.id]] == [row.id]
    with app.test_request_context():
        assert letters.KINDS["report_sent"][1](queued)["report"].id == row.id
    with writing():
        if end == "declined":
            planning.answer_proposal(item, False, "Pas cette fois.", who(group, "Cy"))
        else:
            convening.apply(meeting, "cancel", who(group, "Cy"), reason="Grève.")
    row = db.session.get_one(Report, row.id)
    assert report_open(row)
    assert not can(who(group, "Cy"), "report.see", row)
    assert can(who(group, "Ana"), "report.see", row)
    assert reporting.attached([item]) == {}
    for name in (
        "Cy",
        "Sam",
    ):  # the coordination reads it all the same, and is not told of what is written again
        late = Mail(template="report_sent", context={"report": row.id}, person=who(group, name))
        with app.test_request_context(), pytest.raises(letters.Moot):
            letters.KINDS["report_sent"][1](late)


def test_who_does_not_lead_the_committee_proposes_an_item_and_a_closed_group_is_not_named_there(group):
    row, closed = spring(group), spring(group, "F")
    with writing():
        meeting = made.meeting(circle_by_code("C"), who(group, "Cy"))
        item = reporting.send(row, meeting, None, who(group, "Ana"))
    assert (item.state, item.proposed_by, item.title) == ("proposed", group["Ana"], "Rapport\u00a0: Cercle A")
    with writing():
        item = reporting.send(closed, meeting, None, who(group, "Sam"))
    assert (item.state, item.title) == ("accepted", "Rapport d’un groupe")
