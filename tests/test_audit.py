"""The audit: rows are only ever added, each act has words, and its page shows no word of a fiche."""

import ast
import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from models import (
    access,
    acting,
    append_only,
    convening,
    following,
    mediating,
    recommending,
    welcoming,
    workflow,
)
from models.audit import ACTS, AuditEvent, record
from models.fiche.fiche import find
from models.groups import PRODUCTION_STATES
from models.organisations import Organisation
from models.people import Person, by_email
from models.store import db, now, writing
from models.tasks import today
from tests.support.doors import NADIA, SAMIRA
from tests.support.queries import counted_queries

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


# ---- every act has words

# What the names inside an act can be: the domain of each f-string with which code writes one.
INSIDE = {
    "t.name": lambda: list(workflow.TRANSITIONS),
    "change.name": lambda: list(convening.TRANSITIONS),
    "move.name": lambda: list(welcoming.TRANSITIONS),
    "advance.name": lambda: list(recommending.TRANSITIONS),
    "turn.name": lambda: list(mediating.TRANSITIONS),
    "pace.name": lambda: list(acting.TRANSITIONS),
    "name": lambda: list(following.TRANSITIONS),
    "link.purpose": lambda: list(access.LIFE),
    "kind": lambda: ["edition", "call"],
    "becomes": lambda: list(PRODUCTION_STATES),
    "act": lambda: ["added", "changed", "removed"],
    "deed": lambda: ["made", "written", "restored"],
}


def written_acts(source: str) -> set[str]:
    """The acts that a module's calls of record() can write; "?" and the expression for one that cannot be read.

    Where a function records an act that it is given, its callers in the module are read.
    """
    out: set[str] = set()
    tree = ast.parse(source)
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] or [tree]:
        given = [a.arg for a in function.args.args] if isinstance(function, ast.FunctionDef) else []
        for node in calls(function, "record"):
            if len(node.args) < 4:
                continue
            act = node.args[1]
            if isinstance(act, ast.Name) and act.id in given:
                for caller in calls(tree, function.name):
                    out |= _values(caller.args[given.index(act.id)])
            else:
                out |= _values(act)
    return out


def calls(tree, name: str) -> list[ast.Call]:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return [n for n in found if ast.unparse(n.func).split(".")[-1] == name]


def _values(node) -> set[str]:
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return _values(node.body) | _values(node.orelse)
    if isinstance(node, ast.JoinedStr):
        found = {""}
        for piece in node.values:
            if isinstance(piece, ast.Constant):
                found = {f + piece.value for f in found}
            else:
                name = ast.unparse(piece.value)
                more = INSIDE[name]() if name in INSIDE else [f"?{name}"]
                found = {f + m for f in found for m in more}
        return found
    if isinstance(node, ast.Subscript) and ast.unparse(node) in INSIDE:
        return set(INSIDE[ast.unparse(node)]())
    return {f"?{ast.unparse(node)}"}


def all_acts() -> set[str]:
    out: set[str] = set()
    for folder in ("models", "blueprints"):
        for path in (ROOT / folder).rglob("*.py"):
            out |= written_acts(path.read_text())
    return out


def test_every_act_has_words_and_no_words_are_without_an_act():
    acts = all_acts()
    assert acts - set(ACTS) == set()
    assert set(ACTS) - acts == set()


def test_the_control_an_act_without_words_is_found():
    source = 'record(who, "fiche.sung", "fiche", "x")\nrecord(w, f"fiche.{other}", "fiche", x)\nrecord(w, name, "f", x)'
    assert written_acts(source) == {"fiche.sung", "fiche.?other", "?name"}
    assert written_acts(
        'def f(who, act):\n record(who, act, "f", x)\nf(me, "fiche.heard")\nf(me, other)'
    ) == {"fiche.heard", "?other"}
    assert written_acts('record("fiche.sung")\nelsewhere(who, "fiche.sung", "fiche", "x")') == set()


def test_an_act_of_the_future_is_shown_by_its_code(client_of, demo_app):
    with demo_app.app_context(), writing():
        record(by_email(NADIA), "choir.sung", "choir", "x" * 36)
    page = client_of("coordination").get("/audit")
    assert "choir.sung" in page.text


# ---- the page


def listed(page) -> list[str]:
    """The lines of the page, as words."""
    items = re.findall(r'<li class="line">(.*?)</li>', page.text.partition("<main")[2], re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", item)).strip() for item in items]


def links(page) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.text.partition("<main")[2].partition('<ul class="list">')[2])


@pytest.mark.parametrize("role", ["contributor", "companion", "reader", "group_member", "committee", "chair"])
def test_others_do_not_see_it(client_of, role):
    for path in ("/audit", "/audit.csv"):
        assert client_of(role).get(path).status_code == 403


def test_it_says_who_did_what_when_and_on_what(client_of, demo_app):
    with demo_app.app_context():
        fiche = find("F-2016-002")
        with writing():
            record(by_email(NADIA), "fiche.submit", "fiche", fiche.id, source="BRO", to="SOU", rev=3)
            record(by_email(SAMIRA), "person.roles", "person", by_email(NADIA).id, roles=["reader", "chair"])
            record(
                by_email(SAMIRA),
                "fiche.writer-added",
                "fiche",
                fiche.id,
                writer=by_email("els@wijkadem.example").id,
            )
            record(None, "retention.applied", "retention", "mails", rows=12)
            house = db.session.query(Organisation).first()
            record(by_email(NADIA), "organisation.changed", "organisation", house.id)
            names = list(house.names.values())
    page = client_of("administration").get("/audit")
    lines = listed(page)
    assert "Nadia Bensaïd – a envoyé une fiche au comité" in lines[5]
    assert "F-2016-002" in lines[5]
    assert "Lit pour le comité, Préside" in lines[4]
    assert "Els Peeters" in lines[3]
    assert "Le site – les règles de durée ont été appliquées (12 lignes)" in lines[2]
    assert any(name in lines[1] for name in names)
    assert f"/people/{fiche_writer(demo_app)}" in links(page)


def fiche_writer(app) -> str:
    with app.app_context():
        return by_email(NADIA).id


def test_a_link_is_there_only_for_who_may_follow_it(client_of, demo_app):
    with demo_app.app_context():
        from models.fiche.content import normal
        from models.fiche.saving import adopt

        with writing():
            draft = adopt({**normal(find("F-2016-002").content), "photos": []}, owner=by_email(NADIA))
            record(by_email(NADIA), "fiche.created", "fiche", draft.id)
            record(by_email(NADIA), "fiche.writer-added", "fiche", find("F-2016-001").id)
            ref = draft.id
    for role in ("administration", "coordination"):
        found = links(client_of(role).get("/audit"))
        assert f"/fiches/{ref}" not in found
        for href in found:
            if href.startswith(("/fiches/", "/people/", "/dossiers/", "/admin/")):
                assert client_of(role).get(href).status_code == 200, (role, href)


def test_no_word_of_a_fiche_is_in_it(client_of, demo_app):
    canary = "zorglubine"
    with demo_app.app_context():
        from models.fiche.content import normal
        from models.fiche.posting import Posted
        from models.fiche.saving import Op, adopt, save
        from models.store import new_id

        with writing():
            content = {**normal(find("F-2016-002").content), "photos": [], "titre": canary, "resume": canary}
            ref = adopt(content, owner=by_email(NADIA), state="SOU", received_at=now()).id
        with writing():
            save(ref, by_email(NADIA), Op(new_id(), "rev:1", Posted({"reussites": canary}, {})))
            record(by_email(NADIA), "fiche.submit", "fiche", ref)
    client = client_of("coordination")
    assert ref[:8] in client.get("/audit").text
    assert canary not in client.get("/audit").text
    assert canary not in client.get("/audit.csv").text
    with demo_app.app_context():
        assert canary not in str(db.session.execute(text("SELECT * FROM audit_event")).all())


@pytest.fixture
def many(demo_app):
    """120 acts of two people on three days."""
    with demo_app.app_context(), writing():
        people = [by_email(SAMIRA), by_email(NADIA)]
        for n in range(120):
            who = people[n % 2]
            if who:
                db.session.add(
                    AuditEvent(person_id=who.id, act="fiche.submit" if n % 3 else "dossier.make", object_kind="fiche",
                               object_id=str(n), at=now() - timedelta(days=n % 3))
                )  # fmt: skip
    return demo_app


def total(page) -> int:
    return int(re.search(r"(\d+)\s+acte", page.text)[1])


def test_it_comes_in_pages(many, client_of):
    client = client_of("coordination")
    pages = [client.get(f"/audit?page={n}") for n in (1, 2, 3)]
    seen = [line for p in pages for line in listed(p)]
    assert [len(listed(p)) for p in pages] == [50, 50, len(seen) - 100]
    assert total(pages[0]) == len(seen) > 120  # with the visit itself, and what the demonstration noted
    for odd in ("0", "-1", "x", "99", "1" * 40, "²", "\x00"):
        assert client.get("/audit", query_string={"page": odd}).status_code == 200


def test_it_is_narrowed_by_person_act_kind_and_day(many, client_of):
    client = client_of("coordination")
    with many.app_context():
        nadia = by_email(NADIA).id
        # The demonstration noted something of hers too.
        hers = len(db.session.scalars(select(AuditEvent).where(AuditEvent.person_id == nadia)).all())
    assert hers >= 60
    day = (today() - timedelta(days=2)).isoformat()  # of our clocks, as the page understands it
    assert total(client.get(f"/audit?person={nadia}")) == hers
    assert total(client.get("/audit?act=dossier.make")) == 40
    assert total(client.get(f"/audit?person={nadia}&act=dossier.make")) == 20
    assert total(client.get("/audit?kind=person")) == 1
    assert total(client.get(f"/audit?until={day}")) in range(30, 81)
    assert total(client.get(f"/audit?since={day}&until={day}")) + total(client.get("/audit")) > 121
    assert "Aucun acte ne répond" in client.get("/audit?act=nothing").text
    assert client.get("/audit?since=hier").status_code == 422
    assert "n’est pas une date" in client.get("/audit?since=hier").text
    for odd in ("0001-01-01", "9999-12-31", "\x00", "2016-02-30", "x" * 5000):
        assert client.get("/audit", query_string={"since": odd, "until": odd}).status_code in (200, 422)


def test_more_acts_ask_no_more_of_the_database(demo_app, client_of):
    client, counts = client_of("coordination"), []
    client.get("/audit")
    for n in (1, 3, 46):
        with demo_app.app_context():
            ids = [p.id for p in db.session.query(Person).limit(3)]
            with writing():
                for i in range(n):
                    record(
                        by_email(NADIA),
                        "fiche.submit",
                        "fiche",
                        find("F-2016-002").id if i % 2 else "x",
                        writer=ids[i % 3],
                    )
            counts.append(counted_queries(lambda: client.get("/audit")))
    assert len(set(counts)) == 1, counts


# ---- as a table


def test_the_table_holds_the_same_whole(many, client_of):
    answer = client_of("coordination").get("/audit.csv?act=dossier.make")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="journal-')
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 41
    assert rows[0][:3] == ["Quand", "Qui", "Acte"]
    assert {row[3] for row in rows[1:]} == {"dossier.make"}


def test_a_name_that_looks_like_a_formula_stays_text(demo_app, client_of):
    with demo_app.app_context(), writing():
        nadia = by_email(NADIA)
        nadia.name = '=HYPERLINK("http://x.example";"Nadia")'
        record(nadia, "fiche.submit", "fiche", "=1+1", made="@x")
    answer = client_of("coordination").get("/audit.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
