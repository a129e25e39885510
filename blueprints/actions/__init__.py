"""Common actions: proposed, “count me in”, under way, a group or a fiche of their own."""

from flask import Blueprint

bp = Blueprint("actions", __name__)

from blueprints.actions import becoming, mails, routes

__all__ = ["becoming", "bp", "mails", "routes"]
