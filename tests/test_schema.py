"""The migrations make the schema that the models say, and the command that writes the next one is there."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(empty_template, tmp_path) -> Path:
    return Path(shutil.copytree(empty_template, tmp_path / "instance"))


def check(folder: Path) -> subprocess.CompletedProcess:
    """What `flask db check` says of an instance."""
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "check"]
    environment = {**os.environ, "TABLEE_INSTANCE": str(folder)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_migrations_make_what_the_models_say(folder):
    done = check(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No new upgrade operations detected" in done.stdout + done.stderr


def test_a_schema_that_is_not_that_of_the_models_is_noticed(folder):
    with sqlite3.connect(folder / "tablee.db") as connection:
        connection.execute("ALTER TABLE held_edit ADD COLUMN odd TEXT")
    done = check(folder)
    assert done.returncode != 0
    assert "odd" in done.stdout + done.stderr


def test_an_agenda_from_before_says_no_more_whose_candidature_it_is(demo_template, tmp_path):
    """Its own item alone: one that somebody wrote about a candidature, or wrote anew, is theirs."""
    folder = Path(shutil.copytree(demo_template, tmp_path / "instance"))
    said = {
        "E-2016-01": "Élargissement\u00a0: candidature E-2016-01, avec objection",
        "E-2026-01": "Une place de plus, d’après notre lettre",
        "": "Ce que E-2016-01 nous apprend",
    }
    with sqlite3.connect(folder / "tablee.db") as connection:
        items = [row[0] for row in connection.execute("SELECT id FROM agenda_item ORDER BY id LIMIT 3")]
        for item, (case, title) in zip(items, said.items(), strict=True):
            connection.execute("UPDATE agenda_item SET title = ? WHERE id = ?", (title, item))
            connection.execute("UPDATE widening SET item_id = ? WHERE code = ?", (item, case))
        connection.execute("UPDATE alembic_version SET version_num = '0010'")
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    environment = {**os.environ, "TABLEE_INSTANCE": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True)
    with sqlite3.connect(folder / "tablee.db") as connection:
        found = [
            connection.execute("SELECT title FROM agenda_item WHERE id = ?", (i,)).fetchone()[0]
            for i in items
        ]
    assert found == ["Une candidature", *list(said.values())[1:]]
