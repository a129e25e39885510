"""The first page: what waits for this person."""

from flask import Blueprint

bp = Blueprint("home", __name__)

from blueprints.home import routes
