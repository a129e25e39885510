"""Addresses that leave the application: in mails, on paper, in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, url_for

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
