"""Tasks: what somebody took on in a circle, their own page, those of a circle and of a meeting."""

from flask import Blueprint

bp = Blueprint("tasks", __name__)

from blueprints.tasks import jobs, mails, routes, writing

__all__ = ["bp", "jobs", "mails", "routes", "writing"]
