"""What a device needs to write without signal and to send later."""

from flask import Blueprint

bp = Blueprint("offline", __name__)

from blueprints.offline import files, shell

__all__ = ["bp", "files", "shell"]
