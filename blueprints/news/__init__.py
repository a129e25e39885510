"""News by mail: what waits for somebody and what is new in their groups, as often as they like; and one press to stop."""

from flask import Blueprint

bp = Blueprint("news", __name__, url_prefix="/news")

from blueprints.news import jobs, mails, routes, stopping
