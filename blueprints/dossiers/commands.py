"""Commands."""

from blueprints.dossiers import bp
