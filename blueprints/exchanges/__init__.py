"""Reciprocal exchange of knowledge: the board of offers and requests, two people put in touch, what came of it."""

from flask import Blueprint

bp = Blueprint("exchanges", __name__)

from blueprints.exchanges import mails, mediation, routes, writing

__all__ = ["bp", "mails", "mediation", "routes", "writing"]
