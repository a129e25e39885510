"""Working groups and networks of neighbours: their home page, who comes in, their meetings, productions, reports."""

from flask import Blueprint

bp = Blueprint("groups", __name__)

from blueprints.groups import coming, dates, inviting, living, mails, productions, reports, routes

__all__ = ["bp", "coming", "dates", "inviting", "living", "mails", "productions", "reports", "routes"]
