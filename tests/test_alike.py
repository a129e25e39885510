"""Parts of pages that are alike for everybody: kept until something is written, and never somebody else's."""

import logging
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask import render_template_string, session
from markupsafe import Markup

from blueprints import alike as alikes
from blueprints import gate
from blueprints.alike import alike, own
from models import glossing, profiles, store
from models.circles import circle_by_code
from models.people import Person
from models.store import db, revision, writing
from tests.support import cast

GROUP = "GT-PLA"
# Every page that has such a part; {code}: a group that all may see, and one that is closed.
PAGES = (
    "/actions/", "/groups/", "/groups/?kind=RES", "/directory/people?langue=nl", "/directory/", "/directory/?q=a", "/library/glossary", "/library/glossary?langue=fr", "/groups/{code}",
    "/groups/{code}/productions", "/groups/{code}/notes", "/committee/{code}/tasks", "/committee/{code}/tasks?which=done", "/exchanges/", "/directory/people",
    "/", "/news/", "/tasks/",
)  # fmt: skip
TOKENS = re.compile(r'(name="csrf_token" value=)"[^"]*"|(name="op_id" value=)"[^"]*"')


@pytest.fixture(autouse=True)
def _in_one_minute(monkeypatch):
    """Nothing kept from before, and no minute that ends meanwhile."""
    at = store.now()
    alikes.shelf = alikes.Shelf()
    monkeypatch.setattr(alikes, "now", lambda: at)


@pytest.fixture
def held(demo_app) -> dict[str, dict[str, str]]:
    """The session of each role, on a device of its own."""
    return {role: cast.session_of(demo_app, role) for role in cast.ROLES}


@pytest.fixture
def codes(demo_app) -> list[str]:
    with demo_app.app_context(), writing():
        closed = circle_by_code("GT-FIC")
        closed.closed = True
        return [GROUP, closed.code]


def read(client, path: str) -> tuple[int, str]:
    """What one reads there, without what each form has of its own."""
    answer = client.get(path)
    return answer.status_code, TOKENS.sub(r"\1\2", answer.get_data(as_text=True))


def part_for(app, held: dict[str, str], *rights, text: str, reads=dict, kind=alike) -> str:
    """What the person of this session gets of a part that draws `text`, a template."""
    with app.test_request_context("/"):
        session.update(held)
        gate.person()
        part = kind("here", reads, *rights)
        return render_template_string("{% call(v) part() %}" + text + "{% endcall %}", part=part)


# ---- whether something was written


def test_the_same_is_said_until_somebody_writes(app):
    with app.app_context():
        first = revision()
        db.session.rollback()
        assert first is not None
        assert revision() == first
        with writing():
            assert revision() is None
            db.session.add(Person(name="Ada", email="ada@example.org", fs_uniquifier="a"))
        assert revision() not in (first, None)


def test_a_change_that_another_process_makes_is_seen(app, instance):
    path = Path(instance) / "tablee.db"
    with app.app_context():
        first = revision()
        db.session.rollback()
        change = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('CREATE TABLE other (id)'); c.commit()"
        subprocess.run([sys.executable, "-c", change], check=True, timeout=60)
        assert revision() != first


def test_what_is_opened_anew_is_never_what_it_was(app):
    with app.app_context():
        first = revision()
        db.session.remove()
        db.engine.dispose()
        assert revision() != first


def test_where_it_cannot_be_told_nothing_is_kept(demo_app, held, monkeypatch):
    def fails(_witness):
        raise store.driver.OperationalError("database is locked")

    drawn: list[int] = []
    for _turn in range(2):
        part_for(demo_app, held["contributor"], text="une ligne", reads=lambda: drawn.append(1) or {})
    assert len(drawn) == 1  # the control
    monkeypatch.setattr(store.Witness, "_open", fails)
    with demo_app.app_context():
        db.engine.dispose()
    for _turn in range(2):
        part_for(demo_app, held["contributor"], text="une ligne", reads=lambda: drawn.append(1) or {})
    assert len(drawn) == 3


# ---- what is kept, and for whom


def test_it_is_read_once_for_those_who_may_do_the_same(demo_app, held):
    drawn: list[int] = []

    def seen(role: str, *rights: str) -> str:
        return part_for(
            demo_app,
            held[role],
            *rights,
            text="{{ v.n }}",
            reads=lambda: {"n": drawn.append(1) or len(drawn)},
        )

    assert [
        seen(role, "circle.make") for role in ("contributor", "reader", "coordination", "contributor")
    ] == ["1", "1", "2", "1"]
    with demo_app.app_context(), writing():
        cast.person("outsider").organisation = "Ailleurs"
    assert seen("contributor", "circle.make") == "3"


def test_the_next_reader_gets_what_was_drawn(demo_app, client_of):
    people = [client_of(role) for role in ("contributor", "reader", "group_member")]
    pages = [read(one, "/actions/")[1] for one in people]
    (name,) = [key for key in alikes.shelf._parts if key[0][0] == "actions"]
    assert all(str(alikes.shelf._parts[name]) in page for page in pages)
    alikes.shelf._parts[name] = Markup("<p>ce qui est gardé</p>")  # the control: it is that which is read
    assert "ce qui est gardé" in read(people[0], "/actions/")[1]


def test_what_was_written_is_read_at_once(demo_app, client_of):
    client = client_of("contributor")
    assert "Zyx" not in read(client, "/library/glossary")[1]
    with demo_app.app_context(), writing():
        entry = {"abbreviation": "Zyx", "meaning": "ce qui vient", "language": "fr", "about": ""}
        glossing.add_entry(entry, cast.person("coordination"))
    assert "Zyx" in read(client, "/library/glossary")[1]


def test_a_minute_later_it_is_drawn_anew(demo_app, client_of, monkeypatch):
    client, at = client_of("contributor"), store.now().replace(second=10)
    monkeypatch.setattr(alikes, "now", lambda: at)
    read(client, "/library/glossary")
    shelf = alikes.shelf.of(alikes.shelf._stamp)
    read(client, "/library/glossary")
    assert alikes.shelf.of(alikes.shelf._stamp) is shelf
    monkeypatch.setattr(alikes, "now", lambda: at + timedelta(minutes=1))
    read(client, "/library/glossary")
    assert alikes.shelf.of(alikes.shelf._stamp) is not shelf


def test_what_one_reads_does_not_depend_on_who_looked_before(demo_app, client_of, codes):
    """Everybody on every such page: with nothing kept, then after each of the others."""
    clients = {role: client_of(role) for role in cast.ROLES}
    paths = {path.format(code=code) for path in PAGES for code in codes}
    cold = {}
    for role, one in clients.items():
        for path in paths:
            alikes.shelf = alikes.Shelf()
            cold[role, path] = read(one, path)
    alikes.shelf = alikes.Shelf()
    for turn in (list(clients), list(reversed(clients))):
        for role in turn:
            for path in sorted(paths):
                assert read(clients[role], path) == cold[role, path], (role, path)
    assert {cold["outsider", f"/groups/{codes[1]}"][0], cold["group_member", f"/groups/{codes[0]}"][0]} == {
        404,
        200,
    }
    assert len({page for (_role, path), page in cold.items() if path == f"/groups/{GROUP}"}) > 2


def test_what_one_alone_may_read_of_a_board_is_for_no_other(demo_app, client_of):
    """Who keeps what they know to themselves reads it on the board, whoever looked before and after."""
    people = {role: client_of(role) for role in ("outsider", "contributor", "committee")}
    with demo_app.app_context(), writing():
        for role, circle in (("outsider", profiles.ME), ("contributor", profiles.CIRCLE)):
            who = cast.person(role).id
            db.session.merge(
                profiles.ProfileDetail(
                    person_id=who, name="knowledge", text=f"Vannerie {role}", seen_by=circle
                )
            )
    for turn in (list(people), list(reversed(people))):
        for role in turn:
            page = read(people[role], "/exchanges/?q=vannerie")[1]
            seen = {one for one in ("outsider", "contributor") if f"Vannerie {one}" in page}
            assert (
                seen
                == {"outsider": {"outsider"}, "contributor": {"contributor"}, "committee": {"contributor"}}[
                    role
                ]
            )


# ---- what is not alike


@pytest.mark.parametrize(
    "text",
    [
        "{{ person().name }}", "{{ can('action.make') }}", "{{ can('circle.see', v) }}", "{{ new_id() }}",
        '<input name="op_id" value="x">', "{% import 'macros.html' as ui %}{{ ui.once() }}",
    ],
)  # fmt: skip
def test_who_asks_for_somebody_is_told(demo_app, held, text):
    with pytest.raises(gate.TooPersonal):
        part_for(demo_app, held["contributor"], text=text)
    assert alikes.shelf._parts == {}


def test_each_form_has_the_token_of_who_reads_it(demo_app, client_of):
    """One part for two who may do the same."""
    people = [client_of(role) for role in ("chair", "coordination")]
    pages = [one.get("/committee/COPIL/tasks").get_data(as_text=True) for one in people]
    (part,) = [part for key, part in alikes.shelf._parts.items() if key[0][0] == "tasks"]
    found = [set(re.findall(r'name="csrf_token" value="([^"]*)"', page)) for page in pages]
    assert [len(tokens) for tokens in found] == [1, 1]
    assert not found[0] & found[1]
    assert alikes.TOKEN in part
    assert not any(alikes.TOKEN in page for page in pages)
    assert all(
        str(part.replace(alikes.TOKEN, *tokens)) in page for tokens, page in zip(found, pages, strict=True)
    )


def test_a_right_that_was_named_has_an_answer(demo_app, held):
    said = {
        role: part_for(demo_app, held[role], "circle.make", text="{{ can('circle.make') }}")
        for role in ("contributor", "coordination")
    }
    assert said == {"contributor": "False", "coordination": "True"}


def test_on_a_site_that_serves_it_is_drawn_for_this_person_and_not_kept(demo_app, held, caplog):
    demo_app.testing = False
    try:
        with caplog.at_level(logging.ERROR):
            said = {
                role: part_for(demo_app, held[role], text="{{ person().name }}")
                for role in ("contributor", "reader")
            }
    finally:
        demo_app.testing = True
    with demo_app.app_context():
        assert said == {role: cast.person(role).name for role in said}
    assert "not alike" in caplog.text
    assert alikes.shelf._parts == {}


# ---- what is one person's own


def test_what_is_ones_own_is_kept_for_them_alone(demo_app, held):
    drawn: list[int] = []

    def seen(role: str) -> str:
        text = "{{ person().name }} {{ v.n }}"
        return part_for(
            demo_app, held[role], text=text, reads=lambda: {"n": drawn.append(1) or len(drawn)}, kind=own
        )

    with demo_app.app_context():
        names = {role: cast.person(role).name for role in ("contributor", "reader")}
    said = [seen(role) for role in ("contributor", "reader", "contributor", "reader")]
    assert said == [f"{names['contributor']} 1", f"{names['reader']} 2"] * 2
    with demo_app.app_context(), writing():
        cast.person("outsider").organisation = "Ailleurs"
    assert seen("contributor") == f"{names['contributor']} 3"


def test_a_form_that_makes_something_is_not_kept_for_oneself_either(demo_app, held):
    text = "{% import 'macros.html' as ui %}{{ ui.once() }}"
    with pytest.raises(gate.TooPersonal):
        part_for(demo_app, held["contributor"], text=text, kind=own)
    demo_app.testing = False
    try:
        twice = {part_for(demo_app, held["contributor"], text=text, kind=own) for _turn in range(2)}
    finally:
        demo_app.testing = True
    assert len(twice) == 2, "each has a number of its own"
