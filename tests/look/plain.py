"""An application with the real templates, look, languages and tokens, and no people, database or routes."""

from flask import Flask, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from adapters.pdf.filters import environment_filters
from blueprints import look
from models.vocabularies import label


def plain_app() -> Flask:
    """What every page is made of; the pages themselves are tested with the whole application."""
    made = Flask("look", template_folder=str(look.STATIC.parent / "templates"), static_folder=None)
    made.secret_key = "look"
    Babel(made, locale_selector=lambda: request.accept_languages.best_match(["fr", "nl", "de"]) or "fr")
    CSRFProtect(made)
    look.register(made)
    filters, names = environment_filters()
    made.jinja_env.filters.update(filters)
    made.jinja_env.globals.update(names)
    made.jinja_env.globals["label"] = label
    return made
