"""The fixtures themselves: each test has an instance of its own, and the cast is who it says."""

import gc
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import cast
from tests.support.often import among, often

SEEN = []


def test_two_applications_of_one_test_wait_for_the_next(make_app):
    """Before the test below, so that it finds two that fit."""
    first, second = make_app(), make_app()
    assert first is not second
    assert first.config["INSTANCE"] != second.config["INSTANCE"]


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_what_one_test_leaves_the_next_does_not_find(app, instance, turn):
    from models.people import Person, add_person
    from models.store import db, writing

    with app.app_context():
        assert db.session.query(Person).all() == []
        with writing():
            add_person("Ada", "ada@example.org")
    assert not (instance / "left").exists()
    assert app.config["SITE_NAME"] == "Tablée"
    assert "left" not in app.extensions
    (instance / "left").touch()
    app.config["SITE_NAME"] = app.extensions["left"] = "Autre"
    SEEN.append(app)
    assert SEEN[0] is app, "the application itself is the same"


@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.parametrize("adds", ["a route", "a handler", "a name", "a listener"])
def test_an_application_that_was_added_to_is_not_used_again(app, adds, turn):
    """The control beside the test before: what is not put back is noticed."""
    client = app.test_client()
    assert client.get("/left").status_code == 404
    assert "X-Left" not in client.get("/enter").headers
    assert "left" not in app.jinja_env.globals
    app._got_first_request = False
    if adds == "a route":
        app.add_url_rule("/left", "left", lambda: "")
    elif adds == "a handler":
        app.register_error_handler(404, lambda _error: ("", 200))
    elif adds == "a name":
        app.jinja_env.globals["left"] = 1
    else:
        app.after_request(lambda answer: answer.headers.set("X-Left", "1") or answer)


def test_the_cast_is_complete(demo_app):
    with demo_app.app_context():
        for role in cast.ROLES[:-1]:
            assert role in cast.person(role).role_names
        assert cast.person("outsider") != cast.person("contributor")
        with pytest.raises(KeyError):
            cast.person("nobody")


def test_a_client_is_signed_in_as_its_role_and_only_so(demo_app, client_of):
    from blueprints import gate

    client, stranger = client_of("coordination"), demo_app.test_client()
    for one, expected in ((client, "coordination"), (stranger, None)):
        with one:
            one.get("/")
            who = gate.person()
            assert (expected in who.role_names) if expected else who is None


def test_the_first_cases_run_each_time_and_the_others_in_the_long_run():
    plain, *later = often([360, 1280, 320])
    assert (plain, [p.values for p in later]) == (360, [(1280,), (320,)])
    assert all(mark.name == "long" for p in later for mark in p.marks)
    assert [c if isinstance(c, str) else "later" for c in among("abc", "b")] == ["later", "b", "later"]
    with pytest.raises(KeyError):
        among("abc", "d")


@pytest.mark.parametrize(
    ("name", "asked", "read"),
    [
        ("test_crash", "not long and not slow", False),
        ("test_crash", "not long", True),
        ("test_gate", "not slow", True),
    ],
)
def test_a_run_without_what_is_slow_reads_no_file_that_is(request, name, asked, read):
    config = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    ours = next(one for one in request.config.pluginmanager.get_plugins() if hasattr(one, "SLOW"))
    left_out = ours.pytest_ignore_collect(Path(__file__).with_stem(name), config)
    assert left_out is (None if read else True)


def test_the_collector_is_at_work_again_and_leaves_alone_what_was_imported():
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
