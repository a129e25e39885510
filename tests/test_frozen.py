"""Approved minutes stay as they were approved: against every statement, every function, every form. Each attempt has its
control: the same one passes where nothing was approved."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from werkzeug.routing import Rule

from models import agenda, append_only, approving, store
from models.contributions import Contribution, attendance_of, contributions_of
from models.decisions import Decision, Vote, decisions_of
from models.meetings import Meeting, meeting_by_code
from models.minutes import Minutes, MinutesComment
from models.store import db, new_id, writing
from tests.support import minutes as support
from tests.support.gatherings import ANNE, NADIA, who

# {m}: the meeting, {v}: its version, {l}: a line, {d}: a decision, {o}, {w}: another meeting and its proposed version.
STATEMENTS = {
    "content": "UPDATE minutes SET content = '{{}}' WHERE id = '{v}'",
    "state of a version": "UPDATE minutes SET state = 'proposed' WHERE id = '{v}'",
    "a version goes": "DELETE FROM minutes WHERE id = '{v}'",
    "a version is replaced": "REPLACE INTO minutes SELECT id, meeting_id, version, 'proposed', reason, '{{}}', rev, comments_until, proposed_by, proposed_at, approved_by, approved_at, approved_in FROM minutes WHERE id = '{v}'",
    "another row takes its place": "REPLACE INTO minutes SELECT 'x', meeting_id, version, 'proposed', reason, '{{}}', rev, comments_until, proposed_by, proposed_at, approved_by, approved_at, approved_in FROM minutes WHERE id = '{v}'",
    "another version takes its place": "UPDATE OR REPLACE minutes SET meeting_id = '{m}' WHERE id = '{w}'",
    "upsert": "INSERT INTO minutes (id, meeting_id, version, state, content, rev, proposed_at) SELECT id, meeting_id, 7, state, content, 1, proposed_at FROM minutes WHERE id = '{v}' ON CONFLICT (id) DO UPDATE SET content = '{{}}'",
    "words": "UPDATE contribution SET text = 'x' WHERE id = '{l}'",
    "a line goes": "DELETE FROM contribution WHERE id = '{l}'",
    "a line is taken away": "UPDATE contribution SET removed_at = '2020-01-01' WHERE id = '{l}'",
    "a line moves out": "UPDATE contribution SET meeting_id = '{o}' WHERE id = '{l}'",
    "a line moves in": "UPDATE contribution SET meeting_id = '{m}' WHERE meeting_id = '{o}'",
    "a new line": "INSERT INTO contribution (id, meeting_id, kind, text, said_at, rev, made_at, changed_at) SELECT 'x', '{m}', 'note', 'x', said_at, 1, made_at, changed_at FROM contribution WHERE id = '{l}'",
    "a line is replaced from elsewhere": "REPLACE INTO contribution (id, meeting_id, kind, text, said_at, rev, made_at, changed_at) SELECT id, '{o}', 'note', 'x', said_at, 1, made_at, changed_at FROM contribution WHERE id = '{l}'",
    "a decision": "UPDATE decision SET text = 'x', votes_for = 99 WHERE id = '{d}'",
    "what it replaces": "UPDATE decision SET replaces_id = NULL, decided_at = '2020-01-01' WHERE id = '{d}'",
    "a decision goes": "DELETE FROM decision WHERE id = '{d}'",
    "a new decision": "INSERT INTO decision SELECT * FROM decision WHERE 0 UNION ALL SELECT {columns} FROM decision WHERE id = '{d}'",
    "its number is taken": "REPLACE INTO decision SELECT {taken} FROM decision WHERE id = '{d}'",
    "a vote": "UPDATE vote SET choice = 'against' WHERE decision_id = '{d}'",
    "one vote more": "INSERT INTO vote (decision_id, voice_id, choice, at) SELECT decision_id, '{p}', choice, at FROM vote WHERE decision_id = '{d}'",
    "the meeting is opened": "UPDATE meeting SET state = 'held' WHERE id = '{m}'",
    "the meeting is replaced": "REPLACE INTO meeting SELECT {held} FROM meeting WHERE id = '{m}'",
}  # fmt: skip
ROUNDABOUT = (
    "PRAGMA recursive_triggers = OFF", "PRAGMA writable_schema = ON", "DROP TRIGGER minutes_no_update", "DROP TRIGGER contribution_no_insert",
    "DROP TRIGGER decision_no_delete", "DROP TRIGGER meeting_no_update", "DROP TRIGGER vote_no_insert", "DROP TABLE minutes", "ALTER TABLE minutes RENAME TO other",
    "CREATE TRIGGER mine BEFORE UPDATE ON minutes BEGIN SELECT RAISE(IGNORE); END", "CREATE TEMP TABLE minutes (id)",
    "CREATE TEMP VIEW contribution AS SELECT 1", "UPDATE sqlite_dbpage SET data = zeroblob(4096)",
)  # fmt: skip


REFUSALS = ("append only", "not authorized", "prohibited", "no such table: sqlite_dbpage")


class Undone(Exception):
    """Takes back a statement that passed."""


def passes(statement: str) -> bool:
    """Whether the application's connection lets a statement pass and change something; taken back in any case."""
    try:
        with writing() as session:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            done = session.execute(text(statement))
            raise Undone(done.rowcount)
    except Undone as undone:
        return undone.args[0] != 0
    except DatabaseError as error:
        if not any(sentence in str(error) for sentence in REFUSALS):
            raise
        return False


def names_of(meeting: Meeting, other: Meeting) -> dict[str, str]:
    """What stands in the place of the letters of STATEMENTS."""
    [decision] = decisions_of(meeting)
    whole = {
        "columns": {"id": "'x'", "number": "'D-1'"}, "taken": {"id": "'x'", "meeting_id": f"'{other.id}'"}, "held": {"state": "'held'"},
    }  # fmt: skip
    tables = {"columns": Decision, "taken": Decision, "held": Meeting}
    selected = {
        key: ", ".join(said.get(column.name, column.name) for column in tables[key].__table__.c)
        for key, said in whole.items()
    }
    line = db.session.scalars(db.select(Contribution.id).where(Contribution.meeting_id == meeting.id)).first()
    return {
        "m": meeting.id, "o": other.id, "v": approving.current(meeting).id, "w": approving.current(other).id, "l": line,
        "d": decision.id, "p": who(NADIA).id, **selected,
    }  # fmt: skip


@pytest.fixture
def three(demo_app):
    """(app, one that is approved, one that is proposed, another proposed one), each with a line, a decision and a vote."""
    with demo_app.app_context():
        made = []
        for n, code in enumerate(("GT-UN", "GT-DEUX", "GT-TROIS")):
            meeting = support.held(code, decision=f"D-2026-{n + 70}")
            with writing():
                for decision in decisions_of(meeting):
                    db.session.add(Vote(decision_id=decision.id, voice_id=who(ANNE).id, choice="for"))
            support.act(meeting, "propose")
            made.append(meeting)
        support.next_one("GT-UN")
        support.next_one("GT-DEUX")
        support.act(made[0], "approve")
        yield demo_app, *made


def frozen(code: str) -> str:
    """All that was approved and what it was made of."""
    db.session.rollback()
    meeting = meeting_by_code(code)
    rows = db.session.scalars(
        db.select(Minutes).where(Minutes.meeting_id == meeting.id, Minutes.state == "approved")
    )
    versions = [[row.id, row.version, row.content, str(row.approved_at), row.approved_in] for row in rows]
    lines = [[row.id, row.rev, row.text] for row in (*contributions_of(meeting), *decisions_of(meeting))]
    lines += [[row.id, row.rev, row.state] for row in attendance_of(meeting)]
    return json.dumps([versions, lines, meeting.state], default=str)


def test_no_statement_changes_what_was_approved(three):
    _app, approved, proposed, other = three
    locked, free = names_of(approved, other), names_of(proposed, other)
    before = frozen(approved.code)
    assert [name for name, one in STATEMENTS.items() if passes(one.format(**locked))] == []
    assert [name for name, one in STATEMENTS.items() if not passes(one.format(**free))] == []
    assert [one for one in ROUNDABOUT if passes(one)] == []
    assert frozen(approved.code) == before


def test_the_triggers_hold_alone(three):
    """In a program that knows nothing of the application's connections, with REPLACE as it is by default."""
    _app, approved, proposed, other = three
    locked, free = names_of(approved, other), names_of(proposed, other)
    asked = {
        name: one
        for name, one in STATEMENTS.items()
        if not name.startswith(("another version", "the meeting is replaced"))
    }
    connection = db.engine.raw_connection()
    raw = connection.driver_connection
    raw.set_authorizer(None)
    raw.execute("PRAGMA query_only=OFF")
    raw.execute("PRAGMA recursive_triggers=OFF")
    passed: dict[str, list[str]] = {"locked": [], "free": []}
    try:
        for which, names in (("locked", locked), ("free", free)):
            for name, one in asked.items():
                raw.execute("BEGIN")
                raw.execute("PRAGMA defer_foreign_keys = ON")
                try:
                    raw.execute(one.format(**names))
                    passed[which].append(name)
                except store.driver.IntegrityError as error:
                    if "append only" not in str(error):
                        raise
                raw.execute("ROLLBACK")
    finally:
        connection.invalidate()
    assert passed == {"locked": [], "free": list(asked)}


def test_no_value_is_written_past_the_triggers(three):
    raw = db.engine.raw_connection().driver_connection
    row = raw.execute("SELECT rowid FROM minutes").fetchone()[0]
    for table, column in (("minutes", "content"), ("contribution", "text"), ("decision", "text")):
        with pytest.raises(PermissionError):
            raw.open_blob(table, column, row)


def test_every_table_that_is_guarded_has_its_triggers(three):
    found = set(db.session.scalars(text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")))
    assert found >= append_only.GUARDED


def routes(app) -> list[Rule]:
    """Every address under a meeting to which one can post."""
    rules = app.url_map.iter_rules()
    return [r for r in rules if "POST" in (r.methods or ()) and "<meeting_code>" in r.rule]


VALUES = {
    "text": "zzforce", "kind": "note", "what": "zzforce", "state": "here", "words": "zzforce", "title": "zzforce", "reason": "zzforce",
    "mode": "consent", "outcome": "adopted", "answer": "OUI", "act": "remove", "choice": "for", "days": "10", "rev": "1", "seen": "",
    "schema_version": "1", "name": "zzforce", "nature": "DIV", "minutes": "5", "due_on": "2030-01-01", "item": "",
}  # fmt: skip


def test_no_form_changes_what_was_approved(three, client_of):
    """Who chairs posts to every address of a meeting; a correction, which is another version, is left out."""
    app, approved, proposed, _other = three
    chair = client_of("chair")
    chair.checks_pages = False
    token = chair.get("/session").json["csrf"]
    changed = {}
    for meeting in (approved, proposed):
        code, ids = meeting.code, address_values(meeting)
        before = frozen(code)
        answers = set()
        for rule in routes(app):
            if rule.endpoint in ("minutes.do_correct", "minutes.do_approve"):
                continue
            url = rule.rule
            for name in rule.arguments:
                url = url.replace(f"<{name}>", ids.get(name, new_id())).replace(
                    f"<uuid:{name}>", ids.get(name, new_id())
                )
            said = {
                **VALUES,
                "op_id": new_id(),
                "csrf_token": token,
                "item_id": ids["item_id"],
                "person_id": who(NADIA).id,
            }
            answers.add(chair.post(url, data=said).status_code)
        assert answers <= {200, 302, 303, 403, 404, 409, 422}, answers
        changed[code] = frozen(code) != before
    assert changed == {approved.code: False, proposed.code: True}


def address_values(meeting: Meeting) -> dict[str, str]:
    line = db.session.scalars(db.select(Contribution.id).where(Contribution.meeting_id == meeting.id)).first()
    with writing():
        comment = MinutesComment(
            id=new_id(), minutes_id=approving.current(meeting).id, person_id=who(NADIA).id, text="x"
        )
        db.session.add(comment)
    return {
        "meeting_code": meeting.code, "item_id": agenda.items(meeting)[0].id, "line_id": line, "decision_id": decisions_of(meeting)[0].id,
        "comment_id": comment.id, "person_id": who(NADIA).id, "kind": "D4", "name": "hold",
    }  # fmt: skip
