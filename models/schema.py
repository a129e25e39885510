"""What the ORM does not describe: triggers and full-text tables, made by one idempotent function after each upgrade."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import inspect, text

from models import append_only, work_search
from models.fiche import search


def make_extras(connection: Any) -> None:
    """Triggers that keep history append-only, and the full-text tables. Run on an open write transaction."""
    for statement in append_only.triggers(inspect(connection).get_table_names()):
        connection.execute(text(statement))
    for statement in (*search.CREATE, *work_search.CREATE):
        connection.execute(text(statement))


TABLES_IN = (
    "access", "agenda", "attachments", "audit", "circles", "companions", "contributions", "decisions", "deliveries", "dossiers",
    "editions", "exchanges", "factors", "fiche.facets", "fiche.fiche", "fiche.journal", "files", "groups", "joining",
    "joint_actions", "leaving", "library", "meetings", "minutes", "mydata", "news", "notes", "organisations", "people", "profiles",
    "recommendations", "replies", "tasks", "widening",
)  # fmt: skip


def import_all() -> None:
    """Import every module that declares a table, so that the metadata is whole."""
    for name in TABLES_IN:
        import_module(f"models.{name}")
