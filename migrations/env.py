"""How a migration runs: on a connection of its own with foreign keys off before BEGIN (a table that is rebuilt with
them on would take every child row along by cascade), then a check of all foreign keys, then commit. Triggers and
full-text tables are made after each upgrade.
"""

from alembic import context
from sqlalchemy import create_engine, event, text

from models.schema import import_all, make_extras
from models.store import Base, Moment, engine_options

import_all()


def _engine():
    from flask import current_app

    engine = create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], module=engine_options()["module"])

    @event.listens_for(engine, "connect")
    def off(connection, _record):
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=8000")
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _ours(thing, name, kind, _reflected, _to):
    return not (kind == "table" and name and name.startswith(("fiche_text", "work_text")))


def _render(kind, thing, autogen):
    if kind == "type" and isinstance(thing, Moment):
        return "sa.DateTime()"
    return False


def run():
    engine = _engine()
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True, include_object=_ours,
            render_item=_render, transaction_per_migration=False, transactional_ddl=True, compare_type=False,
        )  # fmt: skip
        with context.begin_transaction():
            context.run_migrations()
            if not context.is_offline_mode() and connection.dialect.has_table(connection, "audit_event"):
                make_extras(connection)
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                raise RuntimeError(f"a migration broke {len(broken)} references: {broken[:3]}")
    engine.dispose()


run()
