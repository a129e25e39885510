"""The fixtures themselves: each test has an instance of its own, and the cast is who it says."""

import pytest

from tests.support import cast

LEFT = []


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_leaves_the_next_does_not_find(app, instance, turn):
    from models.people import Person, add_person
    from models.store import db, writing

    with app.app_context():
        assert db.session.query(Person).all() == []
        with writing():
            add_person("Ada", "ada@example.org")
    LEFT.append(instance)
    assert len(set(LEFT)) == len(LEFT)


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
