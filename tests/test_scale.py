"""Fifty groups are read with as many queries as two: every page of groups and of the network, for who leads and for who
only looks. The control is a page that asks once a row."""

import pytest
from sqlalchemy import select

from bench.crowd import crowd
from models.circles import Circle, Seat
from models.store import db
from tests.support import cast
from tests.support.doors import SAMIRA, statements

PAGES = (
    "/", "/news/", "/groups/", "/committee/", "/groups/{code}", "/groups/{code}/notes",
    "/groups/{code}/productions", "/committee/{code}/tasks", "/tasks/", "/meetings/", "/meetings/calendar", "/exchanges/",
    "/exchanges/mine", "/exchanges/groups/{code}", "/actions/", "/directory/", "/directory/people", "/library/", "/library/glossary",
    "/decisions/", "/groups/search?q=note",
)  # fmt: skip
# Who sits in one of the groups alone reads as many pages; who came after has no seat in any.
READERS = ("coordination", "outsider")


def selects(app, client, path: str) -> tuple[int, int]:
    with statements(app) as seen:
        answer = client.get(path)
    return answer.status_code, len([s for s in seen if s.startswith("SELECT")])


def measured(app, codes: list[str]) -> dict[tuple[str, str], tuple[int, int]]:
    out = {}
    for role in READERS:
        client = cast.sign_in(app.test_client(), role)
        client.checks_pages = False
        for path in PAGES:
            at = path.format(code=codes[-1])
            selects(app, client, at)  # templates and caches are warm
            out[role, path] = selects(app, client, at)
    return out


@pytest.fixture
def many(demo_app):
    def grow(groups: int, people: int, tasks: int) -> list[str]:
        with demo_app.app_context():
            return crowd(groups, people, tasks, SAMIRA)

    return grow


def test_every_page_takes_as_many_queries_for_many_groups_as_for_few(demo_app, many):
    few = measured(demo_app, many(7, 30, 140))
    lots = measured(demo_app, many(28, 240, 1400))
    grown = {
        page: (before, lots[page])
        for page, before in few.items()
        if lots[page][1] > before[1] or lots[page][0] != before[0]
    }
    assert not grown, "\n".join(f"{page}: {counts}" for page, counts in grown.items())
    assert {status for status, _count in few.values()} == {200, 403}
    assert [page for page, (status, _count) in few.items() if status == 403] == [
        ("outsider", "/committee/{code}/tasks")
    ]
    assert not [page for page, (_status, count) in lots.items() if count > 60], lots


def test_the_control_a_page_that_asks_once_a_row_is_found(demo_app, many):
    with demo_app.app_context():

        def ask() -> int:
            with statements(demo_app) as seen:
                for circle in db.session.scalars(select(Circle)).all():
                    db.session.scalars(select(Seat).where(Seat.circle_id == circle.id)).all()
            db.session.rollback()
            return len(seen)

        few = ask()
        many(3, 12, 0)
        assert ask() > few
