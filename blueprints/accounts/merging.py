"""Two accounts of one person become one: choose, look, confirm."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts import bp
from blueprints.accounts.own import me
from blueprints.accounts.people import known_person, may_give
from blueprints.fiches.loading import typed
from blueprints.gate import needs
from models import merging
from models.merging import CannotMerge
from models.people import Person, by_email
from models.rights import can
from models.store import db, writing


@bp.get("/people/<person_id>/merge")
@needs("person.merge", known_person, see="person.invite", into="person")
def merge(person: Person) -> Any:
    """Ask for the account that stays; with it, what would move."""
    if person.merged_into:
        return redirect(url_for("accounts.person", person_id=person.merged_into))
    email = request.args.get("email", "").strip()[:300]
    return merge_page(person, by_email(email) if email else None, email)


def merge_page(person: Person, kept: Person | None, email: str, error: str = "") -> Any:
    if email and not error:
        try:
            merging.check_people(kept, person, me())
        except CannotMerge as refused:
            kept, error = None, str(refused)
    if kept and not may_merge(kept, person):
        kept, error = None, _("Seule une personne qui administre peut réunir ces comptes.")
    page = render_template(
        "accounts/people_merge.html", person=person, kept=None if error else kept, email=email, error=error,
        moving=merging.moving(person, kept) if kept and not error else None,
    )  # fmt: skip
    return page, 422 if error else 200


def may_merge(kept: Person, gone: Person) -> bool:
    """The kept account gets the roles of both: only who may give them all, or to one's own account none that it lacks."""
    if kept.id == me().id:
        return gone.role_names <= kept.role_names
    return can(me(), "person.merge", kept) and may_give(me(), [*kept.role_names, *gone.role_names])


@bp.post("/people/<person_id>/merge")
@needs("person.merge", known_person, see="person.invite", into="person", fresh=True)
def do_merge(person: Person) -> Any:
    who, gone_id, kept_id = me(), person.id, typed().get("with", "")[:36]
    kept = db.session.get(Person, kept_id)
    if kept and not may_merge(kept, person):
        abort(403)
    try:
        with writing():
            gone = db.session.get_one(Person, gone_id)
            kept = merging.check_people(
                db.session.get(Person, kept_id), gone, db.session.get_one(Person, who.id)
            )
            merging.merge_people(gone, kept, db.session.get_one(Person, who.id))
            name = kept.name
    except CannotMerge as refused:
        flash(str(refused), "bad")
        return redirect(url_for("accounts.person", person_id=gone_id), 303)
    flash(
        _("%(name)s n’a plus qu’un compte. Ses fiches et ses organisations y sont toutes.", name=name), "ok"
    )
    return redirect(url_for("accounts.person", person_id=kept_id), 303)
