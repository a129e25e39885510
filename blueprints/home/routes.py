"""The home page, and the health of the instance."""

from __future__ import annotations

from flask import render_template

from blueprints.gate import needs, person
from blueprints.home import bp


@bp.get("/")
@needs("home.see")
def index() -> str:
    return render_template("home/index.html", who=person())
