"""Meetings: prepare, convene, answer, hold."""

from flask import Blueprint

bp = Blueprint("meetings", __name__, url_prefix="/meetings")

from blueprints.meetings import (
    agenda,
    calendar,
    convocation,
    eve,
    jobs,
    listing,
    mails,
    papers,
    polls,
    printing,
    replying,
    routes,
)

__all__ = [
    "agenda",
    "bp",
    "calendar",
    "convocation",
    "eve",
    "jobs",
    "listing",
    "mails",
    "papers",
    "polls",
    "printing",
    "replying",
    "routes",
]
