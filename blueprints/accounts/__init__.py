"""Coming in and going out: links, passwords, devices, invitations, mail."""

from flask import Blueprint, Flask

bp = Blueprint("accounts", __name__, cli_group=None)

from blueprints.accounts import commands, devices, jobs, office, own, people, routes


def init(app: Flask) -> None:
    """Flask-Security, rate limits, and the note of when a device was seen."""
    from blueprints import security

    security.init(app)
    app.before_request(devices.note_visit)


__all__ = ["bp", "commands", "init", "jobs", "office", "own", "people", "routes"]
