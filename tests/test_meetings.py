"""Meetings in the domain: made, repeated, convened, changed, cancelled, held; the poll of dates; who sees which."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import agenda, circles, convening, meetings, notices, planning, replies, scheduling
from models.circles import CHAIR, OBSERVER, SECRETARY
from models.editions import LOCAL
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can
from models.scheduling import BadMeeting
from models.seating import Stale
from models.store import db, now, writing
from models.workflow import Refused
from tests.support import meetings as made
from tests.support.queries import counted_queries


@pytest.fixture
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def cast(inside):
    """Name → id; Ana chairs, Sue keeps the secretariat, Bo is a member, Olga observes, Cy sits elsewhere."""
    with writing():
        people = {n: made.somebody(n) for n in ("Ana", "Sue", "Bo", "Olga", "Cy")}
        people["Office"] = made.somebody("Office", "coordination")
        ids = {name: p.id for name, p in people.items()}
        made.circle(
            "A", (people["Ana"], CHAIR), (people["Sue"], SECRETARY), (people["Bo"], "member"), (people["Olga"], OBSERVER),
            closed=True, quorum=2,
        )  # fmt: skip
        made.circle("B", (people["Cy"], CHAIR))
    return ids


@pytest.fixture
def told(monkeypatch):
    """What the notices are asked to queue: (name, sequence, what)."""
    seen: list[tuple] = []
    real = {name: getattr(notices, name) for name in ("convened", "updated", "cancelled")}

    def spy(name):
        def act(meeting, *rest):
            first = rest[0]
            what = (
                sorted(p.name for p in first) if name == "convened" else first if name == "updated" else None
            )
            seen.append((name, meeting.sequence, what))
            return real[name](meeting, *rest)

        return act

    for name in real:
        monkeypatch.setattr(notices, name, spy(name))
    return seen


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def ready(ids, minutes: int = 60, **more) -> str:
    """A meeting of A with an item, in preparation; its code."""
    with writing():
        by = who(ids, "Ana")
        row = made.meeting(circles.circle_by_code("A"), by, minutes, **more)
        made.item(row, "Un point", 30, by)
        return row.code


def convened(ids, **more) -> str:
    code = ready(ids, **more)
    with writing():
        convening.apply(meetings.meeting_by_code(code), "convene", who(ids, "Ana"))
    return code


# ---- making


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": None}, "title"), ({"languages": ""}, "languages"), ({"ends_at": None}, "ends_at"), ({"starts_at": None}, "starts_at"),
        ({"ends_at": datetime(2027, 1, 1, 9, tzinfo=UTC)}, "ends_at"), ({"ends_at": datetime(2027, 1, 2, 9, tzinfo=UTC)}, "ends_at"),
        ({"reply_by": datetime(2027, 1, 1, 12, tzinfo=UTC)}, "reply_by"), ({"link": "javascript:alert(1)"}, "link"),
        ({"contact_email": "x\r\nBcc: y@z.example"}, "contact_email"), ({"remind_days": 31}, "remind_days"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_said_beside_its_field(inside, change, field):
    good = {"title": "R", "languages": "fr", "remind_days": 2, "starts_at": datetime(2027, 1, 1, 10, tzinfo=UTC),
            "ends_at": datetime(2027, 1, 1, 12, tzinfo=UTC)}  # fmt: skip
    assert scheduling.problems(good) == {}
    assert list(scheduling.problems({**good, **change})) == [field]


def test_codes_follow_the_year_and_are_never_given_twice(cast):
    starts = datetime(2027, 12, 31, 23, 30, tzinfo=UTC)  # already 2028 on our clocks
    codes = [ready(cast, starts=starts) for _ in range(2)]
    assert codes == ["R-2028-01", "R-2028-02"]


def test_a_meeting_from_the_last_one_has_its_items_and_not_what_came_by_itself(cast):
    code = ready(cast)
    with writing():
        source, by = meetings.meeting_by_code(code), who(cast, "Ana")
        db.session.add(agenda.AgendaItem(meeting_id=source.id, title="De lui-même", carried="tasks", place=2))
        db.session.flush()
        new = scheduling.add_meeting(
            source.circle, {**scheduling.copied(source), "title": "Suite"}, by, source=source
        )
        assert [(i.title, i.minutes) for i in agenda.items(new)] == [("Un point", 30)]
        assert (new.place, new.starts_at) == ("Ici", None)


@pytest.mark.parametrize(
    ("rule", "first", "days"),
    [
        ("month", date(2027, 1, 1), ["2027-01-01", "2027-02-05", "2027-03-05"]),  # first Fridays
        (
            "month",
            date(2027, 1, 29),
            ["2027-01-29", "2027-02-26", "2027-03-26"],
        ),  # fifth Friday: then the last
        ("month", date(2027, 11, 5), ["2027-11-05", "2027-12-03", "2028-01-07"]),
        ("fortnight", date(2027, 3, 22), ["2027-03-22", "2027-04-05", "2027-04-19"]),
        ("week", date(2027, 12, 24), ["2027-12-24", "2027-12-31", "2028-01-07"]),
    ],
)
def test_the_days_of_a_series(rule, first, days):
    assert [d.isoformat() for d in scheduling.days_of(first, rule, 3)] == days


def test_a_series_keeps_its_hour_when_the_clocks_change(cast):
    starts = datetime(2027, 3, 22, 10, 0, tzinfo=LOCAL)  # the clocks go forward on the 28th
    with writing():
        values = {"title": "R", "languages": "fr", "remind_days": 2, "starts_at": starts, "ends_at": starts + timedelta(hours=2),
                  "reply_by": starts - timedelta(days=2)}  # fmt: skip
        rows = scheduling.add_series(circles.circle_by_code("A"), values, "week", 3, who(cast, "Ana"))
    hours = [(m.starts_at.astimezone(LOCAL).hour, m.minutes, m.reply_by.astimezone(LOCAL).hour) for m in rows]
    assert hours == [(10, 120, 10)] * 3
    assert len({m.series for m in rows}) == 1
    assert len({m.code for m in rows}) == 3


@pytest.mark.parametrize(("rule", "count"), [("year", 3), ("week", 1), ("week", 13)])
def test_a_series_that_cannot_be_is_refused_whole(cast, rule, count):
    starts = now() + timedelta(days=3)
    values = {
        "title": "R",
        "languages": "fr",
        "remind_days": 2,
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
    }
    circle, by = circles.circle_by_code("A"), who(cast, "Ana")
    with pytest.raises(BadMeeting), writing():
        scheduling.add_series(circle, values, rule, count, by)
    assert db.session.scalars(select(Meeting)).all() == []


# ---- the life of a meeting


def test_convening_asks_everybody_once_in_the_same_transaction(cast, told):
    code = convened(cast)
    row = meetings.meeting_by_code(code)
    assert (row.state, row.sequence) == (MeetingState.CONVENED, 0)
    assert {r.answer for r in replies.of(row)} == {"ATT"}
    assert told == [("convened", 0, ["Ana", "Bo", "Olga", "Sue"])]
    assert row.reply_by == row.starts_at - convening.REPLY_DAYS
    with pytest.raises(Refused), writing():
        convening.apply(meetings.meeting_by_code(code), "convene", who(cast, "Ana"))
    assert len(told) == 1


@pytest.mark.parametrize(
    "breaking",
    [{"starts_at": None, "ends_at": None}, {"place": None}, {"starts": now() - timedelta(days=2)}],
)
def test_a_convocation_that_does_not_say_when_or_where_is_refused(cast, told, breaking):
    code = ready(cast, **breaking)
    with pytest.raises(Refused), writing():
        convening.apply(meetings.meeting_by_code(code), "convene", who(cast, "Ana"))
    assert meetings.meeting_by_code(code).state == MeetingState.PREPARED
    assert told == []


@pytest.mark.parametrize(("name", "may"), [("Ana", True), ("Sue", True), ("Office", True), ("Bo", False), ("Olga", False), ("Cy", False)])  # fmt: skip
def test_who_leads_convenes_and_nobody_else(cast, name, may):
    code = ready(cast)
    try:
        with writing():
            convening.apply(meetings.meeting_by_code(code), "convene", who(cast, name))
    except Refused:
        assert may is False
    else:
        assert may is True


def test_two_who_convene_at_once_convene_once(cast):
    code = ready(cast)
    with writing():
        row = meetings.meeting_by_code(code)
        old = row.rev
        convening.apply(row, "convene", who(cast, "Ana"), expected_rev=old)
    with pytest.raises(Refused), writing():
        convening.apply(meetings.meeting_by_code(code), "cancel", who(cast, "Sue"), expected_rev=old)
    assert meetings.meeting_by_code(code).state == MeetingState.CONVENED


def values_of(row: Meeting) -> dict:
    return {name: getattr(row, name) for name in scheduling.FIELDS}


def test_a_change_that_matters_raises_the_sequence_and_is_mailed(cast, told):
    code = convened(cast)
    with writing():
        row = meetings.meeting_by_code(code)
        changed = scheduling.change_meeting(
            row, {**values_of(row), "place": "Là-bas"}, row.rev, who(cast, "Ana")
        )
    assert changed == ["place"]
    assert told[-1] == ("updated", 1, ["place"])
    with writing():
        row = meetings.meeting_by_code(code)
        scheduling.change_meeting(row, {**values_of(row), "words": "Un mot"}, row.rev, who(cast, "Ana"))
        assert scheduling.change_meeting(row, values_of(row), row.rev, who(cast, "Ana")) == []
    assert (meetings.meeting_by_code(code).sequence, len(told)) == (1, 2)


def test_a_change_before_convening_is_nobodys_news(cast, told):
    code = ready(cast)
    with writing():
        row = meetings.meeting_by_code(code)
        scheduling.change_meeting(row, {**values_of(row), "place": "Là-bas"}, row.rev, who(cast, "Ana"))
    assert (meetings.meeting_by_code(code).sequence, told) == (0, [])


def test_an_old_version_changes_nothing(cast, told):
    row, by = meetings.meeting_by_code(convened(cast)), who(cast, "Ana")
    values = {**values_of(row), "place": "Là-bas"}
    with pytest.raises(Stale), writing():
        scheduling.change_meeting(row, values, row.rev - 1, by)
    assert (meetings.meeting_by_code(row.code).place, len(told)) == ("Ici", 1)


def test_cancelling_tells_those_who_were_convened_and_them_alone(cast, told):
    quiet, loud = ready(cast), convened(cast)
    for code in (quiet, loud):
        with writing():
            convening.apply(
                meetings.meeting_by_code(code), "cancel", who(cast, "Ana"), reason="La salle est fermée."
            )
    assert [t[:2] for t in told] == [("convened", 0), ("cancelled", 1)]
    assert meetings.meeting_by_code(loud).cancel_reason == "La salle est fermée."
    for name in convening.TRANSITIONS:
        with pytest.raises(Refused), writing():
            convening.apply(meetings.meeting_by_code(loud), name, who(cast, "Ana"))


def test_what_was_held_brings_its_minutes_to_the_next_one_by_itself(cast):
    first, later = convened(cast), ready(cast, starts=now() + timedelta(days=40))
    with pytest.raises(Refused), writing():
        convening.apply(meetings.meeting_by_code(first), "hold", who(cast, "Ana"))
    with writing():
        row = meetings.meeting_by_code(first)
        row.starts_at, row.ends_at = now() - timedelta(hours=3), now() - timedelta(hours=1)
        db.session.flush()
        convening.apply(row, "hold", who(cast, "Ana"))
    items = agenda.items(meetings.meeting_by_code(later))
    assert [(i.carried, i.place) for i in items] == [("minutes", 1), ("", 2)]
    assert meetings.meeting_by_code(later).previous_id == meetings.meeting_by_code(first).id
    with writing():
        new = made.meeting(circles.circle_by_code("A"), who(cast, "Ana"), starts=now() + timedelta(days=60))
        assert [i.carried for i in agenda.items(new)] == ["minutes"]
        assert planning.bring(new, who(cast, "Ana")) == []
        elsewhere = made.meeting(circles.circle_by_code("B"), who(cast, "Cy"))
        assert agenda.items(elsewhere) == []


def test_a_guest_is_asked_for_this_once_and_sees_no_more_than_that(cast, told):
    code, other = convened(cast), convened(cast)
    with writing():
        convening.invite_guest(meetings.meeting_by_code(code), who(cast, "Cy"), who(cast, "Ana"))
    row, cy = meetings.meeting_by_code(code), who(cast, "Cy")
    assert told[-1] == ("convened", 0, ["Cy"])
    assert can(cy, "meeting.see", row)
    assert can(cy, "meeting.answer", row)
    assert not can(cy, "meeting.edit", row)
    assert not can(cy, "meeting.propose", row)
    assert not can(cy, "meeting.see", meetings.meeting_by_code(other))
    assert [m.code for m in meetings.visible(cy)] == [code]


# ---- who sees what


def test_the_list_and_the_right_say_the_same(cast):
    """`visible` asks the database what `meeting.see` asks of a meeting: they must never differ."""
    convened(cast)
    ready(cast)
    with writing():
        b = circles.circle_by_code("B")
        for state in ("prepared", "convened", "cancelled"):
            row = made.meeting(b, who(cast, "Cy"))
            made.item(row, "Un point", 5, who(cast, "Cy"))
            if state != "prepared":
                convening.apply(row, "convene", who(cast, "Cy"))
            if state == "cancelled":
                convening.apply(row, "cancel", who(cast, "Cy"))
        quiet = made.meeting(b, who(cast, "Cy"))
        convening.apply(quiet, "cancel", who(cast, "Cy"))
        invited = made.meeting(circles.circle_by_code("A"), who(cast, "Ana"))
        convening.invite_guest(invited, who(cast, "Cy"), who(cast, "Ana"))
    every = list(db.session.scalars(select(Meeting)).unique())
    assert len(every) == 7
    for name in cast:
        person = who(cast, name)
        listed = {m.id for m in meetings.visible(person)}
        assert listed == {m.id for m in every if can(person, "meeting.see", m)}, name
        read = {m.id for m in meetings.visible(person, papers=True)}
        assert read == {m.id for m in every if can(person, "meeting.papers", m)}, name
    assert {m.circle.code for m in meetings.visible(who(cast, "Cy"))} == {"B"}
    assert {m.code for m in meetings.visible(who(cast, "Bo"))} >= {
        m.code for m in every if m.circle.code == "A"
    }


def test_needs_are_for_the_secretariat_and_not_for_who_chairs(cast):
    row = meetings.meeting_by_code(convened(cast))
    seen = {name for name in cast if can(who(cast, name), "meeting.needs", row)}
    assert seen == {"Sue", "Office"}


# ---- the poll


def opened(ids) -> str:
    code = ready(ids, starts_at=None, ends_at=None)
    first = (now() + timedelta(days=20)).replace(microsecond=0)
    with writing():
        spans = [(first + timedelta(days=n), first + timedelta(days=n, hours=2)) for n in range(3)]
        scheduling.open_poll(meetings.meeting_by_code(code), spans, None, None, who(ids, "Ana"))
    return code


def test_a_date_is_found_together(cast):
    code = opened(cast)
    assert meetings.unanswered(who(cast, "Bo"), [meetings.meeting_by_code(code).id])
    for name, said in (
        ("Bo", ("yes", "no", "maybe")),
        ("Sue", ("no", "no", "yes")),
        ("Bo", ("no", "no", "yes")),
    ):
        with writing():
            poll = meetings.poll_of(meetings.meeting_by_code(code))
            meetings.vote(poll, who(cast, name), dict(zip([o.id for o in poll.options], said, strict=True)))
    assert not meetings.unanswered(who(cast, "Bo"), [meetings.meeting_by_code(code).id])
    poll = meetings.poll_of(meetings.meeting_by_code(code))
    assert [[a.answer for a in o.answers].count("yes") for o in poll.options] == [0, 0, 2]
    with writing():
        poll = meetings.poll_of(meetings.meeting_by_code(code))
        assert scheduling.choose_date(poll, poll.options[2].id, who(cast, "Ana"))
        assert not scheduling.choose_date(poll, poll.options[0].id, who(cast, "Ana")), "it was chosen"
    row = meetings.meeting_by_code(code)
    assert row.starts_at == meetings.poll_of(row).options[2].starts_at
    assert row.minutes == 120


def test_a_vote_for_what_is_no_date_of_this_poll_does_nothing(cast):
    code, other = opened(cast), opened(cast)
    with writing():
        mine, theirs = (meetings.poll_of(meetings.meeting_by_code(c)) for c in (code, other))
        meetings.vote(mine, who(cast, "Bo"), {theirs.options[0].id: "yes", mine.options[0].id: "sure"})
    for one in (code, other):
        assert [o.answers for o in meetings.poll_of(meetings.meeting_by_code(one)).options] == [[], [], []]
    with writing():
        mine, theirs = (meetings.poll_of(meetings.meeting_by_code(c)) for c in (code, other))
        assert not scheduling.choose_date(mine, theirs.options[0].id, who(cast, "Ana"))


@pytest.mark.parametrize("days", [[1], [1, 1], list(range(13))])
def test_a_poll_wants_a_few_different_dates(cast, days):
    code, first = ready(cast, starts_at=None, ends_at=None), now() + timedelta(days=20)
    spans = [(first + timedelta(days=n), first + timedelta(days=n, hours=2)) for n in days]
    with pytest.raises(BadMeeting), writing():
        scheduling.open_poll(meetings.meeting_by_code(code), spans, None, None, who(cast, "Ana"))


# ---- many


def test_lists_ask_the_database_as_often_for_one_as_for_many(cast):
    def look():
        db.session.rollback()
        db.session.expunge_all()
        bo = who(cast, "Bo")
        rows = meetings.coming(bo)
        replies.mine(bo, [m.id for m in rows])
        return [(m.circle.title, m.minutes, m.guest_ids, can(bo, "meeting.edit", m)) for m in rows]

    convened(cast)
    few = counted_queries(look)
    with writing():
        by, circle = who(cast, "Ana"), circles.circle_by_code("A")
        for _ in range(25):
            made.meeting(circle, by)
    assert counted_queries(look) == few
    assert len(look()) == 26
