"""The network: organisations, and the page on which members read who somebody is."""

from flask import Blueprint, current_app

bp = Blueprint("network", __name__, url_prefix="/directory")


@bp.app_template_global()
def has_page(endpoint: str) -> bool:
    """Whether this application has such a page."""
    return endpoint in current_app.view_functions


from blueprints.network import comparing, members, merging, people, routes

__all__ = ["bp", "comparing", "members", "merging", "people", "routes"]
