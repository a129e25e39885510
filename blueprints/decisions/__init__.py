"""The register: what was decided and what is recommended, one decision, one recommendation and what becomes of it."""

from flask import Blueprint

bp = Blueprint("decisions", __name__)

from blueprints.decisions import routes, writing

__all__ = ["bp", "routes", "writing"]
