"""A copy made while others write is whole, and an instance again when it is put in its place."""

import importlib.util
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "deploy" / "backup.py"
spec = importlib.util.spec_from_file_location("backup", SCRIPT)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sqlite = module.sqlite


@pytest.fixture
def folder(tmp_path):
    """An instance as the programs leave it, with a database of two tables that always agree."""
    folder = tmp_path / "instance"
    (folder / "files" / "ab").mkdir(parents=True)
    (folder / "files" / "ab" / "cdef").write_bytes(b"picture")
    (folder / "files" / "ab" / ".new-xyz").write_bytes(b"half a pic")
    for name in ("secret_key", "config.toml", "server.lock", "wake.db", "address"):
        (folder / name).write_text(name)
    database = sqlite.connect(folder / "tablee.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE a (n INTEGER PRIMARY KEY, filling TEXT)")
    database.execute("CREATE TABLE b (n INTEGER PRIMARY KEY)")
    database.close()
    return folder


def write(folder: Path, number: int) -> None:
    database = sqlite.connect(folder / "tablee.db", isolation_level=None, timeout=20)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO a VALUES (?, ?)", (number, "x" * 5000))
    database.execute("INSERT INTO b VALUES (?)", (number,))
    database.execute("COMMIT")
    database.close()


def rows(copy: Path) -> tuple[list, list]:
    database = sqlite.connect(copy / "tablee.db")
    try:
        return tuple([n for (n,) in database.execute(f"SELECT n FROM {table} ORDER BY n")] for table in "ab")
    finally:
        database.close()


@pytest.fixture
def clock(monkeypatch):
    """Each copy is made a second after the one before, without waiting for it."""
    moments = iter([module.datetime(2026, 5, 1, 12, 0, second, tzinfo=module.UTC) for second in range(60)])
    monkeypatch.setattr(module, "now", lambda: next(moments))


def test_a_copy_made_during_writing_is_one_moment(folder, tmp_path, clock):
    stop = threading.Event()
    done = []

    def keep_writing():
        while not stop.is_set():
            write(folder, len(done))
            done.append(1)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    seen = []
    try:
        while len(seen) < 10:
            seen.append(rows(module.backup(folder, tmp_path / "copies")))
    finally:
        stop.set()
        writer.join()
    assert all(a == b for a, b in seen)
    assert all(a == list(range(len(a))) for a, _ in seen)
    assert len(seen[-1][0]) > len(seen[0][0])


def test_a_copy_is_an_instance_without_what_belongs_to_running_programs(folder, tmp_path):
    write(folder, 1)
    copy = module.backup(folder, tmp_path / "copies")
    there = {str(p.relative_to(copy)) for p in copy.rglob("*") if p.is_file()}
    assert there == {"tablee.db", "secret_key", "config.toml", "files/ab/cdef"}
    assert copy.stat().st_mode & 0o077 == 0
    assert rows(copy) == ([1], [1])


def test_uploads_that_are_known_take_no_room_again(folder, tmp_path, clock):
    first = module.backup(folder, tmp_path / "copies")
    (folder / "files" / "ab" / "new").write_bytes(b"more")
    second = module.backup(folder, tmp_path / "copies")
    assert (first / "files/ab/cdef").samefile(second / "files/ab/cdef")
    assert not (second / "files/ab/cdef").samefile(folder / "files/ab/cdef")
    assert not (first / "secret_key").samefile(second / "secret_key")
    assert (second / "files/ab/new").read_bytes() == b"more"


def test_only_the_newest_are_kept(folder, tmp_path, clock):
    made = [module.backup(folder, tmp_path / "copies", keep=2) for _ in range(4)]
    assert module.copies(tmp_path / "copies") == made[-2:]


def test_an_ill_database_gives_no_copy(folder, tmp_path, clock):
    for number in range(50):
        write(folder, number)
    whole = module.backup(folder, tmp_path / "copies", keep=1)
    with (folder / "tablee.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises((module.Damaged, sqlite.DatabaseError)):
        module.backup(folder, tmp_path / "copies", keep=1)
    assert list((tmp_path / "copies").iterdir()) == [whole]


def test_the_command_says_where_the_copy_is_or_why_there_is_none(folder, tmp_path):
    command = [sys.executable, SCRIPT, folder, tmp_path / "copies", "--keep", "3"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert rows(Path(made.stdout.strip())) == ([], [])
    (folder / "tablee.db").unlink()
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "No copy was made: there is no tablee.db" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_restored_copy_runs(demo_app, make_app, tmp_path):
    copy = module.backup(Path(demo_app.config["INSTANCE"]), tmp_path / "copies")
    place = tmp_path / "restored"
    shutil.copytree(copy, place)
    restored = make_app({"INSTANCE": str(place)})
    from models.people import Person
    from models.store import db

    def people(app):
        with app.app_context():
            return sorted((p.id, p.name) for p in db.session.query(Person))

    assert people(restored) == people(demo_app) != []
