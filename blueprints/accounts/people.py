"""People: who is there, who was invited, what each one does."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from blueprints import addresses, jobs
from blueprints.accounts import bp
from blueprints.accounts.forms import InviteForm, errors
from blueprints.accounts.own import me
from blueprints.gate import needs
from models import access, factors, people
from models.people import ROLES, Person, by_email
from models.rights import can
from models.store import db, writing


def page(form: InviteForm, status: int = 200) -> Any:
    """Everybody, and the form to invite."""
    everybody = people.everybody()
    answer = render_template(
        "accounts/people.html", people=everybody, invited=access.invitations(everybody), form=form,
        offered=InviteForm.offered(me()), errors=errors(form),
    )  # fmt: skip
    return answer, status


@bp.get("/people", endpoint="people")
@needs("person.invite")
def index() -> Any:
    return page(InviteForm(roles=["contributor"]))


@bp.post("/people")
@needs("person.invite")
def invite() -> Any:
    form, who = InviteForm(request.form), me()
    known = by_email(form.email.data or "")
    if form.validate() and known and known.active:
        form.email.errors = [_("%(name)s entre déjà avec cette adresse.", name=known.name)]
    if form.errors:
        return page(form, 422)
    roles = list(form.roles.data or ())
    if not may_give(who, [*roles, *(known.role_names if known else ())]):
        abort(403)
    with writing():
        person = people.invited(
            str(form.name.data), str(form.email.data), roles, organisation=form.organisation.data or None
        )
        invited = {"person": person.id, "token": access.invite(person, db.session.get_one(Person, who.id))}
    return sent(invited)


def may_give(who: Person, roles: list[str]) -> bool:
    return all(can(who, "role.give", role) for role in roles)


def sent(invited: dict[str, str]) -> Any:
    """On to the page that shows the link once; until then it waits in the cookie of who invited."""
    jobs.wake()
    session["invited"] = invited
    return redirect(url_for("accounts.invited"), 303)


@bp.get("/people/invited")
@needs("person.invite")
def invited() -> Any:
    shown = session.pop("invited", None)
    person = db.session.get(Person, shown["person"]) if shown else None
    if shown is None or person is None:
        return redirect(url_for("accounts.people"))
    link = addresses.external("accounts.link", token=shown["token"])
    return render_template("accounts/invited.html", person=person, link=link, life=access.LIFE["invitation"])


def known_person(person_id: str) -> Person | None:
    return db.session.get(Person, person_id)


@bp.post("/people/<person_id>/invite")
@needs("person.invite", known_person, into="person")
def invite_again(person: Person) -> Any:
    """The link that goes out opens the account with its roles: only who may give them may send it."""
    who, person_id = me(), person.id
    if not may_give(who, list(person.role_names)):
        abort(403)
    if person.active or not person.email:
        flash(_("%(name)s n’attend pas d’invitation.", name=person.name), "wait")
        return redirect(url_for("accounts.people"), 303)
    with writing():
        person = db.session.get_one(Person, person_id)
        shown = {"person": person.id, "token": access.invite(person, db.session.get_one(Person, who.id))}
    return sent(shown)


@bp.post("/people/<person_id>/withdraw")
@needs("person.invite", known_person, into="person")
def withdraw(person: Person) -> Any:
    who, person_id, name = me(), person.id, person.name
    with writing():
        mine = db.session.get_one(Person, who.id)
        done = access.withdraw_invitation(db.session.get_one(Person, person_id), mine)
    if done:
        flash(_("L’invitation de %(name)s est retirée. Son lien ne s’ouvre plus.", name=name), "ok")
    else:
        flash(_("Il n’y avait plus d’invitation à retirer pour %(name)s.", name=name), "wait")
    return redirect(url_for("accounts.people"), 303)


@bp.get("/people/<person_id>")
@needs("person.invite", known_person, into="person")
def person(person: Person) -> Any:
    who, link = me(), access.invitations([person]).get(person.id)
    return render_template(
        "accounts/person.html", guarded=factors.has_factor(person), person=person, invited=link, me=who,
        offered=InviteForm.offered(who), changeable=can(who, "person.change", person),
    )  # fmt: skip


@bp.post("/people/<person_id>")
@needs("person.change", known_person, see="person.invite", into="person", fresh=True)
def change_person(person: Person) -> Any:
    """Other roles. What this person may not give they may not take away either."""
    who, person_id = me(), person.id
    roles = [role for role in request.form.getlist("roles") if role in ROLES]
    if not roles:
        flash(_("Cochez au moins un rôle, ou fermez l’accès de cette personne."), "bad")
        return redirect(url_for("accounts.person", person_id=person_id), 303)
    if not may_give(who, roles):
        abort(403)
    with writing():
        people.set_roles(db.session.get_one(Person, person_id), roles, db.session.get_one(Person, who.id))
    flash(_("C’est noté."), "ok")
    return redirect(url_for("accounts.person", person_id=person_id), 303)


@bp.post("/people/<person_id>/close")
@needs("person.change", known_person, see="person.invite", into="person", fresh=True)
def close(person: Person) -> Any:
    """Nobody comes in with this account any more, from any device or link; what was written stays."""
    who, person_id, name = me(), person.id, person.name
    with writing():
        access.close_account(db.session.get_one(Person, person_id), db.session.get_one(Person, who.id))
    flash(_("L’accès de %(name)s est fermé. Une invitation le rouvrira.", name=name), "ok")
    return redirect(url_for("accounts.people"), 303)
