"""Routes."""

from blueprints.dossiers import bp
