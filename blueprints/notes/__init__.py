"""What a circle keeps together: notes in Markdown that several write, files with their versions, and finding them again."""

from flask import Blueprint, Flask

bp = Blueprint("notes", __name__, url_prefix="/groups")
files_bp = Blueprint("files", __name__, url_prefix="/groups")

from blueprints.notes import comparing, files, lists, reading, writing


def init(app: Flask) -> None:
    app.register_blueprint(files_bp)


__all__ = ["bp", "comparing", "files", "files_bp", "init", "lists", "reading", "writing"]
