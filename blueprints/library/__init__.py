"""What the network knows by heart: the glossary of its abbreviations, the library of what it reads."""

from flask import Blueprint

bp = Blueprint("library", __name__, url_prefix="/library")

from blueprints.library import glossary, references

__all__ = ["bp", "glossary", "references"]
