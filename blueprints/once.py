"""A creating form is sent twice, by a second press or a page that is loaded again: it makes one thing.

The form carries an `op_id` (`ui.once()`, and `fields.carried`); the view makes what it makes by `once`. A form without
one, as an old page has it, makes as many as it is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from flask import abort, flash, redirect, request
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.fiches.loading import uuid_of
from models import making
from models.fiche.journal import canonical
from models.people import Person
from models.store import db, writing

T = TypeVar("T")
APART = ("op_id", "csrf_token", "seen", "rev")  # what may differ between two that are the same


def said(files: str = "") -> str:
    """SHA-256 of what this request asks for. files: digests of what came with it."""
    fields = {name: texts for name, texts in request.form.lists() if name not in APART}
    return canonical(request.path, {**fields, "files": files}, {}, None)


def again() -> None:
    """End the request where the same was sent before: 303 to what that made."""
    op_id = uuid_of(request.form.get("op_id"))
    if op_id and (path := making.made(op_id, me(), said())):
        end(path)


def end(path: str) -> NoReturn:
    flash(_("C’est gardé."), "ok")
    abort(redirect(path, 303))


def once(
    act: Callable[[], T], to: Callable[[T], str], files: str = "", again: Callable[[], T] | None = None
) -> T:
    """What `act` makes, in one transaction. to: the path where it is read; an empty one where nothing was made.

    Where the same person sent the same before, nothing is made and the request ends: 303 to what that made. again: what is
    given then instead, in the same transaction, where the answer holds something that is shown once.
    """
    op_id, who, digest, known = uuid_of(request.form.get("op_id")), me(), said(files), None
    with writing():
        by = db.session.get_one(Person, who.id)
        known = making.made(op_id, by, digest) if op_id else None
        if known is not None and again:
            return again()
        if known is None:
            done = act()
            path = to(done)
            if op_id and path:
                making.keep(op_id, by, digest, path, str(getattr(done, "id", "")))
    return done if known is None else end(known)
