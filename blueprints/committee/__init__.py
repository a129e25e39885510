"""Committees and groups: who sits there, what for, how they work."""

from flask import Blueprint

bp = Blueprint("committee", __name__)

from blueprints.committee import members, routes

__all__ = ["bp", "members", "routes"]
