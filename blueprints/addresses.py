"""Addresses that leave the application, in mails, on paper, in a terminal; and those that come back as `next`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

FILE = "address"


def remember(folder: Path, address: str) -> None:
    """Note where the server answers, for commands that run beside it."""
    (folder / FILE).write_text(address)


def base() -> str:
    """The public address, else the one where the server answered last, without a slash at the end."""
    public = str(current_app.config["PUBLIC_URL"]).rstrip("/")
    path = Path(current_app.config["INSTANCE"]) / FILE
    return public or (path.read_text().strip() if path.exists() else "http://localhost:8017")


def external(endpoint: str, **values: Any) -> str:
    """A link that works outside; never made from a request's Host header."""
    if current_app.config.get("SERVER_NAME"):
        return url_for(endpoint, _external=True, **values)
    with current_app.test_request_context(base_url=base() + "/"):
        return url_for(endpoint, _external=True, **values)


def circle_href(circle: Any) -> str:
    """The page of a circle: a committee's, or the home of a group or a network."""
    return url_for("committee.show" if circle.is_committee else "groups.show", circle_code=circle.code)


def local(text: str | None, otherwise: str = "/", method: str = "GET") -> str:
    """`text` where it is the address of one of our own pages, else `otherwise`: what `next=` may lead to.

    method: "POST" for an address that takes a form.

    Browsers read a backslash as a slash and drop tabs and line ends, so none of these may stand in it.
    """
    path = text or ""
    if not path.startswith("/") or path.startswith("//") or len(path) > 2000:
        return otherwise
    if "\\" in path or any(not c.isprintable() or c == " " for c in path):
        return otherwise
    bare = path.partition("#")[0].partition("?")[0]
    try:
        endpoint, _values = current_app.url_map.bind("local").match(bare, method=method)
    except (HTTPException, RoutingException):
        return otherwise
    return otherwise if endpoint in DOORS else path


# Whoever has just come in is not led back to the door.
DOORS = {
    "accounts.sign_in", "accounts.sent", "accounts.link", "accounts.welcome", "accounts.password", "accounts.second_step",
    "accounts.confirm", "accounts.stay_page",
}  # fmt: skip
