"""Coming in: by a link that was mailed, by an invitation, by a password; and going out."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from blueprints import addresses, gate, jobs, security
from blueprints.accounts import bp, devices, proofs
from blueprints.accounts.forms import EmailForm, FirstPersonForm, PasswordForm, errors
from blueprints.gate import public
from models import access, people
from models.access import AccessLink
from models.deliveries import Mail, mail
from models.people import BadPerson, Person, by_email, tidy_name
from models.store import db, writing


def wanted() -> str:
    """Where this visit wants to go: a page of ours, else the first page."""
    return addresses.local(request.values.get("next"), url_for("home.index"))


def asked_next() -> str:
    """The `next` to carry along; nothing for the first page."""
    target = wanted()
    return "" if target == url_for("home.index") else target


@bp.get("/enter")
@public
def sign_in() -> Any:
    if gate.person():
        return redirect(wanted())
    if gate.half():
        return redirect(url_for("accounts.second_step", next=asked_next() or None))
    return door(EmailForm())


def door(form: EmailForm) -> str:
    """The first page of a stranger."""
    return render_template("accounts/enter.html", form=form, next=asked_next(), elsewhere=proofs.elsewhere())


@bp.post("/enter")
@security.limited("link")
@public
def ask_link() -> Any:
    """Mail a link. The answer, and the work done for it, are the same for an address that nobody has."""
    form, old = EmailForm(request.form), access.find_link(request.form.get("link", ""))
    if old and old.person and not old.person.active:
        return ask_invitation(old, request.form["link"])
    if old and old.person:
        person: Person | None = old.person
    elif form.validate():
        person = by_email(str(form.email.data))
    else:
        return door(form), 422
    queue_link(person if person and person.active else None, asked_next())
    jobs.wake()
    session["asked"] = "" if old else form.email.data
    return redirect(url_for("accounts.sent"), 303)


def queue_link(person: Person | None, next_page: str) -> None:
    """A row in the queue; where there is nobody it is taken back, after the same work in the database."""
    person_id = person.id if person else None
    with writing():
        if person_id:
            mail(
                db.session.get_one(Person, person_id), "sign_in", **({"next": next_page} if next_page else {})
            )
        else:
            nobody = Mail(to="", template="sign_in", context={})
            db.session.add(nobody)
            db.session.flush()
            db.session.delete(nobody)


def ask_invitation(old: AccessLink, token: str) -> Any:
    """An invitation that ended is not revived: whoever sent it is told, once a day at most."""
    link_id = old.id
    with writing():
        asked = access.ask_invitation(db.session.get_one(AccessLink, link_id))
    if asked:
        jobs.wake()
    flash(_("Votre demande est partie. Une nouvelle invitation viendra par courriel."), "ok")
    return redirect(url_for("accounts.link", token=token), 303)


@bp.get("/enter/sent")
@public
def sent() -> Any:
    mute = not current_app.config["MAIL_SERVER"]
    return render_template("accounts/sent.html", email=session.pop("asked", ""), mute=mute)


def closed(link: AccessLink | None) -> Any:
    """A link that does not open: why, and the way on. Whose it was is not told to who holds an old link."""
    state = link.state if link else "unknown"
    way = ""
    if link and link.person and link.person.active:
        way = "link"
    elif link and link.purpose == "invitation" and state == "expired":
        way = "invitation"
    page = render_template("accounts/closed.html", state=state, link=link, way=way, next=asked_next())
    return page, 410 if link else 404


@bp.get("/enter/<token>")
@public
def link(token: str) -> Any:
    """Never spends: mail scanners look at links, with GET and with HEAD."""
    found, who = access.find_link(token), gate.person()
    if found and found.purpose not in access.ENTERING:
        return closed(None)
    if found and found.purpose == "setup":
        return redirect(url_for("accounts.welcome", token=token))
    if found is None or found.state != "live":
        here = who and found and found.person_id == who.id
        return redirect(wanted()) if here else closed(found)
    return render_template("accounts/link.html", link=found, token=token, who=who, next=asked_next())


@bp.post("/enter/<token>")
@public
def enter(token: str) -> Any:
    found, shared = access.find_link(token), request.form.get("shared") == "1"
    if found is None or found.purpose == "setup" or found.purpose not in access.ENTERING:
        return closed(None)
    name = found.person.name if found.person else ""
    if found.purpose == "invitation" and "name" in request.form:
        try:
            name = tidy_name(request.form["name"])
        except BadPerson as bad:
            page = render_template(
                "accounts/link.html", link=found, token=token, error=bad, next=asked_next()
            )
            return page, 422
    with writing():
        spent = access.spend(token)
        if spent and spent.person:
            spent.person.name = name
            device = devices.sign_in(spent.person, shared=shared)
    if spent is None:
        return link(token)
    if spent.purpose == "invitation":
        jobs.wake()  # a place that waited for this person may have mails to send
    devices.begin(device, shared=shared)
    return redirect(wanted(), 303)


@bp.get("/welcome/<token>")
@public
def welcome(token: str) -> Any:
    """The first person of an empty instance."""
    found = access.find_link(token)
    if found and found.purpose != "setup":
        return redirect(url_for("accounts.link", token=token))
    if found is None or found.state != "live" or not people.nobody_yet():
        return closed(found)
    return render_template("accounts/welcome.html", form=FirstPersonForm(), token=token)


@bp.post("/welcome/<token>")
@public
def first_person(token: str) -> Any:
    form, found = FirstPersonForm(request.form), access.find_link(token)
    if found is None or found.purpose != "setup":
        return closed(None)
    if not form.validate():
        page = render_template("accounts/welcome.html", form=form, token=token, errors=errors(form))
        return page, 422
    with writing():
        # An old link must not bring in a second first person.
        done = people.nobody_yet() and access.spend(token) is not None
        if done:
            person = people.first_person(str(form.name.data), str(form.email.data))
            device = devices.sign_in(person, shared=False)
    if not done:
        return closed(access.find_link(token))
    devices.begin(device, shared=False)
    return redirect(url_for("home.index"), 303)


@bp.get("/enter/password")
@public
def password() -> Any:
    if gate.person():
        return redirect(wanted())
    return render_template("accounts/password.html", form=PasswordForm(), next=asked_next())


@bp.post("/enter/password")
@security.limited("password")
@public
def enter_by_password() -> Any:
    form, shared = PasswordForm(request.form), request.form.get("shared") == "1"
    known = None
    if form.validate():
        known = security.check_password(str(form.email.data), str(form.password.data))
        if known is None:
            form.password.errors = [
                _("Cette adresse et ce mot de passe ne vont pas ensemble. Relisez-les, ou demandez un lien.")
            ]
    if known is None:
        page = render_template("accounts/password.html", form=form, next=asked_next())
        return page, 422
    person_id, newer = known[0].id, known[1]
    with writing():
        person = db.session.get_one(Person, person_id)
        person.password = newer or person.password
        device = devices.sign_in(person, shared=shared)
    devices.begin(device, shared=shared)
    return redirect(wanted(), 303)


@bp.post("/sign-out")
@public
def sign_out() -> Any:
    said = devices.said_shared()
    with writing():
        access.drop_device(session.get("device", ""))
    devices.end()
    flash(said, "ok")
    return redirect(url_for("accounts.sign_in"), 303)
