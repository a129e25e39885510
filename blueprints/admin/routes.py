"""Routes."""

from blueprints.admin import bp
