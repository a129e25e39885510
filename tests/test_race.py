"""Many at once: one operation has one effect, and what was acknowledged is there."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, select, text

from models.fiche.content import get
from models.fiche.fiche import Fiche, Revision, find, touch
from models.fiche.fiche import changes as how_often
from models.fiche.journal import Operation
from models.store import db, writing
from tests.support.cast import sign_in

NUMBER = "F-2016-002"
JSON = {"Accept": "application/json"}
THREADS, EACH = 8, 100


@pytest.fixture
def racing(make_app):
    return make_app({"WTF_CSRF_ENABLED": False}, demo=True)


def at_once(count: int, act) -> list:
    """act(n) in `count` threads that start together; what each returned."""
    gate = Barrier(count)

    def run(n: int):
        gate.wait()
        return act(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.parametrize("kind", ["create", "change"])
def test_forty_equal_operations_have_one_effect(racing, kind):
    clients = [sign_in(racing.test_client(), "contributor") for _ in range(40)]
    op = str(uuid4())
    form = {"op_id": op, "base": "rev:1", "field": "titre", "titre": "Quarante fois"}
    path = "/fiches/" if kind == "create" else f"/fiches/{NUMBER}"
    answers = at_once(40, lambda n: clients[n].post(path, data=form, headers=JSON))
    assert sorted(a.status_code for a in answers) == [200] * 39 + [201]
    assert len({str(a.json) for a in answers}) == 1
    with racing.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Fiche).where(Fiche.title == "Quarante fois"))
            == 1
        )
        assert (
            db.session.scalar(select(func.count()).select_from(Operation).where(Operation.op_id == op)) == 1
        )
        assert db.session.scalar(select(func.count()).select_from(Revision).where(Revision.op_id == op)) == 1


def test_operations_of_their_own_have_an_effect_each(racing):
    """The control: the count above would notice more than one."""
    clients = [sign_in(racing.test_client(), "contributor") for _ in range(12)]
    form = {"field": "titre", "titre": "Douze fois"}
    at_once(12, lambda n: clients[n].post("/fiches/", data={**form, "op_id": str(uuid4())}, headers=JSON))
    with racing.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Fiche).where(Fiche.title == "Douze fois"))
            == 12
        )


def test_every_read_and_write_of_eight_hundred_is_kept(racing):
    with racing.app_context():
        before = how_often()

    def add(_n: int) -> int:
        done = 0
        with racing.app_context():
            for _ in range(EACH):
                with writing():
                    touch()
                done += 1
        return done

    acknowledged = sum(at_once(THREADS, add))
    with racing.app_context():
        assert how_often() - before == acknowledged == THREADS * EACH


def test_the_control_loses_what_it_acknowledged(tmp_path):
    """The same, with the transactions that SQLAlchemy opens by itself: read, then write, then commit."""
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}", connect_args={"timeout": 30})
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add(_n: int) -> int:
        done = 0
        for _ in range(EACH):
            try:
                with engine.begin() as connection:
                    value = connection.execute(text("SELECT value FROM counter")).scalar()
                    connection.execute(text("UPDATE counter SET value = :v"), {"v": value + 1})
            except Exception:  # what fails loudly is not acknowledged
                continue
            done += 1
        return done

    acknowledged = sum(at_once(THREADS, add))
    engine.dispose()
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        kept = connection.execute("SELECT value FROM counter").fetchone()[0]
    assert kept < acknowledged


def test_edits_of_different_answers_at_once_are_all_there(racing):
    """Eight people, each with an answer of their own, ten times, always from the version that they began with."""
    keys = [
        "titre",
        "resume",
        "contexte",
        "descriptif",
        "bilan.impact",
        "reussites",
        "difficultes",
        "conseils",
    ]
    clients = [sign_in(racing.test_client(), "contributor") for _ in keys]

    def write(n: int) -> list[int]:
        base, out = "rev:1", []
        for turn in range(10):
            form = {"op_id": str(uuid4()), "base": base, "field": keys[n], keys[n]: f"{keys[n]} {turn}"}
            answer = clients[n].post(f"/fiches/{NUMBER}", data=form, headers=JSON)
            out.append(answer.status_code)
            base = f"op:{form['op_id']}"
        return out

    answers = at_once(len(keys), write)
    assert {status for one in answers for status in one} == {201}
    with racing.app_context():
        fiche = find(NUMBER)
        assert {key: get(fiche.content, key) for key in keys} == {key: f"{key} 9" for key in keys}
        assert fiche.rev == 81
