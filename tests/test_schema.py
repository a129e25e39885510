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
