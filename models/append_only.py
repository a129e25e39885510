"""History that only grows, and minutes that were approved. Triggers refuse UPDATE, DELETE and a REPLACE of rows that are there; the application's
connections refuse, besides, whatever would take the triggers away, turn them off or go round them.

Source of the rule: docs/operating.md, “The audit”. A migration runs on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

TABLES = frozenset({"audit_event"})
# Tables of which some rows are never changed again: an approved version of minutes, and the lines behind it.
APPROVED = "state = 'approved'"
THERE = "SELECT 1 FROM minutes WHERE id = NEW.id AND state = 'approved'"
OF_APPROVED = "(SELECT state FROM meeting WHERE id = {row}.meeting_id) = 'minutes_approved'"
LINES = {
    "contribution": "item_id, kind, speaker, text, said_at, removed_at",
    "decision": "number, text, mode, outcome, objections, how, votes_for, votes_against, votes_abstain, voices, removed_at",
}
GUARDED = TABLES | {"minutes", *LINES}

# Numbers of what SQLite asks an authorizer (sqlite.org/c3ref/c_alter_table.html); the driver does not name them all.
DROP_TABLE, DROP_TRIGGER, DROP_TEMP_TRIGGER = 11, 16, 14
CREATE_TRIGGER, CREATE_TEMP_TRIGGER, CREATE_TEMP_TABLE, CREATE_TEMP_VIEW = 7, 5, 4, 6
DELETE, INSERT, UPDATE, PRAGMA, ATTACH, ALTER_TABLE = 9, 18, 23, 19, 24, 26
OK, DENY = 0, 1
ROWS = {DELETE, UPDATE}

BY_FIRST = {DROP_TABLE, CREATE_TEMP_TABLE, CREATE_TEMP_VIEW, DELETE, UPDATE}
BY_SECOND = {DROP_TRIGGER, DROP_TEMP_TRIGGER, CREATE_TRIGGER, CREATE_TEMP_TRIGGER, ALTER_TABLE}
# Pages of the file as rows: a way round every trigger, where SQLite was built with it.
RAW = "sqlite_dbpage"


# REPLACE takes a row away without asking the trigger of DELETE; hence the third.
TRIGGERS = {
    "update": "UPDATE ON {t}",
    "delete": "DELETE ON {t}",
    "replace": "INSERT ON {t} WHEN EXISTS (SELECT 1 FROM {t} WHERE id = NEW.id)",
}
TRIGGER = (
    "CREATE TRIGGER IF NOT EXISTS {t}_no_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, 'append only'); END"
)


def triggers(tables: Collection[str]) -> list[str]:
    """The statements that make the triggers of these tables; each can be run again."""
    found = {(t, name): when.format(t=t) for t in sorted(TABLES) for name, when in TRIGGERS.items()}
    for name in ("update", "delete"):
        found["minutes", name] = f"{name.upper()} ON minutes WHEN OLD.{APPROVED}"
    found["minutes", "replace"] = f"INSERT ON minutes WHEN EXISTS ({THERE})"
    for table, columns in LINES.items():
        new, old = (OF_APPROVED.format(row=row) for row in ("NEW", "OLD"))
        found[table, "insert"] = f"INSERT ON {table} WHEN {new}"
        found[table, "update"] = f"UPDATE OF {columns} ON {table} WHEN {old}"
        found[table, "delete"] = f"DELETE ON {table} WHEN {old}"
    return [
        TRIGGER.format(t=table, name=name, when=when)
        for (table, name), when in found.items()
        if table in tables
    ]


def authorize(act: int, first: str | None, second: str | None, _database: Any, _inside: Any) -> int:
    """What SQLite asks for each part of a statement as it is prepared. Never raises: SQLite would take it for a no."""
    if act in BY_FIRST:
        return DENY if first in (TABLES if act in ROWS else GUARDED) or first == RAW else OK
    if act in BY_SECOND:
        return DENY if second in GUARDED else OK
    if act == INSERT:
        return DENY if first == RAW else OK
    if act == PRAGMA:
        return DENY if (first or "").lower() == "writable_schema" and second is not None else OK
    return DENY if act == ATTACH else OK


def guard(connection: Any) -> None:
    """Put the authorizer on a connection of the application, once its settings are made."""
    connection.set_authorizer(authorize)


def guarded(connection_class: type) -> type:
    """A connection that writes no value past the triggers, as its `open_blob` would."""

    def open_blob(self: Any, table: str, *more: Any, **options: Any) -> Any:
        if table.strip('"`[]').lower() in TABLES:
            raise PermissionError("append only")
        return connection_class.open_blob(self, table, *more, **options)  # type: ignore[attr-defined]

    return type("Guarded", (connection_class,), {"open_blob": open_blob})
