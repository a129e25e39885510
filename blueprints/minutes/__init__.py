"""The minutes of a meeting: written while it is held, proposed, remarked on, approved, compared."""

from flask import Blueprint

bp = Blueprint("minutes", __name__, url_prefix="/meetings/<meeting_code>")

from blueprints.minutes import acts, attendance, deciding, lines, live, mails, reading, remarks

__all__ = ["acts", "attendance", "bp", "deciding", "lines", "live", "mails", "reading", "remarks"]
