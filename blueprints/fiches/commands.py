"""Commands."""

from blueprints.fiches import bp
