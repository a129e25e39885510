"""Coming in and going out: links, passwords, devices, invitations, mail."""

from flask import Blueprint, Flask

bp = Blueprint("accounts", __name__, cli_group=None)

from blueprints.accounts import (
    audit,
    commands,
    confirming,
    data,
    data_jobs,
    devices,
    factors,
    inviting,
    jobs,
    joining,
    merging,
    office,
    own,
    people,
    privacy,
    profile,
    routes,
    second,
)


def init(app: Flask) -> None:
    """Flask-Security, rate limits, and the note of when a device was seen."""
    from blueprints import gate, security

    security.init(app)
    app.before_request(devices.note_visit)
    app.register_error_handler(gate.SecondStep, second.on_second_step)
    app.register_error_handler(gate.NotFresh, confirming.on_not_fresh)
    app.register_error_handler(gate.FactorOwed, factors.on_factor_owed)


__all__ = [
    "audit",
    "bp",
    "commands",
    "confirming",
    "data",
    "data_jobs",
    "factors",
    "init",
    "inviting",
    "jobs",
    "joining",
    "merging",
    "office",
    "own",
    "people",
    "privacy",
    "profile",
    "routes",
    "second",
]
