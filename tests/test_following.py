"""Tasks in the domain: who takes what on, what becomes of it, who sees which, who is written to and how often."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from blueprints.accounts import letters
from blueprints.tasks import jobs
from models import (
    agenda,
    circles,
    convening,
    following,
    gathering,
    merging,
    notices,
    planning,
    retention,
    seating,
    tasks,
)
from models.circles import CHAIR, SECRETARY
from models.deliveries import Mail
from models.following import BadTask
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can, in_office
from models.seating import Stale
from models.store import db, now, writing
from models.tasks import Task, TaskState
from models.workflow import Refused
from tests.support import meetings as made
from tests.support.queries import counted_queries
from tests.support.tasks import due, task, values


@pytest.fixture
def cast(app):
    """Name → id; Ana chairs A, which is closed, Sue keeps its secretariat, Bo sits there; Cy chairs B, where Bo sits too."""
    with app.app_context():
        with writing():
            people = {n: made.somebody(n) for n in ("Ana", "Sue", "Bo", "Cy", "Out")}
            people["Office"] = made.somebody("Office", "coordination")
            made.circle(
                "A", (people["Ana"], CHAIR), (people["Sue"], SECRETARY), (people["Bo"], "member"), closed=True
            )
            made.circle("B", (people["Cy"], CHAIR), (people["Bo"], "member"))
            ids = {name: p.id for name, p in people.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def here(code="A"):
    return circles.circle_by_code(code)


def given(ids, name="Bo", by="Ana", code="A", **more) -> Task:
    with writing():
        return task(here(code), who(ids, name), who(ids, by), **more)


def waiting() -> list[tuple[str, str]]:
    """(template, to) of the mails that wait."""
    rows = db.session.scalars(select(Mail).order_by(Mail.made_at, Mail.id))
    return [(m.template, m.to.partition("@")[0]) for m in rows]


# ---- what may stand


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"what": None}, "what"), ({"what": "x" * 1001}, "what"), ({"person_id": None}, "person_id"), ({"person_id": "nobody"}, "person_id"),
        ({"due_on": None}, "due_on"), ({"due_on": due(-1)}, "due_on"), ({"due_on": due(3000)}, "due_on"), ({"item_id": "x"}, "item_id"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_said_beside_its_field(cast, change, field):
    good = values(who(cast, "Bo"))
    assert following.problems(good, here()) == {}
    assert list(following.problems({**good, **change}, here())) == [field]


def test_a_task_is_of_one_who_that_sits_there(cast):
    for name in ("Cy", "Out", "Office"):
        with pytest.raises(BadTask), writing():
            following.add_task(here(), values(who(cast, name)), who(cast, "Ana"))
    assert tasks.count_open(here().id) == 0
    row = given(cast)
    with writing():
        seating.end_seat(circles.seat_here(here(), cast["Bo"]), who(cast, "Ana"))
    row = tasks.task_by_id(row.id)
    assert row.orphan
    said = values(who(cast, "Bo"), "Autre chose")
    with writing():
        assert following.change_task(row, said, 1, who(cast, "Ana")) == ["what"], "who had it may keep it"


def test_an_item_of_another_meeting_is_no_place_to_come_from(cast):
    with writing():
        one, other = (made.meeting(here(), who(cast, "Ana")) for _ in range(2))
        item = made.item(one, "Un point", 10, who(cast, "Ana"))
        assert following.problems(values(who(cast, "Bo"), item_id=item.id), here(), one) == {}
        assert list(following.problems(values(who(cast, "Bo"), item_id=item.id), here(), other)) == [
            "item_id"
        ]
        row = task(here(), who(cast, "Bo"), who(cast, "Ana"), meeting=one, item=item)
        planning.remove_item(item, who(cast, "Ana"))
        db.session.expire_all()
        assert (row.item_id, row.meeting_id) == (None, one.id), "the task outlives the item"


def test_who_writes_second_changes_nothing(cast):
    row = given(cast)
    with writing():
        following.change_task(row, values(who(cast, "Bo"), "Une"), 1, who(cast, "Ana"))
    with pytest.raises(Stale), writing():
        following.change_task(row, values(who(cast, "Bo"), "Deux"), 1, who(cast, "Sue"))
    assert tasks.task_by_id(row.id).what == "Une"


# ---- states


def test_the_states_and_who_may_change_them(cast):
    """For each state and person: exactly these acts; every other one is refused and changes nothing."""
    allowed = {
        (TaskState.OPEN, "Bo"): {"done"}, (TaskState.OPEN, "Ana"): {"done", "drop"}, (TaskState.OPEN, "Office"): {"done", "drop"},
        (TaskState.DONE, "Bo"): {"reopen"}, (TaskState.DONE, "Sue"): {"reopen"}, (TaskState.DROPPED, "Ana"): {"resume"},
    }  # fmt: skip
    row = given(cast)
    for state in (TaskState.OPEN, TaskState.DONE, TaskState.DROPPED):
        with writing():
            db.session.get_one(Task, row.id).state = state
        for name in cast:
            shown = {t.name for t in following.possible(who(cast, name), tasks.task_by_id(row.id))}
            assert allowed.get((state, name), shown) == shown
            assert shown <= {"done", "drop", "reopen", "resume"}
            if name in ("Cy", "Out"):
                assert shown == set()
            for act in set(following.TRANSITIONS) - shown:
                with pytest.raises(Refused), writing():
                    following.apply(tasks.task_by_id(row.id), act, who(cast, name), words="x")
        assert tasks.task_by_id(row.id).state == state


def test_done_with_a_word_and_undone(cast):
    row = given(cast)
    with writing():
        following.apply(tasks.task_by_id(row.id), "done", who(cast, "Bo"), words="La clé est à l’accueil.")
    row = tasks.task_by_id(row.id)
    assert (row.state, row.words, row.ender.name, row.ended_at is None) == (
        "done",
        "La clé est à l’accueil.",
        "Bo",
        False,
    )
    with pytest.raises(Refused), writing():
        following.apply(row, "done", who(cast, "Bo"))
    with writing():
        following.apply(tasks.task_by_id(row.id), "reopen", who(cast, "Bo"))
    row = tasks.task_by_id(row.id)
    assert (row.state, row.words, row.ended_by, row.ended_at) == ("open", None, None, None)


def test_dropped_wants_a_reason_and_the_last_revision(cast):
    row = given(cast)
    for expected, words in ((1, None), (0, "Trop tard")):
        with pytest.raises(Refused), writing():
            following.apply(tasks.task_by_id(row.id), "drop", who(cast, "Ana"), expected, words)
    with writing():
        following.apply(tasks.task_by_id(row.id), "drop", who(cast, "Ana"), 1, "Trop tard")
    assert tasks.task_by_id(row.id).state == "dropped"


# ---- who sees which


def test_the_query_says_what_the_right_says(cast):
    rows = [given(cast).id, given(cast, by="Cy", code="B").id, given(cast, "Cy", "Cy", "B").id]
    with writing():
        for code in ("A", "B"):
            seating.end_seat(circles.seat_here(here(code), cast["Bo"]), who(cast, "Office"))
    for name in cast:
        person = who(cast, name)
        found = set(db.session.scalars(select(Task.id).where(tasks.may_see(person.id, in_office(person)))))
        assert found == {one for one in rows if can(person, "task.see", tasks.task_by_id(one))}, name
    assert [t.id for t in tasks.mine(who(cast, "Bo"))] == [rows[1]], "what is closed stays closed to who left"


def test_mine_first_those_that_are_late_and_counts_by_state(cast):
    whats = {days: given(cast, what=f"dans {days}", days=days).what for days in (5, -3, 0)}
    assert [t.what for t in tasks.mine(who(cast, "Bo"))] == [whats[-3], whats[0], whats[5]]
    assert [t.late for t in tasks.mine(who(cast, "Bo"))] == [True, False, False]
    assert tasks.counts(here().id) == {"open": 3, "late": 1, "done": 0, "dropped": 0}
    assert tasks.counts(here("B").id) == {"open": 0, "late": 0, "done": 0, "dropped": 0}
    assert [t.what for t in tasks.filtered(here().id, "late", 10, 0)] == [whats[-3]]


def test_lists_ask_no_more_for_fifty_than_for_one(cast):
    def asked():
        db.session.rollback()
        db.session.expunge_all()
        person = who(cast, "Bo")

        def read():
            rows = [
                *tasks.mine(person),
                *tasks.filtered(here().id, "open", 100, 0),
                *agenda.open_tasks(here()),
            ]
            return [(t.person.name, t.circle.title, t.orphan, t.meeting and t.meeting.code) for t in rows]

        return counted_queries(read)

    with writing():
        meeting = made.meeting(here(), who(cast, "Ana"))
        task(here(), who(cast, "Bo"), who(cast, "Ana"), meeting=meeting)
    one = asked()
    with writing():
        for n in range(49):
            at = made.meeting(here(), who(cast, "Ana"))
            task(here(), who(cast, ("Bo", "Sue")[n % 2]), who(cast, "Ana"), meeting=at)
    assert asked() == one


# ---- the next agenda


def test_the_first_open_task_comes_on_the_meeting_that_is_prepared_next(cast):
    with writing():
        later = made.meeting(here(), who(cast, "Ana"))
        other = made.meeting(here("B"), who(cast, "Cy"))
        ids = later.id, other.id

    def on(meeting_id):
        return [i.carried for i in agenda.items(db.session.get_one(Meeting, meeting_id))]

    given(cast)
    assert (on(ids[0]), on(ids[1])) == (["tasks"], [])
    with writing():
        planning.remove_item(agenda.items(db.session.get_one(Meeting, ids[0]))[0], who(cast, "Ana"))
    given(cast, what="Une deuxième")
    assert on(ids[0]) == [], "taken away once, it does not come back with every task"
    with writing():
        planning.bring(db.session.get_one(Meeting, ids[0]), who(cast, "Ana"))
    assert on(ids[0]) == ["tasks"]


def test_a_meeting_that_was_held_hands_its_tasks_on(cast):
    with writing():
        first = made.meeting(here(), who(cast, "Ana"))
        made.item(first, "Un point", 10, who(cast, "Ana"))
        convening.apply(first, "convene", who(cast, "Ana"))
        first.starts_at = now() - timedelta(hours=1)
        task(here(), who(cast, "Bo"), who(cast, "Ana"), meeting=first)
        second = made.meeting(here(), who(cast, "Ana"))
        assert [i.carried for i in agenda.items(second)] == ["tasks"]
        convening.apply(first, "hold", who(cast, "Ana"))
        assert first.state == MeetingState.HELD
        assert sorted(i.carried for i in agenda.items(second)) == ["minutes", "tasks"]


# ---- mails


def test_told_once_when_it_is_given_and_not_by_oneself(cast):
    row = given(cast)
    given(cast, "Ana", "Ana")
    assert waiting() == [("task_given", "bo")]
    with writing():
        following.change_task(
            tasks.task_by_id(row.id), values(who(cast, "Bo"), "Mieux dit"), 1, who(cast, "Ana")
        )
    assert len(waiting()) == 1
    with writing():
        following.change_task(
            tasks.task_by_id(row.id), values(who(cast, "Sue"), "Mieux dit"), 2, who(cast, "Ana")
        )
    assert waiting()[1:] == [("task_given", "sue")]
    first = db.session.scalars(select(Mail).order_by(Mail.made_at)).first()
    with pytest.raises(letters.Moot):
        letters.compose(first.id)  # it was given to another before it left


def sweep(monkeypatch=None, at=None) -> list[tuple[str, str]]:
    """What one sweep queues."""
    before = len(waiting())
    jobs.remind()
    return waiting()[before:]


def test_recalled_three_days_before_once_and_again_for_another_day(cast):
    row = given(cast, days=4)
    assert sweep() == []
    with writing():
        db.session.get_one(Task, row.id).due_on = due(3)
    assert sweep() == [("task_soon", "bo")]
    assert sweep() == []
    with writing():
        row = tasks.task_by_id(row.id)
        following.change_task(row, values(who(cast, "Bo"), row.what, days=2), row.rev, who(cast, "Ana"))
    assert sweep() == [("task_soon", "bo")]
    given(cast, "Sue", days=1)
    assert sweep() == [], "who was told a moment ago that it is for tomorrow is not told twice"


def test_late_once_a_week_in_one_mail_with_all_of_them(cast):
    for days in (-1, -9):
        given(cast, what=f"depuis {-days}", days=days)
    assert sweep() == [("task_late", "bo")]
    given(cast, what="une de plus", days=-1)
    assert sweep() == [], "not again within the week, even for another one"
    with writing():
        for row in db.session.scalars(select(Task)):
            row.late_at = row.late_at and row.late_at - notices.WEEK
    assert sweep() == [("task_late", "bo")]
    last = db.session.scalars(
        select(Mail).where(Mail.template == "task_late").order_by(Mail.made_at.desc())
    ).first()
    text = letters.compose(last.id).text
    for what in ("depuis 1", "depuis 9", "une de plus"):
        assert what in text


def test_a_mail_says_nothing_that_its_reader_may_not_see(cast):
    """What is done, or of a closed circle that one left, is not spoken of; a mail with nothing left does not leave."""
    kept, gone = (
        given(cast, what="ouverte zz", by="Cy", code="B", days=-2),
        given(cast, what="fermée zz", days=-2),
    )
    assert sweep() == [("task_late", "bo")]
    mail_id = db.session.scalar(select(Mail.id).where(Mail.template == "task_late"))
    assert all(word in letters.compose(mail_id).text for word in ("ouverte zz", "fermée zz"))
    with writing():
        for code in ("A", "B"):
            seating.end_seat(circles.seat_here(here(code), cast["Bo"]), who(cast, "Office"))
    text = letters.compose(mail_id).text
    assert "ouverte zz" in text
    assert "fermée zz" not in text
    told = db.session.scalars(select(Mail).where(Mail.template == "task_given")).all()
    closed = next(m for m in told if m.context["task"] == gone.id)
    with pytest.raises(letters.Moot):
        letters.compose(closed.id)
    with writing():
        following.apply(tasks.task_by_id(kept.id), "done", who(cast, "Cy"))
    with pytest.raises(letters.Moot):
        letters.compose(mail_id)


def test_who_left_the_site_is_not_written_to(cast):
    given(cast, days=-1)
    with writing():
        who(cast, "Bo").active = False
    assert sweep() == []
    assert tasks.open_of(here().id)[0].orphan


# ---- what knows the table


def test_two_that_become_one_have_the_tasks_of_both(cast):
    row = given(cast)
    with writing():
        merging.merge_people(who(cast, "Bo"), who(cast, "Sue"), who(cast, "Office"))
    assert [t.id for t in tasks.mine(who(cast, "Sue"))] == [row.id]


def test_what_ended_two_years_ago_goes_and_what_is_open_stays(cast):
    rows = [given(cast).id for _ in range(3)]
    with writing():
        for one, days in zip(rows[:2], (731, 729), strict=True):
            row = db.session.get_one(Task, one)
            row.state, row.ended_at = TaskState.DONE, now() - timedelta(days=days)
        assert retention.apply()["tasks"] == 1
    assert set(db.session.scalars(select(Task.id))) == set(rows[1:])


def test_what_a_group_leaves_to_do_when_it_ends_is_done_or_dropped_and_nothing_is_added(cast):
    """Nobody moves it but the coordination; a group that works is the control."""
    first, second, third = (
        given(cast, name="Bo", by="Ana", what=what).id for what in ("Un", "Deux", "Trois")
    )
    rights = ("task.see", "task.edit", "task.drop", "task.end")

    def may(name: str, task_id: str = first) -> list[str]:
        return [right for right in rights if can(who(cast, name), right, tasks.task_by_id(task_id))]

    assert (may("Ana"), may("Bo")) == (list(rights), ["task.see", "task.end"])
    with writing():
        gathering.end(here(), who(cast, "Ana"))
    assert may("Office") == list(rights)
    assert may("Ana") == may("Bo") == ["task.see", "task.drop", "task.end"]
    assert may("Cy") == may("Out") == []
    with pytest.raises(BadTask, match="Rouvrez-le"):
        given(cast)
    with writing():
        following.apply(tasks.task_by_id(first), "done", who(cast, "Bo"))
        following.apply(tasks.task_by_id(second), "drop", who(cast, "Bo"), words="Plus besoin.")
    assert [one.id for one in tasks.open_of(here().id)] == [third]
    assert [t.name for t in following.possible(who(cast, "Bo"), tasks.task_by_id(second))] == []
    with writing():
        row = tasks.task_by_id(third)
        following.change_task(row, values(row.person, "Trois", days=9), row.rev, who(cast, "Office"))
