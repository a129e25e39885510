"""Routes."""

from blueprints.accounts import bp
