"""Routes."""

from blueprints.fiches import bp
