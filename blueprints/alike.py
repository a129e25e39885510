"""Parts of pages that are alike for everybody who may do the same: read and drawn once for all of them.

    return render_template("actions/index.html", part=alike(("actions", page), read, "action.make"))

    {% call(v) part() %}{% for row in v.rows %}…{% endfor %}{% if can("action.make") %}…{% endif %}{% endcall %}

`read()` gives what the part shows. Until anything is written, here or in another process, or the minute is over, who has
the same language and the same of these rights gets what was drawn for the first of them. While it is read and drawn
nobody is signed in: who asks for the person or for a right that was not named asks for what is not alike. Where that
happens after all, the part is drawn for this person alone and not kept. The token of a form is written in as the part
is handed out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any

from flask import current_app, g
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from blueprints import gate
from blueprints.look import locale
from models.store import now, revision

MOST = 600  # parts, of ten kilobytes or so
TOKEN = secrets.token_hex(20)  # stands where the token of a form will stand
OWN = 'name="op_id"'  # what each form that makes something has of its own

Part = Callable[[Callable[[dict[str, Any]], Markup]], Markup]


class Shelf:
    """The parts of one moment. All of them leave when the next one comes: nothing that was erased stays."""

    def __init__(self) -> None:
        self._lock, self._stamp, self._parts = Lock(), None, dict[Hashable, Markup]()

    def of(self, stamp: Hashable) -> dict[Hashable, Markup]:
        with self._lock:
            if stamp != self._stamp or len(self._parts) >= MOST:
                self._stamp, self._parts = stamp, {}
            return self._parts


shelf = Shelf()


def alike(key: Hashable, read: Callable[[], dict[str, Any]], *rights: str | tuple[str, Any]) -> Part:
    """A part for a template to call. key: what else decides what it shows. rights: with what they are asked of."""
    asked = [right if isinstance(right, tuple) else (right, None) for right in rights]

    def part(caller: Callable[[dict[str, Any]], Markup]) -> Markup:
        answers = {(right, id(thing)): gate.can(right, thing) for right, thing in asked}
        return kept((key, *answers.values()), gate.nobody(answers), caller, read)

    return part


def own(key: Hashable, read: Callable[[], dict[str, Any]]) -> Part:
    """A part of a page to which one person comes back again and again: kept for them alone."""

    def part(caller: Callable[[dict[str, Any]], Markup]) -> Markup:
        who = gate.person()
        assert who is not None
        return kept((key, "own", who.id), nullcontext(), caller, read)

    return part


def kept(
    key: tuple[Any, ...], among: AbstractContextManager[None], caller: Callable[[dict[str, Any]], Markup],
    read: Callable[[], dict[str, Any]],
) -> Markup:  # fmt: skip
    """The part as it was drawn, or drawn now: `among` is how."""
    name, at = (*key, locale()), revision()
    parts = shelf.of((at, now().replace(second=0, microsecond=0))) if at else {}
    if name not in parts:
        try:
            with among, token(TOKEN):
                drawn = caller(read())
            if OWN in drawn:
                raise gate.TooPersonal("a form that makes something")
        except gate.TooPersonal:
            if current_app.testing:
                raise
            current_app.logger.exception("a part that is not alike: %s", key)
            return caller(read())
        parts[name] = drawn
    found = parts[name]
    return found.replace(TOKEN, generate_csrf()) if TOKEN in found else found


@contextmanager
def token(instead: str) -> Iterator[None]:
    """What forms that are drawn meanwhile have for a token: flask_wtf keeps that of a request in `g`."""
    name = current_app.config["WTF_CSRF_FIELD_NAME"]
    before = g.pop(name, None)
    setattr(g, name, instead)
    try:
        yield
    finally:
        g.pop(name)
        if before:
            setattr(g, name, before)
