"""Coming in and going out: links, devices, invitations."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, cli_group=None)

from blueprints.accounts import commands, routes
