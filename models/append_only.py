"""History that only grows. Triggers refuse UPDATE, DELETE and a REPLACE of rows that are there; the application's
connections refuse, besides, whatever would take the triggers away, turn them off or go round them.

Source of the rule: docs/operating.md, “The audit”. A migration runs on a connection of its own.
"""

from __future__ import annotations

from typing import Any

TABLES = frozenset({"audit_event"})

# Numbers of what SQLite asks an authorizer (sqlite.org/c3ref/c_alter_table.html); the driver does not name them all.
DROP_TABLE, DROP_TRIGGER, DROP_TEMP_TRIGGER = 11, 16, 14
CREATE_TRIGGER, CREATE_TEMP_TRIGGER, CREATE_TEMP_TABLE, CREATE_TEMP_VIEW = 7, 5, 4, 6
DELETE, INSERT, UPDATE, PRAGMA, ATTACH, ALTER_TABLE = 9, 18, 23, 19, 24, 26
OK, DENY = 0, 1

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


def triggers() -> list[str]:
    """The statements that make the triggers; each can be run again."""
    return [
        TRIGGER.format(t=table, name=name, when=when.format(t=table))
        for table in sorted(TABLES)
        for name, when in TRIGGERS.items()
    ]


def authorize(act: int, first: str | None, second: str | None, _database: Any, _inside: Any) -> int:
    """What SQLite asks for each part of a statement as it is prepared. Never raises: SQLite would take it for a no."""
    if act in BY_FIRST:
        return DENY if first in TABLES or first == RAW else OK
    if act in BY_SECOND:
        return DENY if second in TABLES else OK
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
