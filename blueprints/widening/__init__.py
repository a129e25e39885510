"""Widening a circle: who is missing around the table, who is proposed, what becomes of it."""

from flask import Blueprint

bp = Blueprint("widening", __name__)

from blueprints.widening import answering, jobs, mails, routes, saying, welcoming

__all__ = ["answering", "bp", "jobs", "mails", "routes", "saying", "welcoming"]
