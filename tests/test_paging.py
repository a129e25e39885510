"""blueprints/paging.py: the page that an address asks for, and the addresses of its neighbours."""

import pytest

from blueprints.paging import PER_PAGE, Page
from models import acting
from models.store import writing
from tests.support import cast


@pytest.mark.parametrize(
    ("said", "page"),
    [("", 1), ("2", 2), ("3", 3), ("4", 3), ("99999", 3), ("0", 1), ("-1", 1), ("²", 1), ("1e3", 1), ("9" * 40, 1)],
)  # fmt: skip
def test_a_page_that_there_is_not_becomes_the_nearest(app, said, page):
    with app.test_request_context("/tasks/", query_string={"page": said}):
        here = Page.of(2 * PER_PAGE + 1)
        assert (here.page, here.pages) == (page, 3)
        assert here.cut(range(here.count)) == list(range(here.count))[(page - 1) * PER_PAGE : page * PER_PAGE]


def test_its_neighbours_keep_what_the_list_names_and_nothing_else(app):
    said = {"which": "late", "page": "2", "_external": "1", "q": "x"}
    with app.test_request_context("/committee/GT-PLA/tasks", query_string=said):
        here = Page.of(3 * PER_PAGE, "which")
        assert here.url(3) == "/committee/GT-PLA/tasks?which=late&page=3"
        assert here.url(1) == "/committee/GT-PLA/tasks?which=late"
        assert here.window == (PER_PAGE, PER_PAGE)


def test_nothing_is_one_page(app):
    with app.test_request_context("/tasks/?page=2"):
        assert (Page.of(0).page, Page.of(0).pages, Page.of(0).cut([])) == (1, 1, [])


def test_common_actions_come_in_pages_each_of_them_once(demo_app, client_of):
    with demo_app.app_context():
        with writing():
            for n in range(2 * PER_PAGE):
                acting.make({"title": f"Action à plusieurs {n}"}, cast.person("contributor"))
        numbers = {row.number for row in acting.open_actions()}
        assert acting.count_open() == len(numbers) > 2 * PER_PAGE - 1
        ended = {row.number for row in acting.ended_actions()}
    client, seen = client_of("outsider"), []
    pages = -(-len(numbers) // PER_PAGE)
    for n in range(1, pages + 1):
        page = client.get(f"/actions/?page={n}")
        seen += [number for number in numbers | ended if f'/actions/{number}"' in page.text]
        assert ("Faites, ou abandonnées" in page.text) is (n == pages and bool(ended)), "those below the last"
    assert sorted(seen) == sorted(numbers | ended)
