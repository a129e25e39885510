"""People: who is there, who was invited, what each one does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from adapters import qr
from blueprints import addresses, jobs
from blueprints.accounts import bp
from blueprints.accounts.forms import InviteForm, errors
from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.look import Drawing, locale
from blueprints.once import once
from models import access, companions, factors, joining, names, people
from models.fiche.fiche import FicheAuthor
from models.people import ROLES, Person, by_email
from models.rights import can
from models.store import db, writing
from models.vocabularies import terms


@dataclass(frozen=True)
class Page:
    """One page of the people we know. who: "", or "members" or "others", those who may sign in and those who may not."""

    rows: list[Person]
    total: int
    page: int
    pages: int
    words: str
    who: str

    @classmethod
    def read(cls) -> Page:
        """What the address asks for."""
        words, who, page = (
            request.args.get("q", "").strip()[:200],
            request.args.get("qui", ""),
            request.args.get("page", ""),
        )
        who = who if who in ("members", "others") else ""
        ids = people.known_people(words, {"members": True, "others": False}.get(who))
        part = names.sliced(ids, int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1)
        return cls(names.in_order(Person, part.ids), part.total, part.page, part.pages, words, who)

    def url(self, n: int) -> str:
        """The address of page n of the same search."""
        return url_for(
            "accounts.people", q=self.words or None, qui=self.who or None, page=n if n > 1 else None
        )


def page(form: InviteForm, status: int = 200) -> Any:
    """Everybody, a page at a time, and the form to invite."""
    shown = Page.read()
    answer = render_template(
        "accounts/people.html", page=shown, people=shown.rows, invited=access.invitations(shown.rows), form=form,
        offered=InviteForm.offered(me()), errors=errors(form), circles=circles(),
        requests=joining.waiting_count() if can(me(), "join.answer") else 0,
    )  # fmt: skip
    return answer, status


def circles() -> list[tuple[str, str]]:
    """(code, words) of the circles that an invitation may lead to."""
    return [(code, term.label(locale()[:2])) for code, term in terms("cercle").items()]


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
    name, email, house = str(form.name.data), str(form.email.data), form.organisation.data or None
    return sent(
        lambda: people.invited(name, email, roles, organisation=house), lambda: by_email(email) or abort(404), form.circle.data or ""
    )  # fmt: skip


def may_give(who: Person, roles: list[str]) -> bool:
    return all(can(who, "role.give", role) for role in roles)


def sent(make: Callable[[], Person], find: Callable[[], Person], circle: str) -> Any:
    """Invite, then on to the page that shows the link once; until then it waits in the cookie of who invited.

    A second press shows another link of the same invitation: it ends none, and nothing more is mailed.
    """
    who = me()

    def act() -> tuple[Person, str]:
        person = make()
        return person, access.invite(person, db.session.get_one(Person, who.id), circle=circle)

    def again() -> tuple[Person, str]:
        person = find()
        return person, access.carry(person, db.session.get_one(Person, who.id))

    person, token = once(act, lambda made: url_for("accounts.person", person_id=made[0].id), again=again)
    if not token:
        flash(_("%(name)s n’attend pas d’invitation.", name=person.name), "wait")
        return redirect(url_for("accounts.people"), 303)
    jobs.wake()
    session["invited"] = {"person": person.id, "token": token}
    return redirect(url_for("accounts.invited"), 303)


@bp.get("/people/invited")
@needs("person.invite")
def invited() -> Any:
    shown = session.pop("invited", None)
    person = db.session.get(Person, shown["person"]) if shown else None
    if shown is None or person is None:
        return redirect(url_for("accounts.people"))
    link = addresses.external("accounts.link", token=shown["token"])
    return render_template(
        "accounts/invited.html", person=person, link=link, code=Drawing(qr.svg(link)), row=access.find_link(shown["token"]),
        by=me(),
    )  # fmt: skip


def known_person(person_id: str) -> Person | None:
    return db.session.get(Person, person_id)


@bp.post("/people/<person_id>/invite")
@needs("person.invite", known_person, into="person")
def invite_again(person: Person) -> Any:
    """The link that goes out opens the account with its roles: only who may give them may send it."""
    who, person_id = me(), person.id
    if not may_give(who, list(person.role_names)):
        abort(403)
    if person.active or not person.email or person.merged_into:
        flash(_("%(name)s n’attend pas d’invitation.", name=person.name), "wait")
        return redirect(url_for("accounts.people"), 303)
    before = access.invitations([person]).get(person_id)

    def invited() -> Person:
        return db.session.get_one(Person, person_id)

    return sent(invited, invited, before.circle if before else "")


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
    if person.merged_into:
        flash(_("%(name)s n’a plus qu’un compte : celui-ci.", name=person.name), "wait")
        return redirect(url_for("accounts.person", person_id=person.merged_into))
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


@bp.get("/people/<person_id>/close")
@needs("person.change", known_person, see="person.invite", into="person")
def ask_close(person: Person) -> Any:
    """What follows from it, before it is done."""
    if not person.active:
        return redirect(url_for("accounts.person", person_id=person.id))
    return render_template(
        "accounts/person_close.html", person=person, devices=len(access.devices(person)), fiches=fiches_of(person),
        companions=companions.companions_of(person),
    )  # fmt: skip


def fiches_of(person: Person) -> int:
    """How many fiches this person writes."""
    query = select(func.count()).select_from(FicheAuthor).where(FicheAuthor.person_id == person.id)
    return db.session.scalar(query) or 0


@bp.post("/people/<person_id>/close")
@needs("person.change", known_person, see="person.invite", into="person", fresh=True)
def close(person: Person) -> Any:
    """Nobody comes in with this account any more, from any device or link; what was written stays."""
    who, person_id, name, was = me(), person.id, person.name, person.active
    with writing():
        access.close_account(db.session.get_one(Person, person_id), db.session.get_one(Person, who.id))
    said = _("L’accès de %(name)s est suspendu. Ses appareils sont sortis.", name=name)
    undo = {
        "text": said,
        "action": url_for("accounts.reopen", person_id=person_id),
        "label": _("Rouvrir son accès"),
    }
    flash(undo if was else said, "ok")
    return redirect(url_for("accounts.people"), 303)


@bp.post("/people/<person_id>/reopen")
@needs("person.change", known_person, see="person.invite", into="person", fresh=True)
def reopen(person: Person) -> Any:
    """Whoever was suspended comes in again, with a link by mail."""
    who, person_id, name = me(), person.id, person.name
    with writing():
        done = access.reopen_account(
            db.session.get_one(Person, person_id), db.session.get_one(Person, who.id)
        )
    if done:
        flash(
            _("L’accès de %(name)s est rouvert. Un lien demandé à la porte suffit pour entrer.", name=name),
            "ok",
        )
    else:
        flash(_("L’accès de %(name)s n’était pas suspendu.", name=name), "wait")
    return redirect(url_for("accounts.person", person_id=person_id), 303)
