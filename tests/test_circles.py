"""Circles: who sits there with which role from when to when, and who sees and keeps them."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models import circles, merging, replies, seating
from models.circles import CHAIR, OBSERVER, SECRETARY, Seat
from models.convening import apply
from models.forgetting import forget
from models.rights import can
from models.seating import BadCircle, Stale
from models.store import db, now, writing
from tests.support import meetings as made

GOOD = {
    "title": "Comité",
    "code": "COPIL",
    "kind": "NOY",
    "languages": "fr nl",
    "quorum": 3,
    "proxies": 1,
    "closed": False,
}


@pytest.fixture
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def three(inside):
    """A chair, a member, and somebody else."""
    with writing():
        people = [made.somebody(name) for name in ("Ana", "Bo", "Cy")]
        ids = [p.id for p in people]
        made.circle("A", (people[0], CHAIR), (people[1], "member"), closed=True)
    return ids


def get(model, key):
    return db.session.get_one(model, key)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": None}, "title"), ({"title": "x" * 201}, "title"), ({"kind": "XXX"}, "kind"), ({"code": "gt logement"}, "code"),
        ({"code": ""}, "code"), ({"languages": ""}, "languages"), ({"languages": "xx"}, "languages"), ({"quorum": -1}, "quorum"),
        ({"proxies": 11}, "proxies"), ({"proxies": None}, "proxies"), ({"deciding": "dé"}, "deciding"), ({"axis": "QQQ"}, "axis"),
        ({"ends_on": date(1999, 1, 1)}, "ends_on"), ({"mandate": "x" * 3001}, "mandate"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_said_beside_its_field(inside, change, field):
    with pytest.raises(BadCircle) as bad, writing():
        seating.add_circle({**GOOD, **change}, None)
    assert list(bad.value.problems) == [field]
    assert circles.circles() == []


def test_a_code_is_taken_once(inside):
    with writing():
        seating.add_circle(GOOD, None)
    with pytest.raises(BadCircle), writing():
        seating.add_circle(GOOD, None)


def test_a_second_writer_of_an_old_version_changes_nothing(three):
    with writing():
        row, by = circles.circle_by_code("A"), get(made.Person, three[0])
        values = {name: getattr(row, name) for name in seating.FIELDS}
        assert seating.change_circle(row, {**values, "rhythm": "Le lundi"}, 1, by) == ["rhythm"]
        assert seating.change_circle(row, {**values, "rhythm": "Le lundi"}, 2, by) == []
    with pytest.raises(Stale), writing():
        seating.change_circle(row, {**values, "rhythm": "Le mardi"}, 1, by)
    assert circles.circle_by_code("A").rhythm == "Le lundi"


def test_a_role_changes_and_the_one_before_stays_in_history(three):
    with writing():
        row, by = circles.circle_by_code("A"), get(made.Person, three[0])
        seat = circles.seat_here(row, three[1])
        seat.since = date(2016, 1, 15)
        seating.change_seat(seat, SECRETARY, by)
    row = circles.circle_by_code("A")
    assert [(s.role, s.until) for s in circles.seats(row) if s.person_id == three[1]] == [(SECRETARY, None)]
    assert [(s.role, s.since, s.until) for s in circles.past_seats(row)] == [
        ("member", date(2016, 1, 15), seating.today())
    ]
    assert row.lead_ids == {three[0], three[1]}
    with writing():
        seating.change_seat(circles.seat_here(row, three[1]), OBSERVER, get(made.Person, three[0]))
    row = circles.circle_by_code("A")
    assert len(circles.past_seats(row)) == 1, "what began today is no history yet"
    assert row.voice_ids == {three[0]}


def test_somebody_sits_once(three):
    again = Seat(circle_id=circles.circle_by_code("A").id, person_id=three[0])
    with pytest.raises(IntegrityError), writing():
        db.session.add(again)


def test_a_seat_that_ends_stays_with_its_days_and_nothing_is_asked_any_more(three):
    with writing():
        row, by = circles.circle_by_code("A"), get(made.Person, three[0])
        meeting = made.meeting(row, by)
        made.item(meeting, "Un point", 10, by)
        apply(meeting, "convene", by)
        seating.end_seat(circles.seat_here(row, three[1]), by)
        meeting_id = meeting.id
    row = circles.circle_by_code("A")
    assert three[1] not in row.member_ids
    assert [s.person_id for s in circles.past_seats(row)] == [three[1]]
    left = replies.reply_of(meeting_id, three[1])
    assert left is None or left.answer != "ATT"


def test_who_comes_to_the_circle_later_is_invited_to_what_is_convened(three):
    with writing():
        row, by = circles.circle_by_code("A"), get(made.Person, three[0])
        meeting = made.meeting(row, by)
        made.item(meeting, "Un point", 10, by)
        apply(meeting, "convene", by)
        assert replies.reply_of(meeting.id, three[2]) is None
        seating.take_seat(row, get(made.Person, three[2]), by)
        assert replies.reply_of(meeting.id, three[2]).answer == "ATT"


@pytest.mark.parametrize("since", [date(1999, 1, 1), now().date() + timedelta(days=3)])
def test_nobody_sits_since_a_day_that_cannot_be(three, since):
    with pytest.raises(BadCircle), writing():
        seating.take_seat(circles.circle_by_code("A"), get(made.Person, three[2]), None, since=since)


def test_a_closed_circle_is_there_for_its_own_and_the_coordination(three):
    with writing():
        office = made.somebody("Office", "coordination")
        chair = made.somebody("Chair", "chair")
        made.circle("B", (chair, CHAIR))
    closed, opened = circles.circle_by_code("A"), circles.circle_by_code("B")
    member, other = get(made.Person, three[1]), get(made.Person, three[2])
    for person, sees, keeps in ((get(made.Person, three[0]), True, True), (member, True, False), (other, False, False),
                                (office, True, True), (chair, False, False)):  # fmt: skip
        assert can(person, "circle.see", closed) is sees
        assert can(person, "circle.edit", closed) is keeps
        assert can(person, "circle.see", opened) is True


def test_who_is_forgotten_sits_no_more_and_history_keeps_the_place(three):
    with writing():
        forget(get(made.Person, three[1]), None)
    row = circles.circle_by_code("A")
    assert [s.person.name for s in circles.past_seats(row)] == ["Ancien membre"]
    assert three[1] not in row.member_ids


def test_a_double_brings_its_places_and_none_twice(three):
    with writing():
        double, by = made.somebody("Double"), get(made.Person, three[0])
        row, other = circles.circle_by_code("A"), made.circle("C", (double, CHAIR))
        seating.take_seat(row, double, None)
        merging.merge_people(double, get(made.Person, three[1]), by)
        assert [s.person_id for s in circles.seats(row)].count(three[1]) == 1
        assert other.lead_ids == {three[1]} or circles.seats(other)[0].person_id == three[1]
