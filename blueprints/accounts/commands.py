"""Commands."""

from blueprints.accounts import bp
