"""Parts of pages that are alike for everybody who may do the same: read and drawn once for all of them.

    return render_template("actions/index.html", part=alike(("actions", page), read, "action.make"))

    {% call(v) part() %}{% for row in v.rows %}…{% endfor %}{% if can("action.make") %}…{% endif %}{% endcall %}

`read()` gives what the part shows. Until anything is written, here or in another process, or the minute is over, who has
the same language and the same of these rights gets what was drawn for the first of them. While it is read and drawn
nobody is signed in: who asks for the person, for a right that was not named or for the token of a form, asks for what
is not alike. Where that happens after all, the part is drawn for this person alone and not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from blueprints import gate
from blueprints.look import locale
from models.store import now, revision

MOST = 400  # parts; some kilobytes each
OWN = ('name="csrf_token"', 'name="op_id"')  # what a form has of its own

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
        name, at = (key, locale(), *answers.values()), revision()
        parts = shelf.of((at, now().replace(second=0, microsecond=0))) if at else {}
        if name not in parts:
            try:
                with gate.nobody(answers):
                    parts[name] = drawn(caller, read)
            except gate.TooPersonal:
                if current_app.testing:
                    raise
                current_app.logger.exception("a part that is not alike: %s", key)
                return caller(read())
        return parts[name]

    return part


def drawn(caller: Callable[[dict[str, Any]], Markup], read: Callable[[], dict[str, Any]]) -> Markup:
    found = caller(read())
    if any(mark in found for mark in OWN):
        raise gate.TooPersonal("the token of a form")
    return found
