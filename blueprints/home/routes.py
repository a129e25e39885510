"""The first page, and the health of the instance."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from flask import current_app, jsonify, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from adapters import locks
from blueprints.accounts.own import me
from blueprints.alike import own
from blueprints.dossiers.routes import title_of
from blueprints.gate import needs, public
from blueprints.home import bp
from models import factors
from models.leaving import farewell_of
from models.store import db, now
from models.waiting import waiting

# Under this a backup, a dossier or a burst of photos may fail.
ROOM = 300_000_000  # bytes


@bp.get("/")
@needs("home.see")
def index() -> str:
    who = me()
    return render_template(
        "home/index.html", who=who, part=own("home", lambda: {"waiting": waiting(who)}), today=now(), days_owed=factors.days_left(who),
        leaving=farewell_of(who.id), stay_href="", title_of=title_of,
    )  # fmt: skip


@bp.get("/healthz")
@public
def healthz() -> Any:
    """For who watches the machine: 200, or 503 with what is wrong. Says nothing about people or versions."""
    folder = Path(current_app.config["INSTANCE"])
    state = {"database": database(), "worker": locks.held(folder / "worker.lock"), "disk": disk(folder)}
    good = all(state.values())
    return jsonify({"status": "ok" if good else "bad", **state}), 200 if good else 503


def database() -> bool:
    """Whether the schema can be read."""
    try:
        db.session.execute(text("SELECT 1 FROM person LIMIT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def disk(folder: Path) -> bool:
    """Whether there is room to write."""
    return shutil.disk_usage(folder).free > ROOM
