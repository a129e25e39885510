"""Fiches: list, read, write, choose, import, export."""

from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext as _

from models.fiche.questions import BANDS
from models.store import new_id

bp = Blueprint("fiches", __name__, url_prefix="/fiches", cli_group=None)

from blueprints.fiches import answers, choices, commands, erasing, forms, history, importing, routes, saving


def init(app: Flask) -> None:
    """What the templates of fiches draw with."""
    tools: dict[str, Any] = {
        "options": forms.options,
        "families": forms.families,
        "term_label": forms.term_label,
    }
    app.jinja_env.globals.update(tools, uuid=new_id, bands=BANDS, endpoints=app.view_functions)
    app.jinja_env.filters["field_id"] = forms.field_id
    app.jinja_env.filters["choice_error"] = lambda name: (name, _("Choisissez une version."))


__all__ = [
    "answers",
    "bp",
    "choices",
    "commands",
    "erasing",
    "history",
    "importing",
    "init",
    "routes",
    "saving",
]
