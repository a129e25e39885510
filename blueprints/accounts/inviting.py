"""Inviting many: lines that were pasted or uploaded, a look at what would happen, then the invitations."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext

from blueprints import jobs
from blueprints.accounts import bp
from blueprints.accounts.forms import InviteForm
from blueprints.accounts.own import me
from blueprints.fiches.loading import typed
from blueprints.gate import needs
from blueprints.once import once
from models import inviting
from models.inviting import BadList, Line
from models.people import ROLES, Person
from models.store import db


@bp.get("/people/many")
@needs("person.invite")
def many() -> Any:
    return many_page("")


def many_page(text: str, status: int = 200, **more: Any) -> Any:
    """The form; with `lines`, what would become of each."""
    lines: list[Line] = more.get("lines") or []
    counts = {
        fate: sum(line.fate == fate for line in lines)
        for fate in (inviting.NEW, inviting.AGAIN, inviting.KNOWN, inviting.WRONG)
    }
    page = render_template(
        "accounts/invite_many.html", text=text, most=inviting.MOST_LINES, counts=counts, role_words=ROLES,
        role_rows=[(words, what) for _name, words, what in InviteForm.offered(me())],
        going=sum(line.goes for line in lines), seal=seal(lines), **{"lines": None, "error": "", "changed": False, **more},
    )  # fmt: skip
    return page, status


def seal(lines: list[Line]) -> str:
    """What somebody looked at, in a few signs: a list that would do something else now is shown again."""
    said = "\n".join(
        f"{line.fate} {line.email} {line.name} {line.organisation} {line.roles}" for line in lines
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def given() -> str:
    """The file that was sent, else what was typed. Raises BadList."""
    file = request.files.get("file")
    data = file.read(inviting.MOST_BYTES + 1) if file else b""
    return inviting.decoded(data) if data else typed().get("text", "")


@bp.post("/people/many")
@needs("person.invite", uploads=True)
def invite_many() -> Any:
    """Look first; with `go`, and only for the list that was looked at, invite."""
    try:
        text = given()
        lines = inviting.plan(text, me())
    except BadList as bad:
        return many_page(typed().get("text", ""), 422, error=str(bad))
    if request.form.get("act") != "go":
        return many_page(text, lines=lines)
    who, there = me(), url_for("accounts.people")

    def go() -> tuple[list[Line], int | None]:
        # Read again inside: what was true on the page may have changed since.
        by = db.session.get_one(Person, who.id)
        now = inviting.plan(text, by)
        return now, inviting.carry_out(now, by) if request.form.get("seal") == seal(now) else None

    lines, sent = once(go, lambda done: there if done[1] is not None else "")
    if sent is None:
        return many_page(text, 409, lines=lines, changed=True)
    jobs.wake()
    flash(
        ngettext("Une invitation part à l’instant.", "%(num)s invitations partent à l’instant.", sent), "ok"
    )
    return redirect(there, 303)
