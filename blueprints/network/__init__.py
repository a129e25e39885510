"""The network: organisations, and the page on which members read who somebody is."""

from flask import Blueprint

bp = Blueprint("network", __name__, url_prefix="/directory")

from blueprints.network import members, merging, people, routes

__all__ = ["bp", "members", "merging", "people", "routes"]
