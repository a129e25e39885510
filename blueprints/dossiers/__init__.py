"""Dossiers: what is printed, made by the worker."""

from flask import Blueprint

# No prefix: what is printed of a fiche is made at the address of the fiche.
bp = Blueprint("dossiers", __name__, cli_group=None)

from blueprints.dossiers import commands, jobs, routes

__all__ = ["bp", "commands", "jobs", "routes"]
