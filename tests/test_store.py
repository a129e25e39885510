"""How the database is read: what a connection prepared stays prepared, and a reading transaction does not write."""

from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from models.people import Person, add_person
from models.statements import Rows, statement
from models.store import db, writing


@pytest.fixture
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def asked(inside):
    """The statements that are sent, in their order."""
    seen: list[str] = []

    def note(_connection, _cursor, sql, *_rest):
        seen.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def prepared(inside):
    """A list that grows by one at each column that SQLite asks about as it prepares a statement."""
    parts: list[str] = []
    raw: Any = db.session.connection().connection.driver_connection
    raw.set_authorizer(lambda _act, first, second, *_rest: parts.append(f"{first}.{second}") or 0)
    yield parts
    db.session.get_bind().dispose()


@statement
def _persons(most: Any, *, active: bool) -> Rows:
    return select(Person.id, Person.name).where(Person.active.is_(active)).limit(most)


def test_a_reading_transaction_writes_nothing_also_after_a_writing_one(inside):
    for _turn in range(2):
        with pytest.raises(OperationalError, match="readonly"):
            db.session.execute(text("UPDATE person SET name = 'Autre'"))
        db.session.rollback()
        with writing():
            add_person("Ada", f"ada{_turn}@example.org")
    assert {row.name for row in db.session.scalars(select(Person))} == {"Ada"}


def test_the_pragma_is_asked_when_reading_turns_to_writing_and_not_else(inside, asked):
    for _turn in range(3):
        _persons.rows(4, active=True)
        db.session.rollback()
    assert sum("query_only" in sql for sql in asked) <= 1
    asked.clear()
    with writing():
        pass
    _persons.rows(4, active=True)
    assert [sql for sql in asked if "query_only" in sql] == ["PRAGMA query_only=OFF", "PRAGMA query_only=ON"]


def test_what_was_prepared_is_not_prepared_again(inside, prepared):
    _persons.rows(4, active=True)
    assert "person.name" in prepared
    prepared.clear()
    for _turn in range(3):
        db.session.rollback()
        _persons.rows(4, active=True)
    assert "person.name" not in prepared
    db.session.execute(text("PRAGMA query_only=ON"))  # the control: this makes SQLite forget what it prepared
    prepared.clear()
    _persons.rows(4, active=True)
    assert "person.name" in prepared
