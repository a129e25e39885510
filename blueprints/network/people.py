"""The page of a person, as this reader may see it."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from blueprints.accounts.own import me
from blueprints.gate import can, needs
from blueprints.network import bp
from models import organisations, profiles
from models.people import Person
from models.store import db


def member_page(person_id: str) -> Person | None:
    """Somebody with a page: a member; whoever else is known, for who invites; and rows that were merged."""
    person = db.session.get(Person, person_id)
    return person if person and (person.active or person.merged_into or can("person.invite")) else None


@bp.get("/people/<person_id>")
@needs("directory.see", member_page, into="person")
def person(person: Person) -> Any:
    if person.merged_into:
        return redirect(url_for("network.person", person_id=person.merged_into))
    who = me()
    shown = profiles.shown(person, who)
    return render_template(
        "network/person.html", person=person, me=who, seen_words=profiles.SEEN_BY, memberships=organisations.memberships(person),
        texts=[one for one in shown if one.detail.kind == "text"],
        ways={one.detail.kind: one for one in shown if one.detail.kind != "text"},
    )  # fmt: skip
