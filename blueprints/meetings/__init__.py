"""Meetings: prepare, convene, answer, hold."""

from flask import Blueprint

bp = Blueprint("meetings", __name__, url_prefix="/meetings")

from blueprints.meetings import loading

__all__ = ["bp", "loading"]
