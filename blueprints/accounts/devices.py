"""The browser's side of a device: the session, what it is called, when it was seen."""

from __future__ import annotations

import re

from flask import g, request, session
from flask_babel import gettext as _

from blueprints import gate
from models import access
from models.access import SEEN_EVERY
from models.people import Person
from models.store import Busy, now, writing

BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"), ("Opera", r"OPR/|Opera"), ("Samsung Internet", r"SamsungBrowser"),
    ("Firefox", r"Firefox/|FxiOS/"), ("Chrome", r"Chrome/|CriOS/"), ("Safari", r"Safari/"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"), ("Linux", r"Linux|X11"),
)  # fmt: skip


def label(agent: str) -> str:
    """ "Firefox, Windows": what a person recognises their browser by, from its User-Agent."""
    browser = next((name for name, sign in BROWSERS if re.search(sign, agent)), "")
    system = next((name for name, sign in SYSTEMS if re.search(sign, agent)), "")
    return ", ".join(word for word in (browser, system) if word)


def sign_in(person: Person, *, shared: bool, second: bool = False) -> str:
    """A device for this browser in the place of the one it had; its token, for `begin`. Inside writing().

    second: the second factor was shown with the first.
    """
    access.drop_device(session.get("device", ""))
    return access.add_device(person, shared=shared, label=label(request.user_agent.string), second=second)


def begin(token: str, *, shared: bool) -> None:
    """Put the device into the session, after the commit.

    Nothing of the visit before remains: a cookie that somebody planted is worth nothing, and the CSRF token
    changes. On a shared device the cookie ends with the browser.
    """
    end()
    session["device"] = token
    session.permanent = not shared


def end() -> None:
    """Empty the session, and forget what was read from it."""
    session.clear()
    for name in ("person", "device", "half", "csrf_token"):
        g.pop(name, None)


def is_fresh() -> bool:
    """Whether somebody showed here lately who they are: asked for before an act that changes how they come in."""
    device = gate.device()
    return device is not None and device.fresh()


def note_visit() -> None:
    """Before a view, after the gate: when the device was seen, at most once an hour, in one short block.

    The one write that a GET may make. Where the database is busy it waits for the next request.
    """
    device = g.get("device")
    if device is None or device.seen_at + SEEN_EVERY > now():
        return
    try:
        with writing():
            if access.touch(device) and session.permanent:
                session.modified = True  # a cookie in use lives thirty days more
    except Busy:
        return


def said_shared() -> str:
    """What to say when somebody goes."""
    device = gate.device()
    if device and device.shared:
        return _("Vous êtes sorti. Rien n’est gardé sur cet appareil.")
    return _("Vous êtes sorti.")
