"""The audit: rows are only ever added, each act has words, and its page shows no word of a fiche."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from models import append_only
from models.audit import AuditEvent, record
from models.people import by_email
from models.store import db, writing

ROOT = Path(__file__).parents[1]

# ---- S13: what was noted stays as it was noted

COPY = "CREATE TABLE {t} AS SELECT * FROM audit_event"
CHANGES = {
    "update": "UPDATE {t} SET act = 'x'",
    "update one": "UPDATE {t} SET person_id = NULL WHERE id = 1",
    "update by rowid": "UPDATE {t} SET detail = '{{}}' WHERE rowid = 1",
    "update or replace": "UPDATE OR REPLACE {t} SET id = 1 WHERE id = 2",
    "update or ignore": "UPDATE OR IGNORE {t} SET act = 'x'",
    "update from": "UPDATE {t} SET act = p.name FROM person AS p",
    "quoted": 'UPDATE "{t}" SET act = \'x\'',
    "in another schema's name": "UPDATE main.{t} SET act = 'x'",
    "delete": "DELETE FROM {t}",
    "delete one": "DELETE FROM {t} WHERE id = 1",
    "delete returning": "DELETE FROM {t} RETURNING id",
    "replace": "REPLACE INTO {t} (id, at, act, object_kind, object_id, detail) VALUES (1, 'x', 'x', 'x', 'x', '{{}}')",
    "insert or replace": "INSERT OR REPLACE INTO {t} SELECT * FROM {t} LIMIT 1",
    "upsert": "INSERT INTO {t} (id, at, act, object_kind, object_id, detail) VALUES (1, 'x', 'x', 'x', 'x', '{{}}') "
              "ON CONFLICT (id) DO UPDATE SET act = 'x'",
    "with": "WITH gone AS (SELECT id FROM {t}) DELETE FROM {t} WHERE id IN gone",
    "drop table": "DROP TABLE {t}",
    "rename": "ALTER TABLE {t} RENAME TO other",
    "rename column": "ALTER TABLE {t} RENAME COLUMN act TO other",
    "drop column": "ALTER TABLE {t} DROP COLUMN detail",
    "a trigger of one's own": "CREATE TRIGGER mine BEFORE INSERT ON {t} BEGIN SELECT RAISE(IGNORE); END",
}  # fmt: skip
# What has no counterpart without a trigger: taking the guard itself away.
ROUNDABOUT = [
    "DROP TRIGGER audit_event_no_update",
    "DROP TRIGGER main.audit_event_no_delete",
    "DROP TRIGGER IF EXISTS audit_event_no_replace",
    "PRAGMA writable_schema = ON",
    "PRAGMA writable_schema(1)",
    "PRAGMA main.writable_schema = 1",
    "ATTACH DATABASE 'x' AS other",
    "CREATE TEMP TABLE audit_event (id INTEGER)",
    "CREATE TEMP VIEW audit_event AS SELECT 1",
    "CREATE TEMP TRIGGER mine BEFORE INSERT ON main.audit_event BEGIN SELECT RAISE(IGNORE); END",
    "UPDATE sqlite_dbpage SET data = zeroblob(4096)",
]


@pytest.fixture
def noted(app):
    """An application in whose audit two acts stand; in its context."""
    with app.app_context():
        with writing():
            person = cast_free_person()
            record(person, "fiche.submit", "fiche", "one")
            record(person, "fiche.publish", "fiche", "two")
        yield app


def cast_free_person():
    from models.people import add_person

    return add_person("Ada", "ada@quai.example", ["contributor"], active=True)


def rows() -> list:
    db.session.rollback()
    return list(db.session.execute(text("SELECT * FROM audit_event ORDER BY id")))


def attempt(statement: str) -> bool:
    """Whether the application's connection lets a statement pass, in a write transaction."""
    try:
        with writing() as session:
            session.execute(text(statement))
    except DatabaseError:
        return False
    except Exception as error:
        if "append only" in str(error) or "no such table: sqlite_dbpage" in str(error):
            return False
        raise
    return True


@pytest.mark.parametrize("change", CHANGES)
def test_no_statement_changes_what_was_noted(noted, change):
    before = rows()
    assert not attempt(CHANGES[change].format(t="audit_event"))
    assert rows() == before


@pytest.mark.parametrize("change", CHANGES)
def test_the_control_the_same_statement_passes_on_a_table_without_guard(noted, change):
    with writing() as session:
        session.execute(text("CREATE TABLE plain (id INTEGER PRIMARY KEY, at, person_id, act, object_kind, object_id, detail)"))  # fmt: skip
        session.execute(text("INSERT INTO plain SELECT id, at, person_id, act, object_kind, object_id, detail FROM audit_event"))  # fmt: skip
    assert attempt(CHANGES[change].format(t="plain"))


@pytest.mark.parametrize("statement", ROUNDABOUT)
def test_the_guard_is_not_taken_away(noted, statement):
    before = rows()
    assert not attempt(statement)
    assert not attempt("DELETE FROM audit_event")
    assert rows() == before


@pytest.mark.parametrize("change", ["update", "delete", "replace", "insert or replace", "upsert"])
def test_the_triggers_hold_alone(noted, change):
    """A program of another kind, which knows nothing of the application's connections."""
    connection = db.engine.raw_connection()
    before = rows()
    try:
        connection.driver_connection.set_authorizer(None)
        connection.driver_connection.execute("PRAGMA query_only=OFF")
        with pytest.raises(Exception, match="append only"):
            connection.driver_connection.execute(CHANGES[change].format(t="audit_event"))
    finally:
        connection.invalidate()
    assert rows() == before


def test_no_value_is_written_past_the_triggers(noted):
    connection = db.engine.raw_connection().driver_connection
    with pytest.raises(PermissionError):
        connection.open_blob("audit_event", "detail", 1)
    # The control: elsewhere a value can be opened.
    row = connection.execute("SELECT rowid FROM person").fetchone()[0]
    with connection.open_blob("person", "name", row, readonly=True) as blob:
        assert blob.read() == b"Ada"


def test_the_application_s_own_objects_are_refused(noted):
    event = db.session.query(AuditEvent).first()
    with pytest.raises(DatabaseError), writing():
        db.session.get_one(AuditEvent, event.id).act = "x"
    with pytest.raises(DatabaseError), writing():
        db.session.delete(db.session.get_one(AuditEvent, 1))
    assert len(rows()) == 2


def test_adding_goes_on_and_numbers_rise(noted):
    with writing():
        record(None, "fiche.retain", "fiche", "three")
    assert [row[0] for row in rows()] == [1, 2, 3]


def test_every_table_of_the_list_has_its_three_triggers(noted):
    found = set(db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    wanted = {f"{t}_no_{verb}" for t in append_only.TABLES for verb in ("update", "delete", "replace")}
    assert wanted <= found


def test_the_guard_asks_nothing_of_other_tables(noted):
    with writing():
        by_email("ada@quai.example").name = "Ada Lovelace"
    with writing() as session:
        session.execute(text("DELETE FROM person_role"))
    assert by_email("ada@quai.example").roles == []
