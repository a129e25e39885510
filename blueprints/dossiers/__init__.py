"""Dossiers: what is printed, made by the worker."""

from flask import Blueprint

bp = Blueprint("dossiers", __name__, url_prefix="/dossiers", cli_group=None)

from blueprints.dossiers import commands, routes
