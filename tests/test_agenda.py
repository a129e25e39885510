"""The agenda: order by numbers, minutes against the length, proposals, what hangs on an item, two who write at once."""

import itertools
from datetime import timedelta

import pytest

from models import agenda, meetings, planning
from models.agenda import AgendaItem
from models.attachments import Attachment, attach, attached
from models.circles import CHAIR
from models.deliveries import Job
from models.people import Person
from models.planning import BadItem
from models.seating import Stale
from models.store import db, writing
from tests.support import meetings as made
from tests.support.queries import counted_queries


@pytest.fixture
def plan(app):
    """(code of a meeting of an hour with items A B C D E of ten minutes, id of who chairs, id of a member)."""
    with app.app_context():
        with writing():
            ana, bo = made.somebody("Ana"), made.somebody("Bo")
            row = made.meeting(made.circle("A", (ana, CHAIR), (bo, "member")), ana)
            for title in "ABCDE":
                made.item(row, title, 10, ana)
            out = row.code, ana.id, bo.id
        yield out


def order(code: str) -> str:
    items = agenda.items(meetings.meeting_by_code(code))
    assert [i.place for i in items] == list(range(1, len(items) + 1))
    return "".join(i.title for i in items)


def arrange(plan, typed: dict[str, tuple[int, int]], seen: dict[str, tuple[int, int]] | None = None):
    """Type (place, minutes) for items by title; what was seen is what stands, unless said. Titles of clashes."""
    code, ana, _bo = plan
    with writing():
        row = meetings.meeting_by_code(code)
        by_title = {i.title: i for i in agenda.items(row)}
        before = {i.id: (i.place, i.minutes) for i in by_title.values()}
        before |= {by_title[t].id: v for t, v in (seen or {}).items()}
        wanted = before | {by_title[t].id: v for t, v in typed.items()}
        return [i.title for i in planning.arrange(row, wanted, before, db.session.get_one(Person, ana))]


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ({"E": (1, 10)}, "EABCD"), ({"A": (5, 10)}, "BCDEA"), ({"B": (4, 10)}, "ACDBE"), ({"D": (2, 10)}, "ADBCE"),
        ({"B": (4, 10), "D": (2, 10)}, "ADCBE"), ({"C": (99, 10)}, "ABDEC"), ({"C": (0, 10)}, "CABDE"), ({"B": (2, 10)}, "ABCDE"),
    ],
)  # fmt: skip
def test_order_by_plain_numbers(plan, typed, result):
    assert arrange(plan, typed) == []
    assert order(plan[0]) == result


def test_whatever_order_is_typed_whole_is_the_order(plan):
    """As a browser sends it that has moved rows in place: every number from 1, in any order."""
    for new in list(itertools.permutations("ABCDE"))[::7]:
        arrange(plan, {title: (n, 10) for n, title in enumerate(new, start=1)})
        assert order(plan[0]) == "".join(new)


def test_one_up_one_down_and_nothing_past_the_ends(plan):
    code, ana, _bo = plan
    for title, step, result in (("A", -1, "ABCDE"), ("E", 1, "ABCDE"), ("C", -1, "ACBDE"), ("A", 1, "CABDE")):
        with writing():
            item = next(i for i in agenda.items(meetings.meeting_by_code(code)) if i.title == title)
            planning.move(item, step, db.session.get_one(Person, ana))
        assert order(code) == result


def test_minutes_are_summed_and_items_begin_one_after_the_other(plan):
    arrange(plan, {"B": (2, 30)})
    row = meetings.meeting_by_code(plan[0])
    items = agenda.items(row)
    assert (agenda.total(items), row.minutes) == (70, 60)
    assert [at - row.starts_at for _i, at in agenda.timed(row, items)] == [
        timedelta(minutes=m) for m in (0, 10, 40, 50, 60)
    ]


def test_two_who_touch_different_items_both_have_their_way(plan):
    was = {t: (n, 10) for n, t in enumerate("ABCDE", start=1)}
    assert arrange(plan, {"A": (1, 25)}, was) == []
    assert arrange(plan, {"E": (1, 15)}, was) == []
    minutes = {i.title: i.minutes for i in agenda.items(meetings.meeting_by_code(plan[0]))}
    assert (minutes["A"], minutes["E"]) == (25, 15)
    assert order(plan[0]) == "EABCD"


def test_two_who_give_one_item_other_minutes_choose_and_nothing_else_is_kept_of_the_second(plan):
    was = {t: (n, 10) for n, t in enumerate("ABCDE", start=1)}
    arrange(plan, {"A": (1, 25)}, was)
    assert arrange(plan, {"A": (1, 40), "E": (1, 15)}, was) == ["A"]
    minutes = {i.title: i.minutes for i in agenda.items(meetings.meeting_by_code(plan[0]))}
    assert (minutes["A"], minutes["E"], order(plan[0])) == (25, 10, "ABCDE")
    assert arrange(plan, {"A": (1, 25)}, was) == [], "the same number is no clash"


@pytest.mark.parametrize(("change", "field"), [({"title": None}, "title"), ({"nature": "X"}, "nature"), ({"minutes": 601}, "minutes"),
                                               ({"minutes": None}, "minutes"), ({"aim": "x" * 1001}, "aim")])  # fmt: skip
def test_what_cannot_stand_is_said_beside_its_field(plan, change, field):
    with pytest.raises(BadItem) as bad, writing():
        planning.add_item(
            meetings.meeting_by_code(plan[0]), {"title": "F", "nature": "DIV", "minutes": 5, **change}, None
        )
    assert list(bad.value.problems) == [field]
    assert order(plan[0]) == "ABCDE"


def test_an_old_version_of_an_item_changes_nothing(plan):
    code, ana, _bo = plan
    values = dict.fromkeys(planning.FIELDS) | {"nature": "DEC", "minutes": 10, "decision": True}
    with writing():
        item = agenda.items(meetings.meeting_by_code(code))[0]
        assert planning.change_item(item, {**values, "title": "A2"}, 1, db.session.get_one(Person, ana))
        item_id = item.id
    with pytest.raises(Stale), writing():
        planning.change_item(
            db.session.get_one(AgendaItem, item_id),
            {**values, "title": "A3"},
            1,
            db.session.get_one(Person, ana),
        )
    assert order(code) == "A2BCDE"


def test_a_proposal_waits_and_is_taken_up_or_not(plan):
    code, ana, bo = plan
    with writing():
        row, by = meetings.meeting_by_code(code), db.session.get_one(Person, bo)
        values = {"title": "F", "nature": "DIV", "minutes": 15}
        ids = [planning.add_item(row, {**values, "title": t}, by, proposed=True).id for t in "FG"]
    assert order(code) == "ABCDE"
    assert agenda.with_proposals([meetings.meeting_by_code(code).id])
    with writing():
        by = db.session.get_one(Person, ana)
        yes, no = (db.session.get_one(AgendaItem, one) for one in ids)
        assert planning.answer_proposal(yes, True, None, by)
        assert planning.answer_proposal(no, False, "Pas cette fois.", by)
        assert not planning.answer_proposal(no, True, None, by), "it was answered"
    assert order(code) == "ABCDEF"
    assert not agenda.with_proposals([meetings.meeting_by_code(code).id])


def test_a_removed_item_takes_its_document_along_and_the_others_keep_their_order(plan):
    code, ana, _bo = plan
    with writing():
        row, by = meetings.meeting_by_code(code), db.session.get_one(Person, ana)
        first, second = agenda.items(row)[:2]
        attach("meeting", row.id, "a" * 64, ana, media_type="application/pdf", size=9, width=0, height=0)
        file = attached("meeting", row.id, "a" * 64)
        for item in (first, second):
            assert planning.attach_link(item, "document", by, title="Annexe", attachment_id=file.id)
        assert (
            planning.attach_link(first, "document", by, title="Annexe", attachment_id=file.id).id
            == first.links[0].id
        )
        planning.remove_item(first, by)
        assert db.session.get(Attachment, file.id), "it hangs on another item still"
        planning.remove_item(second, by)
    assert db.session.query(Attachment).count() == 0
    assert db.session.query(Job).filter_by(kind="erase-files").one().payload == {"files": ["a" * 64]}
    assert order(code) == "CDE"


def test_a_long_agenda_asks_the_database_no_more_often(plan):
    code, ana, _bo = plan

    def look():
        db.session.rollback()
        db.session.expunge_all()
        return [(i.title, [k.title for k in i.links]) for i in agenda.items(meetings.meeting_by_code(code))]

    with writing():
        row, by = meetings.meeting_by_code(code), db.session.get_one(Person, ana)
        planning.attach_link(agenda.items(row)[0], "candidate", by, title="Nom")
    few = counted_queries(look)
    with writing():
        row, by = meetings.meeting_by_code(code), db.session.get_one(Person, ana)
        for n in range(30):
            item = made.item(row, f"Point {n}", 1, by)
            planning.attach_link(item, "candidate", by, title=f"Nom {n}")
    assert counted_queries(look) == few
    assert len(look()) == 35
