#!/usr/bin/env python3
"""One whole copy of an instance, made while it runs.

    .venv/bin/python deploy/backup.py INSTANCE FOLDER [--keep N]

makes FOLDER/tablee-YYYYMMDD-HHMMSS/ (UTC), which is an instance folder: to restore is to put it in the place
of the old one. The database is copied first and checked, then the files: a file is kept before the row that
names it, so that a copy in this order always has every file. A copy has its name only once it is whole.
`--keep N` removes older ones.
"""

import argparse
import contextlib
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # as in models/store.py: the system's own
    import sqlite3 as sqlite

DATABASE = "tablee.db"
# What belongs to running programs, not to the data; files of "my data", which nobody needs back.
NOT_DATA = ("*.lock", "*-wal", "*-shm", "*-journal", "address", "wake.db", ".new-*", "exports")


def now() -> datetime:
    return datetime.now(UTC)


class Damaged(Exception):
    """The copy does not pass SQLite's check: the database itself is ill, or the disk is."""


def copy_database(source: Path, target: Path) -> None:
    """A copy at one moment, whatever is being written meanwhile. Raises Damaged."""
    old = sqlite.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
    new = sqlite.connect(target)
    try:
        old.backup(new)
        verdict = new.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise Damaged(verdict)
    finally:
        new.close()
        old.close()


def same_size(one: Path, other: Path) -> bool:
    return one.exists() and one.stat().st_size == other.stat().st_size


def copy_files(source: Path, target: Path, before: Path | None) -> None:
    """Everything else. Uploads never change under their name: the ones in the copy before are linked."""

    def copy(origin: str, destination: str) -> None:
        relative = Path(origin).relative_to(source)
        if before and relative.parts[0] == "files" and same_size(before / relative, Path(origin)):
            with contextlib.suppress(OSError):  # a disk without links
                os.link(before / relative, destination)
                return
        shutil.copy2(origin, destination)

    ignore = shutil.ignore_patterns(DATABASE, *NOT_DATA)
    shutil.copytree(source, target, ignore=ignore, copy_function=copy, dirs_exist_ok=True)
    target.chmod(0o700)


def copies(folder: Path) -> list[Path]:
    """The whole copies in a folder, oldest first."""
    return sorted(p for p in folder.glob("tablee-????????-??????") if (p / DATABASE).exists())


def backup(instance: Path, folder: Path, keep: int | None = None) -> Path:
    """Make a copy and return its folder. Raises FileNotFoundError without a database, Damaged, OSError."""
    if not (instance / DATABASE).exists():
        raise FileNotFoundError(f"there is no {DATABASE} in {instance}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"tablee-{now():%Y%m%d-%H%M%S}"
    part = folder / f".part-{target.name}"
    part.mkdir(mode=0o700)
    try:
        copy_database(instance / DATABASE, part / DATABASE)
        copy_files(instance, part, next(reversed(copies(folder)), None))
        os.sync()
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    for old in copies(folder)[:-keep] if keep else []:
        shutil.rmtree(old)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description="One whole copy of an instance, made while it runs.")
    parser.add_argument("instance", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=int, metavar="N", help="remove all but the N newest copies")
    asked = parser.parse_args()
    if asked.keep is not None and asked.keep < 1:
        parser.error("--keep wants 1 or more")
    try:
        print(backup(asked.instance, asked.folder, asked.keep))
    except (Damaged, OSError, sqlite.Error) as error:
        sys.exit(f"No copy was made: {error}. Nothing was changed; the copies before are still there.")


if __name__ == "__main__":
    main()
