"""The visual language, page by page: for the demonstration and for development only."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template

from blueprints.gate import public

bp = Blueprint("styleguide", __name__)


@bp.get("/styleguide")
@public
def index() -> str:
    if not (current_app.config["DEMO"] or current_app.debug):
        abort(404)
    return render_template("styleguide/index.html")
