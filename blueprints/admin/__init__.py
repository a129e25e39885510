"""The office: editions and calls, rights, commands of the instance."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin", cli_group=None)

from blueprints.admin import commands, routes
