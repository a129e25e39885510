"""History that only grows, and minutes that were approved. Triggers refuse UPDATE, DELETE and a REPLACE of rows that are
there; the application's connections refuse, besides, whatever would take the triggers away, turn them off or go round
them, and ask the trigger of DELETE also where REPLACE takes a row away (`recursive_triggers`, models/store.py).

Source of the rule: docs/operating.md, “The audit”. A migration runs on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

TABLES = frozenset({"audit_event"})
# Tables of which some rows are never changed again: an approved version of minutes, and the lines behind it.
APPROVED = "state = 'approved'"
THERE = "SELECT 1 FROM minutes WHERE state = 'approved' AND (id = NEW.id OR (meeting_id = NEW.meeting_id AND version = NEW.version))"
OF_APPROVED = "(SELECT state FROM meeting WHERE id = {row}.meeting_id) = 'minutes_approved'"
# Columns that say who (of an account that may be merged with another) are left out.
LINES = {
    "contribution": "meeting_id, item_id, kind, speaker, text, said_at, removed_at",
    "decision": "meeting_id, item_id, number, text, mode, outcome, objections, how, votes_for, votes_against, votes_abstain, "
    "voices, replaces_id, decided_at, removed_at",
}
SAME = {"contribution": "id = NEW.id", "decision": "id = NEW.id OR number = NEW.number"}
REPLACED = "EXISTS (SELECT 1 FROM {t} WHERE ({same}) AND (SELECT state FROM meeting WHERE id = {t}.meeting_id) = 'minutes_approved')"
# A vote has no meeting of its own; two accounts of one person may be merged, so that a voice can be given another id.
OF_DECIDED = "(SELECT m.state FROM decision d JOIN meeting m ON m.id = d.meeting_id WHERE d.id = {row}.decision_id) = 'minutes_approved'"
# What its lines are kept by: from there a meeting goes back to a proposal alone, that of a correction.
OPENED = "OLD.state = 'minutes_approved' AND NEW.state NOT IN ('minutes_approved', 'minutes_proposed')"
GUARDED = TABLES | {"minutes", "vote", "meeting", *LINES}

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
SWITCHES = {"writable_schema", "recursive_triggers"}  # what would turn the triggers off, or half of them

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
        replaced = REPLACED.format(t=table, same=SAME[table])
        found[table, "insert"] = f"INSERT ON {table} WHEN {new} OR {replaced}"
        found[table, "update"] = f"UPDATE OF {columns} ON {table} WHEN {old} OR {new}"
        found[table, "delete"] = f"DELETE ON {table} WHEN {old}"
    found["vote", "insert"] = f"INSERT ON vote WHEN {OF_DECIDED.format(row='NEW')}"
    found["vote", "update"] = f"UPDATE OF decision_id, choice ON vote WHEN {OF_DECIDED.format(row='OLD')}"
    found["meeting", "update"] = f"UPDATE OF state ON meeting WHEN {OPENED}"
    found["meeting", "delete"] = "DELETE ON meeting WHEN OLD.state = 'minutes_approved'"
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
        return DENY if (first or "").lower() in SWITCHES and second is not None else OK
    return DENY if act == ATTACH else OK


def guard(connection: Any) -> None:
    """Put the authorizer on a connection of the application, once its settings are made."""
    connection.set_authorizer(authorize)


def guarded(connection_class: type) -> type:
    """A connection that writes no value past the triggers, as its `open_blob` would."""

    def open_blob(self: Any, table: str, *more: Any, **options: Any) -> Any:
        if table.strip('"`[]').lower() in GUARDED:
            raise PermissionError("append only")
        return connection_class.open_blob(self, table, *more, **options)  # type: ignore[attr-defined]

    return type("Guarded", (connection_class,), {"open_blob": open_blob})
