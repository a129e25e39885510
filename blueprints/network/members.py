"""Who belongs to an organisation: say so oneself, note it for somebody, confirm, end, take back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import addresses, gate
from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.network import bp
from blueprints.network.forms import MemberForm
from blueprints.network.routes import membership_of, organisation_page
from models import organisations
from models.organisations import Membership, Organisation, organisation, partial
from models.people import Person, by_email
from models.store import db, writing


@bp.post("/organisations/<organisation_id>/mine")
@needs("directory.see", organisation, into="row")
def join(row: Organisation) -> Any:
    """Whoever is signed in belongs to it."""
    form, who, organisation_id = MemberForm(request.form), me(), row.id
    if row.merged_into:
        abort(404)
    if not form.validate():
        return organisation_page(row, 422, mine=form)
    with writing():
        who = db.session.get_one(Person, who.id)
        row = db.session.get_one(Organisation, organisation_id)
        made = organisations.belong(
            who, row, who, function=form.function.data, since=partial(form.since.data)
        )
        confirmed = made.confirmed
    flash(
        _("C’est noté.")
        if confirmed
        else _(
            "C’est noté. Vous pourrez changer ses textes quand la coordination, ou un autre membre, aura confirmé."
        ),
        "ok",
    )
    return back(organisation_id)


@bp.post("/organisations/<organisation_id>/members")
@needs("directory.keep", organisation, see="directory.see", into="row")
def add_member(row: Organisation) -> Any:
    """The coordination notes that somebody belongs to it."""
    form, who, organisation_id = MemberForm(request.form), me(), row.id
    other = by_email(form.email.data or "")
    if row.merged_into:
        abort(404)
    if not form.validate() or other is None:
        if other is None:
            form.email.errors = [
                _("Nous ne connaissons pas cette adresse. Invitez d’abord cette personne, puis revenez.")
            ]
        return organisation_page(row, 422, other=form)
    with writing():
        organisations.belong(
            db.session.get_one(Person, other.id), db.session.get_one(Organisation, organisation_id),
            db.session.get_one(Person, who.id), function=form.function.data, since=partial(form.since.data),
        )  # fmt: skip
    flash(_("%(name)s en fait partie.", name=db.session.get_one(Person, other.id).name), "ok")
    return back(organisation_id)


@bp.post("/organisations/<organisation_id>/members/<membership_id>/<act>")
@needs(
    "directory.see",
    lambda organisation_id, membership_id, act: membership_of(organisation_id, membership_id),
    into="row",
)
def act(row: Membership) -> Any:
    """confirm: by who may change the texts. end, remove: by the person themselves, or the coordination."""
    who, membership_id, organisation_id = me(), row.id, row.organisation_id
    name = str((request.view_args or {})["act"])
    own = row.person_id == who.id or gate.can("directory.keep")
    allowed = {"confirm": gate.can("organisation.edit", row.organisation), "end": own, "remove": own}
    if name not in allowed:
        abort(404)
    if not allowed[name]:
        abort(403)
    doing: dict[str, Any] = {
        "confirm": organisations.confirm, "end": organisations.leave, "remove": organisations.forget_membership,
    }  # fmt: skip
    with writing():
        doing[name](db.session.get_one(Membership, membership_id), db.session.get_one(Person, who.id))
    said = {
        "confirm": _("C’est confirmé."),
        "end": _("C’est noté : c’était avant."),
        "remove": _("C’est retiré."),
    }
    flash(said[name], "ok")
    return back(organisation_id)


@bp.get("/organisations/<organisation_id>/members/<membership_id>/remove")
@needs("directory.see", membership_of, into="row")
def ask_remove(row: Membership) -> Any:
    """For good: asked first."""
    if row.person_id != me().id and not gate.can("directory.keep"):
        abort(403)
    here = url_for("network.show", organisation_id=row.organisation_id)
    return render_template(
        "network/remove.html", row=row, next=addresses.local(request.args.get("next"), here)
    )


def back(organisation_id: str) -> Any:
    """To the page of the organisation, or where the form says it came from."""
    here = url_for("network.show", organisation_id=organisation_id)
    return redirect(addresses.local(request.form.get("next"), here), 303)
