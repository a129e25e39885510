"""Two people prepared the same thing at once: both texts, side by side, for the second one to choose from.

Every post carries the rev that its writer had before their eyes, and a short digest of each field as it was then. A
post with an old rev changes nothing. Its answer shows what differs; what the writer had not touched is proposed as the
other person left it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Day, Shared, Text
from blueprints.formats import day
from models.audit import events_of
from models.editions import Edition
from models.people import Person
from models.sides import mark, read_seen
from models.store import db

PICK = "pick-"


@dataclass(frozen=True)
class Choice:
    """One field that differs. mine, theirs: as one reads them; picked: "mine" or "theirs"; both: may stand together."""

    name: str
    label: str
    mine: str
    theirs: str
    picked: str
    both: bool


def chosen(posted: MultiDict[str, str], theirs: Shared) -> MultiDict[str, str]:
    """The post, with what was chosen on the page of both texts."""
    out = MultiDict(posted)
    for name, text in theirs.texts().items():
        pick = posted.get(PICK + name)
        if pick == "theirs":
            out[name] = text
        elif pick == "both":
            out[name] = f"{text}\n\n{posted.get(name, '')}"
    return out


def choices(mine: Shared, theirs: Shared, seen: str) -> list[Choice]:
    """The fields that differ."""
    before = read_seen(seen)
    old, new = theirs.texts(), mine.texts()
    return [
        Choice(
            field.name,
            str(field.label.text),
            as_read(field, new[field.name]),
            as_read(theirs[field.name], old[field.name]),
            "theirs" if before.get(field.name) == mark(new[field.name]) else "mine",
            isinstance(field, Text) and bool(new[field.name]) and bool(old[field.name]),
        )
        for field in mine
        if mark(new[field.name]) != mark(old[field.name])
    ]


def as_read(field: Any, text: str) -> str:
    """The text of a field as one reads it; a field that keeps a code says its words."""
    if isinstance(field, Day) and field.data:
        return day(field.data)
    return str(field.said()) if hasattr(field, "said") else text


def stale_page(
    mine: Shared, theirs: Shared, row: Any, action: str, *, kind: str = "", done: str = "", nav: str = "edition"
) -> Any:  # fmt: skip
    """409 with both texts; where they are the same there is nothing to choose, and all is kept already.

    kind: of the row in the audit; done: where to go then; nav: the entry of the menu one is in.
    """
    differing = choices(mine, theirs, request.form.get("seen", ""))
    if not differing:
        flash(_("Une autre personne a gardé le même texte que vous. Tout y est."), "ok")
        return redirect(done or url_for("admin.editions"), 303)
    kind = kind or ("edition" if isinstance(row, Edition) else "call")
    last = next((e for e in events_of(kind, row.id)), None)
    page = render_template(
        "admin/stale.html",
        title=row.title,
        choices=differing,
        kept=list(mine.texts().items()),
        rev=row.rev,
        seen=theirs.seen(),
        action=action,
        nav=nav,
        who=db.session.get(Person, last.person_id) if last and last.person_id else None,
        at=last.at if last else None,
    )
    return page, 409
