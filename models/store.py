"""The database: one engine, one way to read, one way to write.

Every transaction is a read (`BEGIN`, `query_only=ON`) until `with writing():`, which ends the read and opens
`BEGIN IMMEDIATE` with `query_only=OFF`. A read-modify-write can therefore not lose an update: whoever writes
has the lock before reading what is changed. Both flags are set at each begin, since a pooled connection keeps
them. What is SQLite's own stands here and in models/fiche/search.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib import import_module
from itertools import count
from threading import Lock
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from models.append_only import guard, guarded

# The one library of a process: two that open the same file take each other's locks away (sqlite.org/howtocorrupt.html).
try:
    driver = import_module("pysqlite3.dbapi2")
except ImportError:  # no wheel for this machine: the system's SQLite
    driver = import_module("sqlite3")

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)
_writing: ContextVar[bool] = ContextVar("writing", default=False)


class Moment(TypeDecorator[datetime]):
    """An instant in UTC: aware in Python, naive in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def now() -> datetime:
    """This instant, aware, in UTC; the server's clock is the one that counts."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random UUID as text, for keys that may stand in a URL."""
    return str(uuid.uuid4())


def sound() -> bool:
    """Whether this SQLite is free of the WAL-reset bug (fixed in 3.51.3, 3.50.7 and 3.44.6)."""
    v: tuple[int, ...] = driver.sqlite_version_info
    return v >= (3, 51, 3) or (3, 50, 7) <= v < (3, 51) or (3, 44, 6) <= v < (3, 45)


def journal_mode() -> str:
    """WAL where it is safe, else the old rollback journal."""
    return "WAL" if sound() else "DELETE"


PRAGMAS = (
    f"PRAGMA journal_mode={journal_mode()}",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=8000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA journal_size_limit=67108864",
)


def engine_options() -> dict[str, Any]:
    """Options for Flask-SQLAlchemy: our driver, a small pool."""
    factory = {"factory": guarded(driver.Connection)}
    return {
        "module": driver, "connect_args": factory, "pool_size": 12, "max_overflow": 8, "pool_timeout": 10,
    }  # fmt: skip


class Witness:
    """A connection that writes nothing, which SQLite tells whether any other has written: here, or in another process."""

    serials = count(1)

    def __init__(self, database: str | None) -> None:
        self._database, self._lock, self._serial = database, Lock(), 0
        self._connection: Any = None

    def said(self) -> tuple[int, int] | None:
        """Another pair after each commit; None where it cannot be told. Some microseconds."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
            except driver.Error:  # the old journal, and somebody writes
                return None
            return self._serial, version

    def _open(self) -> Any:
        self._serial = next(self.serials)  # the count of SQLite begins anew with each connection
        return driver.connect(self._database or ":memory:", isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def revision() -> tuple[int, int] | None:
    """Of all that this reading transaction sees: the same pair as before where nothing was written since, in any process.

    Asked just before the transaction began, so that what is read may be newer than it says, never older. None while
    writing, and where it cannot be told.
    """
    found: tuple[int, int] | None = db.session.connection().info.get("revision")
    return found


def listen(engine: Engine) -> None:
    """Attach the settings of a connection and of a transaction to an engine."""
    witness = Witness(engine.url.database)
    event.listen(engine, "engine_disposed", lambda _engine: witness.close())

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
        guard(connection)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        write = _writing.get()
        if (
            connection.info.get("may write") is not write
        ):  # the pragma makes SQLite forget every prepared statement
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if write else 'ON'}")
            connection.info["may write"] = write
        connection.info["revision"] = None if write else witness.said()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


SQLITE_ERROR = 1


class Busy(Exception):
    """The database could not be written just now (locked for 8 s, full, or read-only); nothing was changed."""


@contextmanager
def writing() -> Iterator[Any]:
    """A write transaction: commit at the end, roll back on any exception.

    What was loaded before is reloaded inside. A `writing()` inside another joins it. Raises `Busy` where the
    database cannot be written; the caller's effect has then not happened.
    """
    if _writing.get():
        yield db.session
        return
    db.session.rollback()
    token = _writing.set(True)
    try:
        db.session.connection()
        yield db.session
        db.session.commit()
    except OperationalError as error:
        db.session.rollback()
        if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR:
            raise  # our statement is wrong; waiting would not help
        raise Busy(str(error.orig)) from error
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)


def checkpoint() -> bool:
    """Move everything from the write-ahead log into the database and empty the log, so that no erased text stays in it.

    Ends the caller's read. Waits for other readers as long as busy_timeout; False where one was still reading.
    """
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return row is None or row[0] == 0


def is_writing() -> bool:
    """Whether the caller stands inside `writing()`."""
    return _writing.get()
