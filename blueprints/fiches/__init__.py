"""Fiches: list, read, write, import, export."""

from flask import Blueprint

bp = Blueprint("fiches", __name__, url_prefix="/fiches", cli_group=None)

from blueprints.fiches import commands, routes
